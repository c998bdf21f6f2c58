import type { Target } from '@aws-sdk/client-eventbridge';
import type { Resource, Tagged } from '../core/resource.ts';

/** An event that was put on a bus and has not arrived at its rules yet. Account and region are those that it comes from. */
export interface EventRecord extends Resource {
  /** The id that rules and targets see. It stays the same on the way from bus to bus. */
  readonly eventId: string;
  /** The bus that it is on, by its ARN. */
  readonly bus: string;
  /** The bus whose rule sent it here. */
  readonly sentFrom?: string;
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  readonly time: number;
}

/** An event bus; its id is its ARN. Each account has a bus `default` in each region, also without a record. */
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
  /** The bus, by its ARN. */
  readonly bus: string;
  readonly description?: string;
  /** JSON text. */
  readonly eventPattern?: string;
  readonly scheduleExpression?: string;
  /** From when on a rate counts. */
  readonly scheduledSince: number;
  /** When it fires next by itself. */
  readonly nextAt?: number;
  readonly state: 'ENABLED' | 'DISABLED';
  readonly roleArn?: string;
  readonly targets: readonly Target[];
}

/** An event on its way from a rule to one of its targets. Account and region are those of the rule. */
export interface DeliveryRecord extends Resource {
  readonly event: EventRecord;
  readonly ruleArn: string;
  readonly ruleName: string;
  /** As it was when the rule matched. */
  readonly target: Target;
  /** When the event reached the rule. */
  readonly since: number;
  /** How often it was tried. */
  readonly attempts: number;
}
