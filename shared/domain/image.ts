/** How often an image or a copy is begun anew after EC2 failed it. */
export const ATTEMPTS_MAX = 3;

/** States that an image does not leave for `available` (EC2 API reference, ImageState). */
const FAILED = new Set(['invalid', 'failed', 'error', 'deregistered', 'disabled']);

export function hasFailed({ State }: { State?: string | undefined }): boolean {
  return FAILED.has(State ?? '');
}

/** What EC2 says of an image that failed. */
export function whyFailed({
  State,
  StateReason,
}: {
  State?: string | undefined;
  StateReason?: { Code?: string | undefined; Message?: string | undefined } | undefined;
}): string {
  return `${State}: ${StateReason?.Message ?? StateReason?.Code ?? 'no reason given'}`;
}

/** What EC2 said to several attempts, once where it said the same each time. */
export function describeFailures(failures: readonly string[]): string {
  const [first, ...others] = new Set(failures);
  return others.length === 0 ? `each time ${first}` : [first, ...others].join('; ');
}
