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

/** By their ARNs. */
export type Functions = Readonly<Record<string, DeployedFunction>>;
