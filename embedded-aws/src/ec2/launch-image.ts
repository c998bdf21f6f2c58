import type { GetParameterCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError, invalidParameter, missingParameter, notEmulated } from '../core/errors.ts';
import { carryOut } from '../core/operation.ts';
import type { Call } from '../core/service.ts';
import { checkAvailable, seenImage } from './images.ts';
import type { ImageRecord } from './records.ts';
import { checkIds } from './refusals.ts';

/** The image that a launch names, by id or by a parameter that contains the id. */
export function findImage(imageId: string | undefined, call: Call): ImageRecord {
  if (imageId === undefined) throw missingParameter('ImageId');
  const id = resolveImageId(imageId, call);
  checkIds('ami', [id]);
  seenImage(call, id);
  const image = call.world.images.get(id) as ImageRecord;
  checkAvailable(image);
  checkSubscription(image, call);
  return image;
}

/**
 * Only subscribers can launch a product of AWS Marketplace. Images that were created from the product's image
 * also need the subscription.
 */
function checkSubscription({ productCodes }: ImageRecord, { world, account }: Call): void {
  for (const { ProductCodeId, ProductCodeType } of productCodes) {
    const isSubscribed = world.marketplaceSubscriptions.has(`${account}/${ProductCodeId}`);
    if (ProductCodeType !== 'marketplace' || isSubscribed) continue;
    throw new AwsError(
      'OptInRequired',
      `In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please visit https://aws.amazon.com/marketplace/pp?sku=${ProductCodeId}`,
      401,
    );
  }
}

const prefix = 'resolve:ssm:';

/**
 * `resolve:ssm:name`, `resolve:ssm:name:version` and `resolve:ssm:name:label` refer to a parameter's value.
 * EC2 accepts an account's own parameters only with the data type `aws:ec2:image` (aws/aws-cdk#26712). AWS's
 * public parameters have the data type text.
 */
export function resolveImageId(imageId: string, call: Call): string {
  if (!imageId.startsWith(prefix)) return imageId;
  const name = imageId.slice(prefix.length);
  if (!/^[\w./-]+(:[\w.-]+)?$/.test(name)) {
    throw invalidParameter(`Invalid SSM parameter reference: '${imageId}'`);
  }
  const parameter = readParameter(name, call);
  if (parameter?.DataType !== 'aws:ec2:image' && !name.startsWith('/aws/service/')) {
    throw new AwsError(
      'SsmInvalidParameter',
      'Unsupported data type. The following parameter data types are supported: aws:ec2:image',
    );
  }
  return parameter?.Value ?? '';
}

function readParameter(Name: string, call: Call): GetParameterCommandOutput['Parameter'] {
  const { ssm } = call.services;
  if (ssm === undefined) throw notEmulated('ec2:RunInstances with an SSM parameter in a world without SSM');
  try {
    return (carryOut(ssm, 'GetParameter', { Name }, call) as Partial<GetParameterCommandOutput>).Parameter;
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'NotEmulated' || error.httpStatus >= 500) throw error;
    throw invalidParameter(`The SSM parameter '${Name}' could not be resolved: ${error.code}`);
  }
}
