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

const bootFault = z.strictObject({
  boot: field(z.enum(['fails']), 'What happens to the boots of an instance: no boot ends.', {
    allowed: 'fails',
    fix: 'write boot: fails',
  }),
  ...occurrence,
});

/** The kinds of faults of guests. */
export const guestFaults = { boot: bootFault, agent: agentFault };

/** The operating system of an instance never comes up. */
export type BootFault = z.output<typeof bootFault>;

/** The SSM agent of an instance never comes online. */
export type AgentFault = z.output<typeof agentFault>;

declare module '../core/faults.ts' {
  interface FaultKinds {
    readonly boot: BootFault;
    readonly agent: AgentFault;
  }
}
