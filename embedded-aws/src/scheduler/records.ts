import type {
  ActionAfterCompletion,
  FlexibleTimeWindow,
  ScheduleState,
  Target,
} from '@aws-sdk/client-scheduler';
import type { Resource, Tagged } from '../core/resource.ts';

/** A schedule; its id is its ARN. */
export interface ScheduleRecord extends Resource {
  readonly group: string;
  readonly name: string;
  readonly description?: string;
  readonly expression: string;
  readonly timezone: string;
  readonly startDate?: number;
  readonly endDate?: number;
  readonly state: ScheduleState;
  readonly window: FlexibleTimeWindow;
  readonly target: Target;
  readonly actionAfterCompletion: ActionAfterCompletion;
  readonly creationDate: number;
  readonly lastModificationDate: number;
  /** The time from which a rate counts. */
  readonly scheduledSince: number;
  /** The next time; absent: there is none, or the schedule is disabled. */
  readonly nextAt?: number;
}

/** One occurrence of a schedule. The record exists until the target is invoked or the last attempt fails. */
export interface InvocationRecord extends Resource {
  readonly scheduleArn: string;
  /** The time at which the schedule was due. */
  readonly scheduledTime: number;
  /** The target as it was when the schedule was due. */
  readonly target: Target;
  /** The time of the first attempt. */
  readonly since: number;
  readonly attempts: number;
  /** Whether it is the last occurrence of the schedule. */
  readonly isLast: boolean;
}

/**
 * A group of schedules; its id is its ARN. Each account has a group `default` in each region, even without a record.
 */
export interface ScheduleGroupRecord extends Tagged {
  readonly name: string;
  readonly state: 'ACTIVE' | 'DELETING';
  readonly creationDate: number;
  readonly lastModificationDate: number;
}
