import * as z from 'zod/mini';
import { field, occurrence } from '../core/fault-schema.ts';

const agentFault = z.strictObject({
  agent: field(
    z.enum(['silent']),
    'What happens to the SSM agent of an instance: the agent never comes online.',
    {
      allowed: 'silent',
      fix: 'write agent: silent',
    },
  ),
  ...occurrence,
});

/** The kinds of faults of guests. */
export const guestFaults = { agent: agentFault };

/** The SSM agent of an instance never comes online. */
export type AgentFault = z.output<typeof agentFault>;

declare module '../core/faults.ts' {
  interface FaultKinds {
    readonly agent: AgentFault;
  }
}
