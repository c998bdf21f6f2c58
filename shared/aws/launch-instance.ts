import { type Instance, RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { clientToken } from '../build/client-token.ts';
import type { LaunchAttempt, Launched, PendingLaunch, Plan } from '../build/execution-document.ts';
import { describeLaunches, type LaunchOption, launchOptions, untried } from '../build/launch-attempts.ts';
import { describeStateReason } from '../build/state-reason.ts';
import { ROLE, tagsFor } from '../build/tags.ts';
import { pending, waitTimes } from '../build/waiting.ts';
import { BuildFailed, NoCapacity } from '../errors.ts';
import type { Clients } from './clients.ts';
import { isCapacityCode, isKeyStateReason, isServerStateReason } from './error-codes.ts';
import { createdBy, findInstances } from './find-resources.ts';
import { tagOnCreate } from './tags.ts';

/** What an instance of a build is for, and what sets its launch apart from that of another. */
export interface LaunchSpec {
  readonly role: 'builder' | 'scanner';
  readonly imageId: string;
  /** Volumes that are not as the image says. */
  readonly volumes?: Plan['volumes'];
  readonly userData?: string | undefined;
}

/** The build that the instance belongs to, and what the turn before reported of its launch. */
export interface LaunchContext {
  readonly execution: string;
  readonly plan: Plan;
  readonly before: Launched | PendingLaunch | undefined;
}

/** What a function brings along for it. */
export interface LaunchDeps extends Pick<Clients, 'ec2'> {
  now(): Date;
  readonly log: { warn(message: string, details?: Record<string, unknown>): void };
  readonly settings: { readonly instanceProfile: string; readonly securityGroup: string };
}

/**
 * Launches an instance of a build: tries every instance type in every subnet, in order, until EC2 runs one. One try a turn,
 * so that what was tried is always written down before the next.
 * Safe to repeat: the instance is found by its tags, and a launch that is sent twice bears the same token.
 */
export async function launchInstance(
  purpose: LaunchSpec,
  turn: LaunchContext,
  means: LaunchDeps,
): Promise<Launched | PendingLaunch> {
  const { role } = purpose;
  const before = turn.before?.status === 'pending' ? turn.before : undefined;
  const refused = turn.before?.refused ?? [];
  const instance = await findOwn(role, turn, before?.instanceId, means);
  const state = instance?.State?.Name;

  if (instance === undefined && before?.instanceId === undefined)
    return tryNext(purpose, turn, refused, means);
  const current = {
    instanceId: instance?.InstanceId ?? before?.instanceId ?? '',
    instanceType: instance?.InstanceType ?? before?.instanceType ?? '',
    subnetId: instance?.SubnetId ?? before?.subnetId ?? '',
    refused,
  };
  if (state === 'running') return { status: 'ready', ...current };
  if (state === undefined || state === 'pending') {
    const said = state === undefined ? 'EC2 does not show it yet' : `it is ${state}`;
    return { ...waiting(role, current, said, before?.since, means), ...current };
  }

  const said = describeStateReason(instance?.StateReason);
  const code = instance?.StateReason?.Code ?? state;
  if (!isServerStateReason(instance?.StateReason)) {
    const hint = isKeyStateReason(instance?.StateReason) ? keyHint(turn.plan) : '';
    throw new BuildFailed(
      `The ${role} ${current.instanceId} became ${state} instead of running; EC2 says: ${said}${hint}`,
    );
  }
  const { instanceType, subnetId } = current;
  return goOn(role, turn.plan, [...refused, { instanceType, subnetId, code, said }], means);
}

const keyHint = ({ region }: Plan) =>
  '. The usual cause is an encryption key that is not enabled or that the pipeline may not use: ' +
  `check the default key for EBS encryption in ${region} and the keys of the base image`;

/** The instance in this role: the one that is known already, or any that was launched for it and has not ended. */
async function findOwn(
  role: LaunchSpec['role'],
  { execution, plan }: LaunchContext,
  known: string | undefined,
  { ec2 }: LaunchDeps,
): Promise<Instance | undefined> {
  const inRole = { Name: `tag:${ROLE}`, Values: [role] };
  const found = await findInstances(ec2(plan.region), createdBy(execution), inRole);
  if (known !== undefined) return found.find(({ InstanceId }) => InstanceId === known);
  return found.find(({ State }) => State?.Name === 'running' || State?.Name === 'pending');
}

/** Of each of up to 400 answers so many characters: a state holds 256 KiB. */
const SAID_MAX = 300;

/** Tries the next type and subnet. */
async function tryNext(
  purpose: LaunchSpec,
  turn: LaunchContext,
  refused: LaunchAttempt[],
  means: LaunchDeps,
): Promise<PendingLaunch> {
  const { role } = purpose;
  const { plan } = turn;
  const [next] = untried(launchOptions(plan), refused);
  if (next === undefined) throw allFailed(role, plan, refused);
  try {
    const { Instances } = await means
      .ec2(plan.region)
      .send(new RunInstancesCommand(launchInput(purpose, turn, next, means)));
    const launched = { instanceId: Instances?.[0]?.InstanceId, ...next, refused };
    return { ...waiting(role, launched, 'it is pending', undefined, means), ...launched };
  } catch (error) {
    if (!(error instanceof NoCapacity)) throw error;
    const { code = error.name, said = error.message } = error;
    return goOn(role, plan, [...refused, { ...next, code, said: said.slice(0, SAID_MAX) }], means);
  }
}

/** Hands on what was refused, so that the next turn tries the next; or gives up, with all that was tried. */
function goOn(
  role: LaunchSpec['role'],
  plan: Plan,
  refused: LaunchAttempt[],
  means: LaunchDeps,
): PendingLaunch {
  const [next] = untried(launchOptions(plan), refused);
  if (next === undefined) throw allFailed(role, plan, refused);
  const { instanceType, subnetId, said } = refused.at(-1) ?? { ...next, said: '' };
  means.log.warn('EC2 did not run it, trying the next', { role, instanceType, subnetId, said });
  const awaiting = `another launch of the ${role}: ${next.instanceType} in ${next.subnetId} (failed so far: ${refused.length})`;
  const wait = pending(waitTimes.launch, { since: undefined, now: means.now(), awaiting });
  return { ...wait, waitSeconds: 1, ...next, refused };
}

function waiting(
  role: LaunchSpec['role'],
  { instanceId, instanceType, subnetId }: LaunchOption & { readonly instanceId: string | undefined },
  said: string,
  since: string | undefined,
  { now }: LaunchDeps,
) {
  const awaiting = `the ${role} ${instanceId} (${instanceType} in ${subnetId}) to run`;
  return pending(waitTimes.launch, { since, now: now(), awaiting, said });
}

function allFailed(
  role: LaunchSpec['role'],
  { region }: Plan,
  refused: readonly LaunchAttempt[],
): NoCapacity | BuildFailed {
  const tried = describeLaunches(refused);
  const without = refused.filter(({ code }) => isCapacityCode(code)).length;
  if (without === refused.length) {
    return new NoCapacity(`EC2 has no capacity for the ${role} in ${region}. ${tried}`);
  }
  const Kind = without > 0 ? NoCapacity : BuildFailed;
  return new Kind(`EC2 could not run the ${role} in ${region}. ${tried}`);
}

function launchInput(
  { role, imageId, volumes = [], userData }: LaunchSpec,
  { execution, plan }: LaunchContext,
  { instanceType, subnetId }: LaunchOption,
  { settings }: LaunchDeps,
): RunInstancesCommandInput {
  const tags = tagsFor(role, { ...plan, execution, name: `${plan.recipe} ${role}` });
  // By it Patch Manager chooses the baseline.
  const instanceTags =
    plan.patch.patchGroup === undefined ? tags : { ...tags, PatchGroup: plan.patch.patchGroup };
  return {
    ImageId: imageId,
    InstanceType: instanceType as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnetId,
    SecurityGroupIds: [settings.securityGroup],
    IamInstanceProfile: { Name: settings.instanceProfile },
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    // A shutdown from within must leave a builder to be imaged: sysprep ends so.
    InstanceInitiatedShutdownBehavior: 'stop',
    BlockDeviceMappings: volumes.map(({ device, sizeGiB, type, iops, throughput }) => ({
      DeviceName: device,
      Ebs: {
        VolumeSize: sizeGiB,
        VolumeType: type as 'gp3',
        Iops: iops,
        Throughput: throughput,
        DeleteOnTermination: true,
      },
    })),
    UserData: userData === undefined ? undefined : Buffer.from(userData).toString('base64'),
    TagSpecifications: [
      ...tagOnCreate(['instance'], instanceTags),
      ...tagOnCreate(['volume', 'network-interface'], tags),
    ],
    // Tokens hold in one zone only, so the subnet is part of it (EC2 developer guide, "Ensuring idempotency").
    ClientToken: clientToken(execution, role, instanceType, subnetId),
  };
}
