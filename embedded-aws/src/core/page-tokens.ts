/** The opaque token of the page that starts at this position of a list. */
export const tokenOf = (position: number): string => Buffer.from(`page:${position}`).toString('base64');

/** The position that a token encodes; `undefined` if the token is not valid. */
export function positionOf(token: string): number | undefined {
  const [, position] = /^page:(\d+)$/.exec(Buffer.from(token, 'base64').toString()) ?? [];
  return position === undefined ? undefined : Number(position);
}
