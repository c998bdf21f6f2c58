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
import { ROLE, tagsFor } from '../shared/domain/tags.ts';
import { clientToken } from '../shared/domain/token.ts';
import { agentUserData } from '../shared/domain/user-data.ts';
import { patience, pending } from '../shared/domain/waiting.ts';
import { BuildFailed, NoCapacity } from '../shared/errors.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * Launch: brings up the builder, trying every instance type in every subnet, in order, until EC2 has capacity.
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

    if (instance === undefined && before === undefined) return launchNext(execution, plan, refused, deps);
    const current = {
      instanceId: instance?.InstanceId ?? before?.instanceId ?? '',
      instanceType: instance?.InstanceType ?? before?.instanceType ?? '',
      subnetId: instance?.SubnetId ?? before?.subnetId ?? '',
      refused,
    };
    if (state === 'running') return { status: 'ready', ...current };
    if (state === undefined || state === 'pending') return waiting(current, before?.since, deps);

    const said = `${instance?.StateReason?.Code}: ${instance?.StateReason?.Message}`;
    const attempt = { ...current, code: instance?.StateReason?.Code ?? state, said };
    if (!isCapacityStateReason(attempt.code)) {
      throw new BuildFailed(
        `The builder ${current.instanceId} became ${state} instead of running; EC2 says: ${said}`,
      );
    }
    const { instanceType, subnetId, code } = attempt;
    return launchNext(
      execution,
      plan,
      [...refused, { instanceType, subnetId, code, said }],
      deps,
      before?.since,
    );
  },
);

/** The builder of this execution: the one that is known already, or any that was launched for it and has not ended. */
async function findBuilder(execution: string, known: string | undefined, plan: Plan, deps: Deps) {
  const role = { Name: `tag:${ROLE}`, Values: ['builder'] };
  const found = await findInstances(deps.ec2(plan.region), madeBy(execution), role);
  if (known !== undefined) return found.find(({ InstanceId }) => InstanceId === known);
  return found.find(({ State }) => State?.Name === 'running' || State?.Name === 'pending');
}

async function launchNext(
  execution: string,
  plan: Plan,
  refusedBefore: readonly LaunchAttempt[],
  deps: Deps,
  since?: string,
): Promise<PendingBuilder> {
  const refused = [...refusedBefore];
  for (const { instanceType, subnetId } of untried(launchesOf(plan), refused)) {
    try {
      const { Instances } = await deps
        .ec2(plan.region)
        .send(new RunInstancesCommand(launchInput(execution, plan, instanceType, subnetId, deps)));
      const instanceId = Instances?.[0]?.InstanceId ?? '';
      return waiting({ instanceId, instanceType, subnetId, refused }, since, deps);
    } catch (error) {
      if (!(error instanceof NoCapacity)) throw error;
      refused.push({
        instanceType,
        subnetId,
        code: error.code ?? error.name,
        said: error.said ?? error.message,
      });
      deps.log.warn('no capacity, trying the next', { instanceType, subnetId, said: error.said });
    }
  }
  throw new NoCapacity(`EC2 has no capacity for the builder in ${plan.region}. ${describeLaunches(refused)}`);
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

function waiting(
  current: Omit<PendingBuilder, keyof ReturnType<typeof pending>>,
  since: string | undefined,
  deps: Deps,
): PendingBuilder {
  const awaiting = `the builder ${current.instanceId} (${current.instanceType} in ${current.subnetId}) to run`;
  return { ...pending(patience.launch, { since, now: deps.now(), awaiting }), ...current };
}
