import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import type { InstanceRecord } from './records.ts';
import { checkOneOf, parameterCombination } from './refusals.ts';

/** In USD per hour (SDK, SpotMarketOptions). */
const maxPriceMin = 0.001;

/**
 * The Spot request of a launch. In the embedded AWS, Spot capacity never runs out and costs nothing, so
 * requests are fulfilled immediately and never interrupted.
 */
export function checkMarket(input: RunInstancesCommandInput): Omit<SpotRequest, 'id' | 'tags'> | undefined {
  const { MarketType, SpotOptions } = input.InstanceMarketOptions ?? {};
  const market = checkOneOf('MarketType', MarketType, [
    'spot',
    'on-demand',
    'capacity-block',
    'interruptible-capacity-reservation',
  ]);
  if (market === 'capacity-block' || market === 'interruptible-capacity-reservation') {
    throw notEmulated(`ec2:RunInstances with the MarketType ${market}`);
  }
  if (market !== 'spot') {
    if (SpotOptions !== undefined) throw missingParameter('InstanceMarketOptions.MarketType');
    const hasTags = input.TagSpecifications?.some(
      ({ ResourceType }) => ResourceType === 'spot-instances-request',
    );
    if (hasTags) {
      // github-aws-runners/terraform-aws-github-runner#4561
      throw invalidParameter(
        'You cannot specify tags for Spot instances requests if there are no Spot instances requests being created by the request.',
      );
    }
    return undefined;
  }
  if (input.DisableApiTermination) {
    // EC2 user guide, Change instance termination protection: Spot Instances do not support it.
    throw unsupported("Modifying 'disableApiTermination' is not supported for spot instances.");
  }
  const { MaxPrice: maxPrice, ValidUntil } = SpotOptions ?? {};
  if (maxPrice !== undefined && !(Number(maxPrice) >= maxPriceMin)) {
    throw invalidParameter(
      `Value (${maxPrice}) for parameter maxPrice is invalid. Minimum is ${maxPriceMin}.`,
    );
  }
  const type =
    checkOneOf('SpotInstanceType', SpotOptions?.SpotInstanceType, ['one-time', 'persistent']) ?? 'one-time';
  const interruption =
    checkOneOf('InstanceInterruptionBehavior', SpotOptions?.InstanceInterruptionBehavior, [
      'hibernate',
      'stop',
      'terminate',
    ]) ?? 'terminate';
  if (type === 'one-time' && interruption !== 'terminate') {
    // harmony-one/harmony-ops#285
    throw parameterCombination(
      `The request with type 'one-time' is not supported when instanceInterruptionBehavior is set to '${interruption}'.`,
    );
  }
  if (type === 'one-time' && ValidUntil !== undefined) {
    // aws/aws-cli#4679
    throw parameterCombination(
      "The parameter validUntil cannot be specified when the SpotRequestType is set to 'one-time'.",
    );
  }
  if (type === 'persistent' && interruption === 'terminate') {
    // pahud/cdk-spot-one#206
    throw parameterCombination(
      'The terminate InstanceInterruptionBehavior is not supported when requestType is set to persistent.',
    );
  }
  if (interruption === 'hibernate') throw notEmulated('ec2:RunInstances with Spot Instances that hibernate');
  return {
    type,
    interruption,
    ...(maxPrice === undefined ? {} : { maxPrice }),
    ...(ValidUntil === undefined ? {} : { validUntil: ValidUntil.getTime() }),
  };
}

type SpotRequest = NonNullable<InstanceRecord['spotRequest']>;

/** EC2 user guide, Stop a Spot Instance. */
export function checkSpotStop({ id, spotRequest }: InstanceRecord): void {
  if (spotRequest?.type !== 'one-time') return;
  throw unsupported(
    `You can't stop the Spot Instance '${id}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
  );
}

/** cloud-custodian/cloud-custodian#2083 */
export function checkSpotProtection({ spotRequest }: InstanceRecord): void {
  if (spotRequest === undefined) return;
  throw unsupported("Modifying 'disableApiTermination' is not supported for spot instances.");
}

const unsupported = (message: string) => new AwsError('UnsupportedOperation', message);
