import type { GetScheduleGroupCommandInput, GetScheduleGroupCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { findGroup, groupShape } from './groups.ts';

export const getScheduleGroup: Operation<GetScheduleGroupCommandInput, GetScheduleGroupCommandOutput> = {
  kind: 'read',
  accepts: ['Name'],
  run(input, call) {
    check(input, { Name: { required: true, ...constraints.name } });
    return groupShape(findGroup(call, input.Name));
  },
};
