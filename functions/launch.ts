import { RunInstancesCommand, type RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import * as z from 'zod/mini';
import { isCapacityStateReason } from '../shared/aws/error-codes.ts';
import { findInstances, madeBy } from '../shared/aws/paging.ts';
import { tagOnCreate } from '../shared/aws/tags.ts';
import {
  type Builder,
  builderSchema,
  eventOf,
  type LaunchAttempt,
  type PendingBuilder,
  type Plan,
  pendingBuilderSchema,
  planSchema,
} from '../shared/domain/build.ts';
import { describeLaunches, launchesOf, untried } from '../shared/domain/launch.ts';
import { describeReason } from '../shared/domain/reason.ts';
import { ROLE, tagsFor } from '../shared/domain/tags.ts';
import { clientToken } from '../shared/domain/token.ts';
import { agentUserData } from '../shared/domain/user-data.ts';
import { patience, pending } from '../shared/domain/waiting.ts';
import { BuildFailed, NoCapacity } from '../shared/errors.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * Launch: brings up the builder, trying every instance type in every subnet, in order, until EC2 has capacity. One try a turn, so
 * that what was tried is always written down before the next.
 * Safe to repeat: the instance is found by its tag, and a launch that is sent twice bears the same token.
 * It does not look into the guest: whether the system boots is for Patch to see.
 */
export const handler = step(
  eventOf({ plan: planSchema, builder: z.optional(z.union([pendingBuilderSchema, builderSchema])) }),
  async ({ execution, document: { plan, builder } }, deps): Promise<Builder | PendingBuilder> => {
    const before = builder?.status === 'pending' ? builder : undefined;
    const refused = builder?.refused ?? [];
    const instance = await findBuilder(execution, before?.instanceId, plan, deps);
    const state = instance?.State?.Name;

    if (instance === undefined && before?.instanceId === undefined)
      return tryNext(execution, plan, refused, deps);
    const current = {
      instanceId: instance?.InstanceId ?? before?.instanceId ?? '',
      instanceType: instance?.InstanceType ?? before?.instanceType ?? '',
      subnetId: instance?.SubnetId ?? before?.subnetId ?? '',
      refused,
    };
    if (state === 'running') return { status: 'ready', ...current };
    if (state === undefined || state === 'pending') {
      const { instanceId, instanceType, subnetId } = current;
      const awaiting = `the builder ${instanceId} (${instanceType} in ${subnetId}) to run`;
      const said = state === undefined ? 'EC2 does not show it yet' : `it is ${state}`;
      return {
        ...pending(patience.launch, { since: before?.since, now: deps.now(), awaiting, said }),
        ...current,
      };
    }

    const said = describeReason(instance?.StateReason);
    const code = instance?.StateReason?.Code ?? state;
    if (!isCapacityStateReason(code)) {
      throw new BuildFailed(
        `The builder ${current.instanceId} became ${state} instead of running; EC2 says: ${said}`,
      );
    }
    const { instanceType, subnetId } = current;
    return goOn(plan, [...refused, { instanceType, subnetId, code, said }], deps);
  },
);

/** The builder of this execution: the one that is known already, or any that was launched for it and has not ended. */
async function findBuilder(execution: string, known: string | undefined, plan: Plan, deps: Deps) {
  const role = { Name: `tag:${ROLE}`, Values: ['builder'] };
  const found = await findInstances(deps.ec2(plan.region), madeBy(execution), role);
  if (known !== undefined) return found.find(({ InstanceId }) => InstanceId === known);
  return found.find(({ State }) => State?.Name === 'running' || State?.Name === 'pending');
}

/** Of each of up to 400 answers so many characters: a state holds 256 KiB. */
const SAID_MAX = 300;

/** Tries the next type and subnet. */
async function tryNext(
  execution: string,
  plan: Plan,
  refused: LaunchAttempt[],
  deps: Deps,
): Promise<PendingBuilder> {
  const [next] = untried(launchesOf(plan), refused);
  if (next === undefined) throw noCapacity(plan, refused);
  const { instanceType, subnetId } = next;
  try {
    const { Instances } = await deps
      .ec2(plan.region)
      .send(new RunInstancesCommand(launchInput(execution, plan, instanceType, subnetId, deps)));
    const instanceId = Instances?.[0]?.InstanceId;
    const awaiting = `the builder ${instanceId} (${instanceType} in ${subnetId}) to run`;
    const wait = pending(patience.launch, {
      since: undefined,
      now: deps.now(),
      awaiting,
      said: 'it is pending',
    });
    return { ...wait, instanceId, instanceType, subnetId, refused };
  } catch (error) {
    if (!(error instanceof NoCapacity)) throw error;
    const { code = error.name, said = error.message } = error;
    return goOn(plan, [...refused, { instanceType, subnetId, code, said: said.slice(0, SAID_MAX) }], deps);
  }
}

/** Hands on what was refused, so that the next turn tries the next; or gives up, with all that was tried. */
function goOn(plan: Plan, refused: LaunchAttempt[], deps: Deps): PendingBuilder {
  const [next] = untried(launchesOf(plan), refused);
  if (next === undefined) throw noCapacity(plan, refused);
  const { instanceType, subnetId, said } = refused.at(-1) ?? { ...next, said: '' };
  deps.log.warn('no capacity, trying the next', { instanceType, subnetId, said });
  const awaiting = `capacity: ${refused.length} refused, ${next.instanceType} in ${next.subnetId} is next`;
  const wait = pending(patience.launch, { since: undefined, now: deps.now(), awaiting });
  return { ...wait, waitSeconds: 1, ...next, refused };
}

function noCapacity(plan: Plan, refused: readonly LaunchAttempt[]): NoCapacity {
  return new NoCapacity(
    `EC2 has no capacity for the builder in ${plan.region}. ${describeLaunches(refused)}`,
  );
}

function launchInput(
  execution: string,
  plan: Plan,
  instanceType: string,
  subnetId: string,
  { settings }: Deps,
): RunInstancesCommandInput {
  const tags = tagsFor('builder', { ...plan, execution, name: `${plan.recipe} builder` });
  const builderTags =
    plan.patch.patchGroup === undefined ? tags : { ...tags, PatchGroup: plan.patch.patchGroup };
  const userData =
    plan.ssmAgent === 'install' ? agentUserData(plan.region, plan.base.architecture) : undefined;
  return {
    ImageId: plan.base.imageId,
    InstanceType: instanceType as RunInstancesCommandInput['InstanceType'],
    MinCount: 1,
    MaxCount: 1,
    SubnetId: subnetId,
    SecurityGroupIds: [settings.securityGroup],
    IamInstanceProfile: { Name: settings.instanceProfile },
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled', HttpPutResponseHopLimit: 1 },
    // A shutdown from within must leave the instance to be imaged: sysprep ends so.
    InstanceInitiatedShutdownBehavior: 'stop',
    BlockDeviceMappings: plan.volumes.map(({ device, sizeGiB, type, iops, throughput }) => ({
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
      ...tagOnCreate(['instance'], builderTags),
      ...tagOnCreate(['volume', 'network-interface'], tags),
    ],
    // Tokens hold in one zone only, so the subnet is part of it (EC2 developer guide, "Ensuring idempotency").
    ClientToken: clientToken(execution, 'launch', instanceType, subnetId),
  };
}
