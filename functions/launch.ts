import * as z from 'zod/mini';
import { ec2 } from '../shared/aws/clients.ts';
import { isSubscriptionMissing } from '../shared/aws/error-codes.ts';
import { launchInstance } from '../shared/aws/launch-instance.ts';
import { describeBase } from '../shared/build/base.ts';
import {
  type Builder,
  builderSchema,
  eventOf,
  type PendingBuilder,
  type Plan,
  pendingBuilderSchema,
  planSchema,
  type RegisteredBase,
  registeredBaseSchema,
  waitHistorySchema,
} from '../shared/build/execution-document.ts';
import { agentUserData } from '../shared/build/user-data.ts';
import { Defect, InvalidInput } from '../shared/errors.ts';
import { stage } from '../shared/lambda/stage.ts';

/**
 * Launch: launches the builder from the base image, or from the image that RegisterBase made from the base snapshot. It tries the
 * instance types and subnets of the plan until EC2 has capacity.
 * Safe to repeat, because `launchInstance` is safe to repeat. It does not check whether the operating system boots: Patch does.
 */
export const handler = stage(
  'builder',
  eventOf({
    plan: planSchema,
    base: z.optional(registeredBaseSchema),
    decision: waitHistorySchema,
    builder: z.optional(z.union([pendingBuilderSchema, builderSchema])),
  }),
  async (
    { execution, document: { plan, base, decision, builder } },
    deps,
  ): Promise<Builder | PendingBuilder> => {
    const { region, volumes, ssmAgent } = plan;
    const { imageId, products } = imageOf(plan, base);
    const userData = ssmAgent === 'install' ? agentUserData(region, plan.base.architecture) : undefined;
    const without = 'imageId' in plan.base ? plan.base.instanceStores : undefined;
    const key = plan.keys?.[region];
    const encryption = key === undefined ? undefined : { key, devices: plan.baseVolumes ?? [] };
    const spec = { role: 'builder', imageId, volumes, without, encryption, userData } as const;
    try {
      const earlierSeconds = decision?.earlierSeconds?.Launch;
      const launch = { ...plan, patchGroup: plan.patch.patchGroup };
      return await launchInstance(spec, { execution, plan: launch, before: builder, earlierSeconds }, deps);
    } catch (error) {
      // Plan cannot check this: only RunInstances reports a missing subscription, and a role that may only read cannot call it, not even
      // with DryRun.
      if (isSubscriptionMissing(error) && products.length > 0) throw notSubscribed(plan, products, error);
      throw error;
    }
  },
  { ec2 },
);

function imageOf({ base }: Plan, registered: RegisteredBase | undefined) {
  if ('imageId' in base) return base;
  if (registered !== undefined) return registered;
  throw new Defect(`No image was registered from ${describeBase(base)}, so no builder can be launched`);
}

function notSubscribed({ base }: Plan, products: readonly string[], cause: unknown): InvalidInput {
  const pages = products.map((product) => `https://aws.amazon.com/marketplace/pp?sku=${product}`).join(', ');
  return new InvalidInput(
    `Nothing was launched, because ${describeBase(base)} is the AWS Marketplace product ${products.join(', ')}, and this account ` +
      `has no subscription to it: accept the terms at ${pages} with this account, then start the build again`,
    { cause },
  );
}
