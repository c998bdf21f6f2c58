/** The token of the page that begins at a position of a list, in a form that tells its holder nothing. */
export const tokenOf = (position: number): string => Buffer.from(`page:${position}`).toString('base64');

/** The position that a token stands for; `undefined`: it is none. */
export function positionOf(token: string): number | undefined {
  const [, position] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  return position === undefined ? undefined : Number(position);
}
