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
import { wholeSeconds } from './times.ts';

interface Check {
  readonly status: 'initializing' | 'not-applicable' | 'ok' | 'impaired';
  readonly impairedSince?: number;
}

interface Checked {
  readonly instance: InstanceRecord;
  /** The check of the operating system. */
  readonly own: Check;
  /** The check of AWS's machine, which never fails. */
  readonly system: Check;
}

/**
 * Returns only running instances unless the request includes all instances. Both checks end at the same time. The
 * instance check fails if the operating system does not boot. No events are scheduled.
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
      .map((instance): Checked => {
        const system = checkOf(instance, call);
        return { instance, own: withBoot(system, instance, call), system };
      });
    checkDryRun(input);
    const { items, NextToken } = page(found.filter(matches), input);
    return {
      InstanceStatuses: items.map(({ instance, own, system }) => ({
        AvailabilityZone: instance.availabilityZone,
        AvailabilityZoneId: zoneId(instance.availabilityZone),
        InstanceId: instance.id,
        InstanceState: instanceState(instance.state),
        InstanceStatus: summary(own),
        SystemStatus: summary(system),
      })),
      NextToken,
    };
  },
};

function checkOf({ id, state, runningSince }: InstanceRecord, { world, now }: Call): Check {
  if (state !== 'running') return { status: 'not-applicable' };
  if (runningSince === undefined) return { status: 'ok' };
  const seconds = drawSeconds(world.seed, 'instance.checks', id, runningSince);
  return { status: now < runningSince + seconds * 1000 ? 'initializing' : 'ok' };
}

/**
 * An instance that was launched and impaired is impaired since its launch, and any other instance since its check
 * failed (EC2 API reference, InstanceStatusDetails). How long EC2 takes to notice a failed reboot is assumed.
 */
function withBoot(check: Check, { id, launchTime, bootFailed }: InstanceRecord, { world, now }: Call): Check {
  if (check.status !== 'ok' || bootFailed === undefined) return check;
  if (bootFailed.how === 'boot') return { status: 'impaired', impairedSince: launchTime };
  const seconds = drawSeconds(world.seed, 'instance.checks', id, bootFailed.at);
  const impairedSince = bootFailed.at + seconds * 1000;
  return now < impairedSince ? check : { status: 'impaired', impairedSince };
}

function summary({ status, impairedSince }: Check): InstanceStatusSummary {
  const Status = reachability[status];
  if (Status === undefined) return { Status: status };
  const since = impairedSince !== undefined && { ImpairedSince: wholeSeconds(impairedSince) };
  return { Status: status, Details: [{ Name: 'reachability', Status, ...since }] };
}

const reachability = {
  initializing: 'initializing',
  'not-applicable': undefined,
  ok: 'passed',
  impaired: 'failed',
} as const;

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
  'instance-status.reachability': ({ own }) => reachability[own.status],
  'instance-status.status': ({ own }) => own.status,
  'system-status.reachability': ({ system }) => reachability[system.status],
  'system-status.status': ({ system }) => system.status,
};
