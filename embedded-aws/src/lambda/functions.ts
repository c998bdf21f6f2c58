import type { World } from '../core/world.ts';

/** What a function does with an event. */
export type Invoke = (payload: unknown) => Promise<unknown>;

/** A function as it is deployed. */
export interface DeployedFunction {
  readonly invoke: Invoke;
  /** How long it may take; absent: it has all the time. */
  readonly timeoutSeconds?: number;
  /** The ARN of its role; absent: nobody's rights are looked at. */
  readonly role?: string;
}

/** Functions by their ARNs. */
export type Functions = Readonly<Record<string, DeployedFunction>>;

/** Deploys functions, in place of those of the same ARNs. */
export function deployFunctions({ functions }: World, deployed: Functions): void {
  for (const [arn, one] of Object.entries(deployed)) functions.set(arn, one);
}
