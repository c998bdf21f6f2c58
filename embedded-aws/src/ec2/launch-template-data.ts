import type { RequestLaunchTemplateData, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import { launchParameters } from './launch-parameters.ts';
import { checkMetadataOptions } from './metadata-options.ts';
import { checkOneOf } from './refusals.ts';
import { tagSpecifications } from './tagging.ts';

export const templateDataParameters = launchParameters.map((path) => `LaunchTemplateData.${path}`);

const descriptionLengthMax = 255;

export function checkVersionDescription(description: string | undefined): void {
  if (description === undefined || description.length <= descriptionLengthMax) return;
  throw new AwsError(
    'InvalidParameterValue',
    `The version description can be no longer than ${descriptionLengthMax} characters.`,
  );
}

/**
 * Refuses data in an invalid form. EC2 checks only at launch whether the image, the subnet, the groups and
 * the other resources exist (EC2 user guide, Create an Amazon EC2 launch template).
 */
export function checkTemplateData(data: RequestLaunchTemplateData | undefined): ResponseLaunchTemplateData {
  if (data === undefined || Object.values(data).every((value) => value === undefined)) {
    throw missingParameter('LaunchTemplateData');
  }
  const { UserData: userData } = data;
  if (userData !== undefined && !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(userData)) {
    throw new AwsError('InvalidUserData.Malformed', 'Invalid BASE64 encoding of user data.');
  }
  tagSpecifications(data.TagSpecifications, [
    'instance',
    'volume',
    'network-interface',
    'spot-instances-request',
  ]);
  checkMetadataOptions(data.MetadataOptions ?? {});
  checkOneOf('InstanceInitiatedShutdownBehavior', data.InstanceInitiatedShutdownBehavior, [
    'stop',
    'terminate',
  ]);
  const given = Object.entries(data).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as ResponseLaunchTemplateData;
}
