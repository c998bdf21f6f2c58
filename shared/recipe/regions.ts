/**
 * The regions of the `aws` partition: code, name, and whether an account must opt in.
 *
 * Codes and names are from `@aws-sdk/core` 3.981.0, submodules/client/util-endpoints/lib/aws/partitions.js. Every region that AWS
 * launched after 20 March 2019 is disabled until the account enables the region (AWS Account Management Reference Guide, "Enable or
 * disable AWS Regions").
 *
 * The pipeline supports this partition only. Other partitions (China, GovCloud, …) are not tested, and EC2 cannot copy an AMI from one
 * partition to another.
 */
export const regions = {
  'af-south-1': { name: 'Africa (Cape Town)', optIn: true },
  'ap-east-1': { name: 'Asia Pacific (Hong Kong)', optIn: true },
  'ap-east-2': { name: 'Asia Pacific (Taipei)', optIn: true },
  'ap-northeast-1': { name: 'Asia Pacific (Tokyo)', optIn: false },
  'ap-northeast-2': { name: 'Asia Pacific (Seoul)', optIn: false },
  'ap-northeast-3': { name: 'Asia Pacific (Osaka)', optIn: false },
  'ap-south-1': { name: 'Asia Pacific (Mumbai)', optIn: false },
  'ap-south-2': { name: 'Asia Pacific (Hyderabad)', optIn: true },
  'ap-southeast-1': { name: 'Asia Pacific (Singapore)', optIn: false },
  'ap-southeast-2': { name: 'Asia Pacific (Sydney)', optIn: false },
  'ap-southeast-3': { name: 'Asia Pacific (Jakarta)', optIn: true },
  'ap-southeast-4': { name: 'Asia Pacific (Melbourne)', optIn: true },
  'ap-southeast-5': { name: 'Asia Pacific (Malaysia)', optIn: true },
  'ap-southeast-6': { name: 'Asia Pacific (New Zealand)', optIn: true },
  'ap-southeast-7': { name: 'Asia Pacific (Thailand)', optIn: true },
  'ca-central-1': { name: 'Canada (Central)', optIn: false },
  'ca-west-1': { name: 'Canada West (Calgary)', optIn: true },
  'eu-central-1': { name: 'Europe (Frankfurt)', optIn: false },
  'eu-central-2': { name: 'Europe (Zurich)', optIn: true },
  'eu-north-1': { name: 'Europe (Stockholm)', optIn: false },
  'eu-south-1': { name: 'Europe (Milan)', optIn: true },
  'eu-south-2': { name: 'Europe (Spain)', optIn: true },
  'eu-west-1': { name: 'Europe (Ireland)', optIn: false },
  'eu-west-2': { name: 'Europe (London)', optIn: false },
  'eu-west-3': { name: 'Europe (Paris)', optIn: false },
  'il-central-1': { name: 'Israel (Tel Aviv)', optIn: true },
  'me-central-1': { name: 'Middle East (UAE)', optIn: true },
  'me-south-1': { name: 'Middle East (Bahrain)', optIn: true },
  'me-west-1': { name: 'Middle East (Saudi Arabia)', optIn: true },
  'mx-central-1': { name: 'Mexico (Central)', optIn: true },
  'sa-east-1': { name: 'South America (Sao Paulo)', optIn: false },
  'sa-west-1': { name: 'South America (Chile)', optIn: true },
  'us-east-1': { name: 'US East (N. Virginia)', optIn: false },
  'us-east-2': { name: 'US East (Ohio)', optIn: false },
  'us-west-1': { name: 'US West (N. California)', optIn: false },
  'us-west-2': { name: 'US West (Oregon)', optIn: false },
} as const;

export type Region = keyof typeof regions;

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
export const regionNames = Object.keys(regions) as [Region, ...Region[]];
