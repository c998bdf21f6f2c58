import { asText } from '../../shape.ts';
import type { Action } from '../action.ts';

/** The maximum duration of aws:sleep. */
const SLEEP_SECONDS_MAX = 604_799;

/** aws:sleep: waits for an ISO 8601 duration or until a timestamp. */
export const sleep: Action = {
  inputs: ['Duration', 'Timestamp'],
  begin: ({ inputs, at }) => {
    const duration = asText(inputs.Duration);
    const until =
      duration === undefined ? Date.parse(asText(inputs.Timestamp) ?? '') : at + secondsOf(duration) * 1000;
    if (Number.isNaN(until)) throw new Error('The input Timestamp is not a valid time');
    if (until - at > SLEEP_SECONDS_MAX * 1000) throw new Error('The sleep is longer than 604799 seconds');
    return { is: 'waiting', until };
  },
  poll: () => ({ is: 'done' }),
};

function secondsOf(duration: string): number {
  const [whole, days, hours, minutes, seconds] =
    /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(duration) ?? [];
  if (whole === undefined) throw new Error(`The duration ${duration} is not in ISO 8601`);
  const [d = 0, h = 0, m = 0, s = 0] = [days, hours, minutes, seconds].map((part) => Number(part ?? 0));
  return ((d * 24 + h) * 60 + m) * 60 + s;
}
