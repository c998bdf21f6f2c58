import type { ListSchedulesCommandInput, ListSchedulesCommandOutput } from '@aws-sdk/client-scheduler';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import * as constraints from './constraints.ts';
import { findGroup } from './groups.ts';
import { page } from './paging.ts';

export const listSchedules: Operation<ListSchedulesCommandInput, ListSchedulesCommandOutput> = {
  kind: 'read',
  accepts: ['GroupName', 'MaxResults', 'NamePrefix', 'NextToken', 'State'],
  run(input, call) {
    check(input, {
      GroupName: constraints.name,
      MaxResults: constraints.maxResults,
      NamePrefix: constraints.name,
      NextToken: constraints.nextToken,
      State: constraints.state,
    });
    const { GroupName, NamePrefix = '', State } = input;
    if (GroupName !== undefined) findGroup(call, GroupName);
    const schedules = call.world.schedules
      .all()
      .filter(
        ({ account, region, group, name, state }) =>
          account === call.account &&
          region === call.region &&
          (GroupName === undefined || group === GroupName) &&
          (State === undefined || state === State) &&
          name.startsWith(NamePrefix),
      )
      .toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const { items, next } = page(schedules, input);
    return {
      Schedules: items.map(({ id, group, name, state, creationDate, lastModificationDate, target }) => ({
        Arn: id,
        GroupName: group,
        Name: name,
        State: state,
        CreationDate: new Date(creationDate),
        LastModificationDate: new Date(lastModificationDate),
        Target: { Arn: target.Arn },
      })),
      ...next,
    };
  },
};
