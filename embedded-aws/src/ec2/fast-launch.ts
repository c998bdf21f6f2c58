import { AwsError, invalidParameter } from '../core/errors.ts';
import type { Call, TransitionHandlers } from '../core/service.ts';
import { lagMs, schedule, type World } from '../core/world.ts';
import { defaultNetwork } from './default-network.ts';
import { checkState, ownImage } from './images.ts';
import { drawSeconds } from './latency.ts';
import type { FastLaunchRecord } from './records.ts';

const parallelLaunchesMin = 6;
const targetCountDefault = 5;

export interface FastLaunchSettings {
  readonly imageId: string | undefined;
  readonly targetCount: number | undefined;
  readonly maxParallelLaunches: number | undefined;
}

/**
 * The settings of a request, if EC2 accepts them (EC2 API reference, EnableFastLaunch; EC2 user guide, EC2 Fast Launch
 * prerequisites). The codes and texts of the refusals are assumed.
 */
export function acceptedSettings(
  call: Call,
  {
    imageId,
    targetCount = targetCountDefault,
    maxParallelLaunches = parallelLaunchesMin,
  }: FastLaunchSettings,
): Pick<FastLaunchRecord, 'imageId' | 'targetCount' | 'maxParallelLaunches'> {
  const { world, account, region } = call;
  const image = ownImage(call, imageId);
  checkState(image, ['available']);
  if (image.platform !== 'windows') {
    throw new AwsError('InvalidParameter', `The image '${image.id}' is not a Windows image.`);
  }
  if (maxParallelLaunches < parallelLaunchesMin) {
    throw invalidParameter(
      `Value (${maxParallelLaunches}) for parameter MaxParallelLaunches is invalid. Value must be ${parallelLaunchesMin} or greater.`,
    );
  }
  if (targetCount < 1) {
    throw invalidParameter(
      `Value (${targetCount}) for parameter TargetResourceCount is invalid. Value must be 1 or greater.`,
    );
  }
  if (defaultNetwork(world, account, region).subnets.length === 0) {
    throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
  }
  const known = world.fastLaunches.get(fastLaunchId(account, image.id));
  if (known?.state === 'disabling') {
    throw new AwsError('IncorrectState', `Fast launch of the image '${image.id}' is disabling.`);
  }
  return { imageId: image.id, targetCount, maxParallelLaunches };
}

export const fastLaunchId = (account: string, imageId: string) => `${account}/${imageId}`;

/** Enabling it again while it is enabled only changes the settings (assumed). */
export function enable(call: Call, settings: ReturnType<typeof acceptedSettings>): FastLaunchRecord {
  const { world, account, region, now } = call;
  const id = fastLaunchId(account, settings.imageId);
  const known = world.fastLaunches.get(id);
  if (known !== undefined) return world.fastLaunches.put({ ...known, ...settings }, now, lagMs(world, id));
  const record = { id, account, region, ...settings, state: 'enabling', changedAt: now } as const;
  return change(world, record, now, drawSeconds(world.seed, 'fast-launch.enabling', id, now));
}

/** EC2 removes the pre-provisioned snapshots first (EC2 API reference, DisableFastLaunch). */
export function disable(world: World, known: FastLaunchRecord, now: number): FastLaunchRecord {
  if (known.state === 'disabling') return known;
  const seconds = drawSeconds(world.seed, 'fast-launch.disabling', known.id, now);
  return change(world, { ...known, state: 'disabling', changedAt: now }, now, seconds);
}

/** EC2 Fast Launch ends with its image (assumed). */
export function endFastLaunch(world: World, account: string, imageId: string, now: number): void {
  const known = world.fastLaunches.get(fastLaunchId(account, imageId));
  if (known !== undefined) disable(world, known, now);
}

function change(world: World, record: FastLaunchRecord, at: number, seconds: number): FastLaunchRecord {
  const nextAt = at + seconds * 1000;
  schedule(world, 'fast-launch.next', record.id, nextAt);
  return world.fastLaunches.put({ ...record, nextAt }, at, lagMs(world, record.id));
}

export const fastLaunchTransitions: TransitionHandlers = {
  'fast-launch.next': (world, id, at) => {
    const record = world.fastLaunches.get(id);
    if (record?.nextAt !== at) return;
    const { nextAt: _past, ...rest } = record;
    const lag = lagMs(world, id);
    if (record.state === 'disabling') world.fastLaunches.remove(id, at, lag);
    else world.fastLaunches.put({ ...rest, state: 'enabled', changedAt: at }, at, lag);
  },
};

export function fastLaunchShape({
  imageId,
  account,
  targetCount,
  maxParallelLaunches,
  state,
  changedAt,
}: FastLaunchRecord) {
  return {
    ImageId: imageId,
    ResourceType: 'snapshot' as const,
    SnapshotConfiguration: { TargetResourceCount: targetCount },
    MaxParallelLaunches: maxParallelLaunches,
    OwnerId: account,
    State: state,
    StateTransitionReason: 'Client.UserInitiated',
    StateTransitionTime: new Date(changedAt),
  };
}
