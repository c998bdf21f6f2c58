import type { Resource, Tagged } from '../records.ts';

/** A schedule; its id is its ARN. */
export interface ScheduleRecord extends Resource {
  readonly group: string;
  readonly name: string;
}

/** A group of schedules; its id is its ARN. Each account has a group `default` in each region without a record. */
export interface ScheduleGroupRecord extends Tagged {
  readonly name: string;
}
