/**
 * The Regions of the `aws` partition: whether an account must opt in, and the letters of their Availability Zones as
 * a newer account sees them. Every Region launched after 20 March 2019 requires an opt-in (AWS Account Management
 * Reference Guide). China and GovCloud are separate partitions: AMIs cannot be copied there.
 */
export interface RegionFacts {
  readonly optIn: boolean;
  /** Letters of the zones, in order. */
  readonly zones: string;
}

const open = (zones = 'abc'): RegionFacts => ({ optIn: false, zones });
const optIn = (zones = 'abc'): RegionFacts => ({ optIn: true, zones });

const facts = {
  'af-south-1': optIn(),
  'ap-east-1': optIn(),
  'ap-east-2': optIn(),
  'ap-northeast-1': open('acd'),
  'ap-northeast-2': open('abcd'),
  'ap-northeast-3': open(),
  'ap-south-1': open(),
  'ap-south-2': optIn(),
  'ap-southeast-1': open(),
  'ap-southeast-2': open(),
  'ap-southeast-3': optIn(),
  'ap-southeast-4': optIn(),
  'ap-southeast-5': optIn(),
  'ap-southeast-6': optIn(),
  'ap-southeast-7': optIn(),
  'ca-central-1': open('abd'),
  'ca-west-1': optIn(),
  'eu-central-1': open(),
  'eu-central-2': optIn(),
  'eu-north-1': open(),
  'eu-south-1': optIn(),
  'eu-south-2': optIn(),
  'eu-west-1': open(),
  'eu-west-2': open(),
  'eu-west-3': open(),
  'il-central-1': optIn(),
  'me-central-1': optIn(),
  'me-south-1': optIn(),
  'me-west-1': optIn(),
  'mx-central-1': optIn(),
  'sa-east-1': open(),
  'sa-west-1': optIn(),
  'us-east-1': open('abcdef'),
  'us-east-2': open(),
  'us-west-1': open('ac'),
  'us-west-2': open('abcd'),
} as const satisfies Record<string, RegionFacts>;

export const regions: Readonly<Record<string, RegionFacts>> = facts;

export const regionNames = Object.keys(facts);

/** The names of a region's zones, such as `eu-west-1a`. */
export function zonesOf(region: string): string[] {
  return [...(regions[region]?.zones ?? '')].map((letter) => `${region}${letter}`);
}

/**
 * The zone's id, which is the same for all accounts: `eu-central-1a` is `euc1-az1`. On AWS each account has its own
 * mapping of letters to ids.
 */
export function zoneId(zone: string): string {
  const region = zone.slice(0, -1);
  const [area = '', direction = '', number = ''] = region.split('-');
  const initials = direction.replace(/north|south|east|west|central/g, (word) => word.slice(0, 1));
  return `${area}${initials}${number}-az${(regions[region]?.zones ?? '').indexOf(zone.slice(-1)) + 1}`;
}
