import type { Target } from '@aws-sdk/client-eventbridge';
import type { Resource, Tagged } from '../core/resource.ts';

/**
 * An event on a bus that its rules have not processed yet. `account` and `region` are where the event
 * originated.
 */
export interface EventRecord extends Resource {
  /** The id that rules and targets see. The id stays the same from bus to bus. */
  readonly eventId: string;
  /** The ARN of the bus that has the event. */
  readonly bus: string;
  /** The ARN of the bus whose rule forwarded the event. */
  readonly sentFrom?: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  readonly time: number;
}

/** An event bus; its id is its ARN. Each account has a bus `default` in each region, even without a record. */
export interface EventBusRecord extends Tagged {
  readonly name: string;
  readonly description?: string;
  /** A resource policy, as JSON text. */
  readonly policy?: string;
  readonly creationTime: number;
  readonly lastModifiedTime: number;
}

/** A rule on a bus; its id is its ARN. */
export interface EventRuleRecord extends Tagged {
  readonly name: string;
  /** The ARN of the bus. */
  readonly bus: string;
  readonly description?: string;
  /** JSON text. */
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  /** The time from which a rate counts. */
  readonly scheduledSince: number;
  /** The next scheduled time. */
  readonly nextAt?: number;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly roleArn?: string;
  readonly targets: readonly Target[];
}

/**
 * An event that is being delivered from a rule to one of its targets. `account` and `region` are the rule's.
 */
export interface DeliveryRecord extends Resource {
  readonly event: EventRecord;
  readonly ruleArn: string;
  readonly ruleName: string;
  /** The target as it was when the rule matched. */
  readonly target: Target;
  /** When the event reached the rule. */
  readonly since: number;
  /** The number of attempts so far. */
  readonly attempts: number;
}
