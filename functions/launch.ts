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
} from '../shared/build/execution-document.ts';
import { agentUserData } from '../shared/build/user-data.ts';
import { Defect, InvalidInput } from '../shared/errors.ts';
import { step } from '../shared/lambda/step.ts';

/**
 * LaunchOption: brings up the builder, an instance of the base image, or of the one that was registered of the base snapshot, wherever EC2
 * has capacity.
 * Safe to repeat, as launchInstance is. It does not look into the guest: whether the system boots is for Patch to see.
 */
export const handler = step(
  eventOf({
    plan: planSchema,
    base: z.optional(registeredBaseSchema),
    builder: z.optional(z.union([pendingBuilderSchema, builderSchema])),
  }),
  async ({ execution, document: { plan, base, builder } }, deps): Promise<Builder | PendingBuilder> => {
    const { region, volumes, ssmAgent } = plan;
    const { imageId, products } = imageOf(plan, base);
    const userData = ssmAgent === 'install' ? agentUserData(region, plan.base.architecture) : undefined;
    const purpose = { role: 'builder', imageId, volumes, userData } as const;
    try {
      return await launchInstance(purpose, { execution, plan, before: builder }, deps);
    } catch (error) {
      // Not for Plan to find out: only RunInstances tells, and who may only read may not even try it without effect (DryRun).
      if (isSubscriptionMissing(error) && products.length > 0) throw notSubscribed(plan, products, error);
      throw error;
    }
  },
  { ec2 },
);

function imageOf({ base }: Plan, registered: RegisteredBase | undefined) {
  if ('imageId' in base) return base;
  if (registered !== undefined) return registered;
  throw new Defect(
    `No image was registered of ${describeBase(base)}, so that nothing can be launched from it`,
  );
}

function notSubscribed({ base }: Plan, products: readonly string[], cause: unknown): InvalidInput {
  const pages = products.map((product) => `https://aws.amazon.com/marketplace/pp?sku=${product}`).join(', ');
  return new InvalidInput(
    `Nothing was launched, because ${describeBase(base)} is the product ${products.join(', ')} of AWS Marketplace, and this account ` +
      `has not subscribed to it: accept the terms at ${pages} with this account, then start the build again`,
    { cause },
  );
}
