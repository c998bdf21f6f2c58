/**
 * The regions of the `aws` partition that every account can use.
 *
 * Codes and names are from `@aws-sdk/core` 3.981.0, submodules/client/util-endpoints/lib/aws/partitions.js. Every region that AWS
 * launched after 20 March 2019 is disabled until the account enables the region (AWS Account Management Reference Guide, "Enable or
 * disable AWS Regions").
 *
 * The pipeline supports this partition only. Other partitions (China, GovCloud, …) are not tested, and EC2 cannot copy an AMI from one
 * partition to another.
 */
export const enabledRegions = [
  'ap-northeast-1', // Asia Pacific (Tokyo)
  'ap-northeast-2', // Asia Pacific (Seoul)
  'ap-northeast-3', // Asia Pacific (Osaka)
  'ap-south-1', // Asia Pacific (Mumbai)
  'ap-southeast-1', // Asia Pacific (Singapore)
  'ap-southeast-2', // Asia Pacific (Sydney)
  'ca-central-1', // Canada (Central)
  'eu-central-1', // Europe (Frankfurt)
  'eu-north-1', // Europe (Stockholm)
  'eu-west-1', // Europe (Ireland)
  'eu-west-2', // Europe (London)
  'eu-west-3', // Europe (Paris)
  'sa-east-1', // South America (Sao Paulo)
  'us-east-1', // US East (N. Virginia)
  'us-east-2', // US East (Ohio)
  'us-west-1', // US West (N. California)
  'us-west-2', // US West (Oregon)
] as const;

/** The regions of the `aws` partition that an account must enable. */
const optInRegions = [
  'af-south-1', // Africa (Cape Town)
  'ap-east-1', // Asia Pacific (Hong Kong)
  'ap-east-2', // Asia Pacific (Taipei)
  'ap-south-2', // Asia Pacific (Hyderabad)
  'ap-southeast-3', // Asia Pacific (Jakarta)
  'ap-southeast-4', // Asia Pacific (Melbourne)
  'ap-southeast-5', // Asia Pacific (Malaysia)
  'ap-southeast-6', // Asia Pacific (New Zealand)
  'ap-southeast-7', // Asia Pacific (Thailand)
  'ca-west-1', // Canada West (Calgary)
  'eu-central-2', // Europe (Zurich)
  'eu-south-1', // Europe (Milan)
  'eu-south-2', // Europe (Spain)
  'il-central-1', // Israel (Tel Aviv)
  'me-central-1', // Middle East (UAE)
  'me-south-1', // Middle East (Bahrain)
  'me-west-1', // Middle East (Saudi Arabia)
  'mx-central-1', // Mexico (Central)
  'sa-west-1', // South America (Chile)
] as const;

export type Region = (typeof enabledRegions)[number] | (typeof optInRegions)[number];

/** The message for a value that is not a region of the pipeline. */
export const regionMessage = {
  wrong: 'which is not a region of the aws partition',
  allowed: 'a region of the aws partition, such as us-east-1',
} as const;

/** The prefixes of the regions of all other partitions (`partitions.js`, as above). */
const OTHER_PARTITIONS = /^(cn|us-gov|us-iso[a-z]*|eu-isoe|eusc)-/;

/** How to fix a region of another partition; `undefined` if the region is not in another partition. */
export const foreignRegionFix = (region: string): string | undefined =>
  OTHER_PARTITIONS.test(region)
    ? 'choose a region of the aws partition; the pipeline supports no other partition'
    : undefined;

/** The partition of an ARN, unless it is the pipeline's partition. */
export function foreignPartition(arn: string): string | undefined {
  const [, partition] = /^arn:([^:]+):/.exec(arn) ?? [];
  return partition === 'aws' ? undefined : partition;
}

/** The region codes in alphabetical order. */
export const regionNames = [...enabledRegions, ...optInRegions].sort() as [Region, ...Region[]];
