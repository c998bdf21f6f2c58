import type { Resource, Tagged } from '../records.ts';

/** An event that was put on a bus and has not arrived at the rules yet. */
export interface EventRecord extends Resource {
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  readonly time: number;
}

/** An event bus; its id is its ARN. Each account has a bus `default` in each region without a record. */
export interface EventBusRecord extends Tagged {
  readonly name: string;
}

/** A rule on a bus; its id is its ARN. */
export interface EventRuleRecord extends Tagged {
  readonly name: string;
  readonly bus: string;
}
