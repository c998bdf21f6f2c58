import type { ListStateMachinesCommandInput, ListStateMachinesCommandOutput } from '@aws-sdk/client-sfn';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { page, pagingConstraints } from './paging.ts';

export const listStateMachines: Operation<ListStateMachinesCommandInput, ListStateMachinesCommandOutput> = {
  kind: 'read',
  accepts: ['maxResults', 'nextToken'],
  run(input, { world, account, region, now }) {
    check(input, pagingConstraints());
    const machines = world.stateMachines
      .all()
      .filter((machine) => machine.account === account && machine.region === region)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, ...rest } = page(machines, ({ id }) => id, input, now);
    return {
      stateMachines: items.map(({ id, name, creationDate }) => ({
        stateMachineArn: id,
        name,
        type: 'STANDARD',
        creationDate: new Date(creationDate),
      })),
      ...rest,
    };
  },
};
