import type { ChannelRequest } from './channel-request.ts';
import { clientToken } from './client-token.ts';
import type { Soaked } from './soak.ts';

const HOUR_MS = 3_600_000;
/** If a promotion failed, the next attempt is a day later. */
const ATTEMPT_MS = 24 * HOUR_MS;

/** The input of the execution that moves a release on. */
export const soakRequest = (recipe: string, { version, from, to, since, hours }: Soaked): ChannelRequest => ({
  action: 'promote',
  recipe,
  channel: to,
  version,
  by: `${hours} ${hours === 1 ? 'hour' : 'hours'} in ${from}`,
  trigger: { type: 'soak', channel: from, since },
});

/** The name of this execution. It is the same for a day, so that a repeated check starts nothing. */
export function soakExecution(
  recipe: string,
  { version, to, since, hours }: Soaked,
  stateMachine: string,
  now: Date,
): string {
  const due = new Date(since).getTime() + hours * HOUR_MS;
  const attempt = Math.floor((now.getTime() - due) / ATTEMPT_MS);
  return `${recipe}-${clientToken(stateMachine, recipe, version, to, since, attempt).slice(0, 12)}`;
}
