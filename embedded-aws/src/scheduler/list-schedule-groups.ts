import type {
  ListScheduleGroupsCommandInput,
  ListScheduleGroupsCommandOutput,
} from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { findGroup, groupShape } from './groups.ts';
import { page } from './paging.ts';

export const listScheduleGroups: Operation<ListScheduleGroupsCommandInput, ListScheduleGroupsCommandOutput> =
  {
    kind: 'read',
    accepts: ['MaxResults', 'NamePrefix', 'NextToken'],
    run(input, call) {
      check(input, {
        MaxResults: constraints.maxResults,
        NamePrefix: constraints.name,
        NextToken: constraints.nextToken,
      });
      const { NamePrefix = '' } = input;
      const own = call.world.scheduleGroups
        .all()
        .filter(({ account, region }) => account === call.account && region === call.region);
      const groups = [findGroup(call), ...own.filter(({ name }) => name !== 'default')]
        .filter(({ name }) => name.startsWith(NamePrefix))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      const { items, next } = page(groups, input);
      return { ScheduleGroups: items.map(groupShape), ...next };
    },
  };
