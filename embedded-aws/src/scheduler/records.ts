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
  /** From when on a rate counts. */
  readonly scheduledSince: number;
  /** When it is due next; absent: never again, or disabled. */
  readonly nextAt?: number;
}

/** One occurrence of a schedule, until its target was invoked or given up. */
export interface InvocationRecord extends Resource {
  readonly scheduleArn: string;
  /** For when the schedule asked for it. */
  readonly scheduledTime: number;
  /** As it was when the schedule was due. */
  readonly target: Target;
  /** When it was first tried. */
  readonly since: number;
  readonly attempts: number;
  /** Whether it is the last one, after which the schedule goes. */
  readonly isLast: boolean;
}

/** A group of schedules; its id is its ARN. Each account has a group `default` in each region without a record. */
export interface ScheduleGroupRecord extends Tagged {
  readonly name: string;
  readonly state: 'ACTIVE' | 'DELETING';
  readonly creationDate: number;
  readonly lastModificationDate: number;
}
