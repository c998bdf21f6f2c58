import { AwsError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { createSchedule } from './create-schedule.ts';
import { createScheduleGroup } from './create-schedule-group.ts';
import { deleteSchedule } from './delete-schedule.ts';
import { deleteScheduleGroup } from './delete-schedule-group.ts';
import { getSchedule } from './get-schedule.ts';
import { getScheduleGroup } from './get-schedule-group.ts';
import { latencies } from './latency.ts';
import { listScheduleGroups } from './list-schedule-groups.ts';
import { listSchedules } from './list-schedules.ts';
import { listTagsForResource } from './list-tags-for-resource.ts';
import { kept } from './state.ts';
import { tagResource } from './tag-resource.ts';
import { transitions } from './transitions.ts';
import { untagResource } from './untag-resource.ts';
import { updateSchedule } from './update-schedule.ts';

/** EventBridge Scheduler. `docs/scheduler.md` lists what is emulated. */
export const scheduler: Service = {
  name: 'scheduler',
  kept,
  latencies,
  accessDenied: (reason) => new AwsError('AccessDeniedException', reason, 403),
  operations: {
    CreateSchedule: createSchedule,
    CreateScheduleGroup: createScheduleGroup,
    DeleteSchedule: deleteSchedule,
    DeleteScheduleGroup: deleteScheduleGroup,
    GetSchedule: getSchedule,
    GetScheduleGroup: getScheduleGroup,
    ListScheduleGroups: listScheduleGroups,
    ListSchedules: listSchedules,
    ListTagsForResource: listTagsForResource,
    TagResource: tagResource,
    UntagResource: untagResource,
    UpdateSchedule: updateSchedule,
  },
  transitions,
};
