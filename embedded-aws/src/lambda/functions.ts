import type { World } from '../core/world.ts';

/** The code of a function. */
export type Invoke = (payload: unknown) => Promise<unknown>;

/** A deployed function. */
export interface DeployedFunction {
  readonly invoke: Invoke;
  /** The timeout; absent: no limit. */
  readonly timeoutSeconds?: number;
  /** The ARN of its role; absent: permissions are not checked. */
  readonly role?: string;
}

/** Functions by ARN. */
export type Functions = Readonly<Record<string, DeployedFunction>>;

/** Deploys functions. Replaces functions with the same ARN. */
export function deployFunctions({ functions }: World, deployed: Functions): void {
  for (const [arn, one] of Object.entries(deployed)) functions.set(arn, one);
}
