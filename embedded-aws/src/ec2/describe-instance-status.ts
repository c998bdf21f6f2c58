import type {
  DescribeInstanceStatusCommandInput,
  DescribeInstanceStatusCommandOutput,
  InstanceStatusSummary,
} from '@aws-sdk/client-ec2';
import { zoneId } from '../core/regions.ts';
import type { Call, Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { instanceState, seenInstances } from './instances.ts';
import { drawSeconds } from './latency.ts';
import { checkPaging, page } from './paging.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

interface Checked {
  readonly instance: InstanceRecord;
  readonly status: 'initializing' | 'not-applicable' | 'ok';
}

/**
 * Returns only running instances unless the request includes all instances. Both checks pass at the same
 * time, and no events are scheduled.
 */
export const describeInstanceStatus: Operation<
  DescribeInstanceStatusCommandInput,
  DescribeInstanceStatusCommandOutput
> = {
  kind: 'read',
  accepts: [
    'DryRun',
    'Filters.Name',
    'Filters.Values',
    'IncludeAllInstances',
    'InstanceIds',
    'MaxResults',
    'NextToken',
  ],
  run(input, call) {
    const { InstanceIds = [], IncludeAllInstances = false } = input;
    checkPaging(input, { min: 5, max: 1000, ids: InstanceIds, idsName: 'instancesSet' });
    const matches = matcher(input.Filters, filters, ({ instance }) => instance.tags);
    const found = seenInstances(call, InstanceIds)
      .filter(({ state }) => IncludeAllInstances || state === 'running')
      .map((instance): Checked => ({ instance, status: statusOf(instance, call) }));
    checkDryRun(input);
    const { items, NextToken } = page(found.filter(matches), input);
    return {
      InstanceStatuses: items.map(({ instance, status }) => ({
        AvailabilityZone: instance.availabilityZone,
        AvailabilityZoneId: zoneId(instance.availabilityZone),
        InstanceId: instance.id,
        InstanceState: instanceState(instance.state),
        InstanceStatus: summary(status),
        SystemStatus: summary(status),
      })),
      NextToken,
    };
  },
};

function statusOf({ id, state, runningSince }: InstanceRecord, { world, now }: Call): Checked['status'] {
  if (state !== 'running') return 'not-applicable';
  if (runningSince === undefined) return 'ok';
  const seconds = drawSeconds(world.seed, 'instance.checks', id, runningSince);
  return now < runningSince + seconds * 1000 ? 'initializing' : 'ok';
}

function summary(status: Checked['status']): InstanceStatusSummary {
  if (status === 'not-applicable') return { Status: status };
  const passed = status === 'ok' ? 'passed' : 'initializing';
  return { Status: status, Details: [{ Name: 'reachability', Status: passed }] };
}

const reachability = ({ status }: Checked) =>
  status === 'ok' ? 'passed' : status === 'initializing' ? 'initializing' : undefined;

const filters: FilterNames<Checked> = {
  'availability-zone': ({ instance }) => instance.availabilityZone,
  'availability-zone-id': ({ instance }) => zoneId(instance.availabilityZone),
  'event.code': () => undefined,
  'event.description': () => undefined,
  'event.instance-event-id': () => undefined,
  'event.not-after': () => undefined,
  'event.not-before': () => undefined,
  'event.not-before-deadline': () => undefined,
  'instance-state-code': ({ instance }) => instanceState(instance.state).Code,
  'instance-state-name': ({ instance }) => instance.state,
  'instance-status.reachability': reachability,
  'instance-status.status': ({ status }) => status,
  'system-status.reachability': reachability,
  'system-status.status': ({ status }) => status,
};
