import { type Instance, RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { clientToken } from '../build/client-token.ts';
import type { AnyPlan, LaunchAttempt, Launched, PendingLaunch, Plan } from '../build/execution-document.ts';
import {
  addAttempt,
  attemptsExcept,
  describeLaunches,
  type LaunchOption,
  launchOptions,
  nextLaunch,
} from '../build/launch-attempts.ts';
import { describeStateReason } from '../build/state-reason.ts';
import { ROLE, tagsFor } from '../build/tags.ts';
import { pending, waitTimes } from '../build/waiting.ts';
import { BuildFailed, NoCapacity } from '../errors.ts';
import type { Clients } from './clients.ts';
import { isCapacityCode, isKeyStateReason, isServerFault, isServerStateReason } from './error-codes.ts';
import { createdBy, findInstances } from './find-resources.ts';
import { tagOnCreate } from './tags.ts';

/** The role of an instance of a build, and the parameters of its launch. */
export interface LaunchSpec {
  /** A tester is launched as a consumer launches the image: the image decides about the metadata service. */
  readonly role: 'builder' | 'scanner' | 'tester';
  readonly imageId: string;
  /** Volumes that the launch adds or changes. */
  readonly volumes?: Plan['volumes'];
  /** Devices of the image that the instance does not get. */
  readonly without?: readonly string[] | undefined;
  /** The key that encrypts all volumes, and the devices of the image's volumes. */
  readonly encryption?: { readonly key: string; readonly devices: readonly string[] } | undefined;
  readonly userData?: string | undefined;
  /** Whether the instance gets the default security group of its VPC. The deployment has a group in its own region only. */
  readonly inDefaultGroup?: true;
}

/** The build that the instance belongs to, and what the previous invocation reported about the launch. */
export interface LaunchContext {
  readonly execution: string;
  readonly plan: LaunchPlan;
  readonly before: Launched | PendingLaunch | undefined;
  /** How long earlier launches took. */
  readonly earlierSeconds?: readonly number[] | undefined;
}

/** The part of a plan that a launch needs. */
export interface LaunchPlan
  extends Pick<AnyPlan, 'recipe' | 'version' | 'region' | 'tags'>,
    Pick<Plan, 'instanceTypes' | 'subnets'> {
  readonly patchGroup?: string | undefined;
}

/** The dependencies of a launch. */
export interface LaunchDeps extends Pick<Clients, 'ec2'> {
  now(): Date;
  readonly log: { warn(message: string, details?: Record<string, unknown>): void };
  /** `region`: of the deployment. The plan has the region of the launch. */
  readonly settings: {
    readonly region: string;
    readonly instanceProfile: string;
    readonly securityGroup: string;
  };
}

/**
 * Launches an instance of a build. It tries all instance types in all subnets, in order, until EC2 runs an instance. Each invocation makes
 * one attempt, so that every attempt is recorded before the next one.
 * Safe to repeat: the instance is found by its tags, and a repeated launch carries the same client token. If EC2 reports a fault but has
 * created an instance, the next invocation finds and uses the instance. If the instance becomes visible only later, CleanUp removes it.
 * An instance that stays pending until the deadline fails the build: trying all other types and subnets for that long could take longer
 * than the build may take, and would need the permission to terminate builders.
 */
export async function launchInstance(
  spec: LaunchSpec,
  context: LaunchContext,
  deps: LaunchDeps,
): Promise<Launched | PendingLaunch> {
  const { role } = spec;
  const before = context.before?.status === 'pending' ? context.before : undefined;
  const earlier = context.before?.refused ?? [];
  const instance = await findOwn(role, context, before?.instanceId, deps);
  const state = instance?.State?.Name;

  if (instance === undefined && before?.instanceId === undefined)
    return tryNext(spec, context, earlier, deps);
  const option = {
    instanceType: instance?.InstanceType ?? before?.instanceType ?? '',
    subnetId: instance?.SubnetId ?? before?.subnetId ?? '',
  };
  const refused = attemptsExcept(earlier, option);
  const current = { instanceId: instance?.InstanceId ?? before?.instanceId ?? '', ...option, refused };
  if (state === 'running') return { status: 'ready', ...current };
  if (state === undefined || state === 'pending') {
    const said = state === undefined ? 'the instance is not visible yet' : `the instance is ${state}`;
    return { ...waiting(role, current, said, before?.since, context, deps), ...current };
  }

  const said = describeStateReason(instance?.StateReason);
  const code = instance?.StateReason?.Code ?? state;
  if (!isServerStateReason(instance?.StateReason)) {
    const hint = isKeyStateReason(instance?.StateReason) ? keyHint(context.plan) : '';
    throw new BuildFailed(
      `The ${role} ${current.instanceId} became ${state} instead of running; EC2 says: ${said}${hint}`,
    );
  }
  return reportRefused(role, context.plan, addAttempt(refused, { ...option, code, said }, deps.now()), deps);
}

const keyHint = ({ region }: LaunchPlan) =>
  '. The usual cause is an encryption key that is not enabled or that the pipeline may not use: ' +
  `check encryption.keys of the recipe, the default key for EBS encryption in ${region} and the keys of the base image`;

/** The instance in this role: the known instance, or any instance that this build launched in this role and that has not ended. */
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

/** The maximum length of one recorded answer: there may be 400 answers, and a state can hold 256 KiB. */
const SAID_MAX = 300;

/** Makes one launch, in the next type and subnet. */
async function tryNext(
  spec: LaunchSpec,
  context: LaunchContext,
  refused: LaunchAttempt[],
  deps: LaunchDeps,
): Promise<PendingLaunch> {
  const { role } = spec;
  const { plan } = context;
  const next = nextLaunch(launchOptions(plan), refused, deps.now());
  if (next === undefined) throw allFailed(role, plan, refused);
  try {
    const { Instances } = await deps
      .ec2(plan.region)
      .send(new RunInstancesCommand(launchInput(spec, context, next, deps)));
    const instanceId = Instances?.[0]?.InstanceId;
    const launched = { instanceId, ...next, refused: attemptsExcept(refused, next) };
    return { ...waiting(role, launched, 'the instance is pending', undefined, context, deps), ...launched };
  } catch (error) {
    const fault = isServerFault(error);
    if (!fault && !(error instanceof NoCapacity)) throw error;
    const { code = error.name, said = error.message } = error;
    const attempt = { ...next, code, said: said.slice(0, SAID_MAX), fault };
    return reportRefused(role, plan, addAttempt(refused, attempt, deps.now()), deps);
  }
}

/** Reports the refused launches, so that the next invocation makes another launch. Throws if all types and subnets have failed. */
function reportRefused(
  role: LaunchSpec['role'],
  plan: LaunchPlan,
  refused: LaunchAttempt[],
  deps: LaunchDeps,
): PendingLaunch {
  const next = nextLaunch(launchOptions(plan), refused, deps.now());
  if (next === undefined) throw allFailed(role, plan, refused);
  const { instanceType, subnetId, said, faultSince } = refused.at(-1) ?? {
    ...next,
    said: '',
    faultSince: undefined,
  };
  deps.log.warn('EC2 did not run the instance; another launch follows', {
    role,
    instanceType,
    subnetId,
    said,
  });
  const awaiting = `another launch of the ${role}: ${next.instanceType} in ${next.subnetId} (failed so far: ${refused.length})`;
  const wait = pending(waitTimes.launch, { since: undefined, now: deps.now(), awaiting });
  // After a fault, EC2 may have created the instance all the same. The instance needs some time to become visible.
  const waitSeconds = faultSince === undefined ? 1 : waitTimes.launchFault.minSeconds;
  return { ...wait, waitSeconds, ...next, refused };
}

function waiting(
  role: LaunchSpec['role'],
  { instanceId, instanceType, subnetId }: LaunchOption & { readonly instanceId: string | undefined },
  said: string,
  since: string | undefined,
  { earlierSeconds }: LaunchContext,
  { now }: LaunchDeps,
) {
  const awaiting = `the ${role} ${instanceId} (${instanceType} in ${subnetId}) to run`;
  return pending(waitTimes.launch, { since, now: now(), awaiting, said, earlierSeconds });
}

function allFailed(
  role: LaunchSpec['role'],
  { region }: LaunchPlan,
  refused: readonly LaunchAttempt[],
): NoCapacity | BuildFailed {
  const tried = describeLaunches(refused);
  const without = refused.filter(({ code }) => isCapacityCode(code)).length;
  if (without === refused.length) {
    return new NoCapacity(
      `EC2 has no capacity for the ${role} in ${region}: start the build again later, or add instance types of other families to ` +
        `build.instanceTypes. ${tried}`,
    );
  }
  if (without > 0) {
    return new NoCapacity(
      `Missing capacity and faults in EC2 prevented every launch of the ${role} in ${region}. ${tried}`,
    );
  }
  return new BuildFailed(`Faults in EC2 prevented every launch of the ${role} in ${region}. ${tried}`);
}

function launchInput(
  { role, imageId, volumes = [], without = [], encryption, userData, inDefaultGroup }: LaunchSpec,
  { execution, plan }: LaunchContext,
  { instanceType, subnetId }: LaunchOption,
  { settings }: LaunchDeps,
): RunInstancesCommandInput {
  const build = { ...plan, region: settings.region, execution };
  const tags = tagsFor(role, { ...build, name: `${plan.recipe} ${role}` });
  // Patch Manager chooses the patch baseline by this tag.
  const encrypted = encryption && { Encrypted: true, KmsKeyId: encryption.key };
  const isChanged = (device: string) => volumes.some((volume) => volume.device === device);
  const instanceTags = plan.patchGroup === undefined ? tags : { ...tags, PatchGroup: plan.patchGroup };
  return {
    ImageId: imageId,
    InstanceType: instanceType as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnetId,
    // Without a group, EC2 uses the default group of the subnet's VPC (EC2 API reference, RunInstances).
    ...(inDefaultGroup !== true && { SecurityGroupIds: [settings.securityGroup] }),
    IamInstanceProfile: { Name: settings.instanceProfile },
    ...(role !== 'tester' && {
      MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    }),
    // A shutdown by the guest must stop the builder, not terminate it: sysprep ends with a shutdown.
    InstanceInitiatedShutdownBehavior: 'stop',
    BlockDeviceMappings: [
      ...volumes.map(({ device, sizeGiB, type, iops, throughput }) => ({
        DeviceName: device,
        Ebs: {
          VolumeSize: sizeGiB,
          VolumeType: type as 'gp3',
          Iops: iops,
          Throughput: throughput,
          DeleteOnTermination: true,
          ...encrypted,
        },
      })),
      // EC2 takes the other properties of these volumes from the image.
      ...(encryption?.devices ?? [])
        .filter((device) => !isChanged(device))
        .map((device) => ({ DeviceName: device, Ebs: { ...encrypted } })),
      ...without.map((device) => ({ DeviceName: device, NoDevice: '' })),
    ],
    UserData: userData === undefined ? undefined : Buffer.from(userData).toString('base64'),
    TagSpecifications: [
      ...tagOnCreate(['instance'], instanceTags),
      ...tagOnCreate(['volume', 'network-interface'], tags),
    ],
    // A client token is valid in one zone, so the token contains the subnet (EC2 developer guide, "Ensuring idempotency").
    ClientToken: clientToken(execution, role, instanceType, subnetId),
  };
}
