import * as z from 'zod/mini';
import { foreignRegionFix, regionMessage, regionNames } from './regions.ts';
import { field, text, textOf, wholeNumber } from './schema-field.ts';

/** What makes launches of released images fast, and brings releases to running instances. */

const region = field(z.enum(regionNames), 'A region of regions or optionalRegions.', {
  ...regionMessage,
  fix: (found) => (typeof found === 'string' ? foreignRegionFix(found) : undefined),
});

const zone = field(text(/^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$/, 30), 'The name of an Availability Zone.', {
  wrong: 'which is not the name of an Availability Zone',
  allowed: 'the name of an Availability Zone, such as us-east-1a; Local Zones have no fast snapshot restore',
  fix: (found) =>
    /^[a-z0-9]+-az[0-9]$/.test(textOf(found))
      ? 'write the name of the zone instead of its id (aws ec2 describe-availability-zones)'
      : 'list the zones with aws ec2 describe-availability-zones',
});

export const fastSnapshotRestore = field(
  z.record(
    field(
      z.string().check(z.refine((name) => (regionNames as string[]).includes(name))),
      'A region of regions or optionalRegions.',
      { ...regionMessage, fix: 'name the region of the zones' },
    ),
    field(z.array(zone).check(z.minLength(1)), 'The Availability Zones of the region.', {
      allowed: 'a list of at least one Availability Zone of the region',
      fix: 'list the zones, such as [us-east-1a, us-east-1b]',
    }),
  ),
  'The Availability Zones, by region, in which EC2 creates volumes from the image at full speed (fast snapshot restore), in the account of the pipeline only. For each zone and each snapshot, AWS charges a price per hour as long as a channel names the release. Default: none.',
  {
    allowed: 'a map from regions to lists of Availability Zones',
    fix: () => 'use this form: { us-east-1: [us-east-1a] }',
  },
);

/** The number of snapshots that Image Builder allows (AWS CloudFormation User Guide, FastLaunchSnapshotConfiguration). */
const SNAPSHOTS_MAX = 10_000;
/** EC2's default (EC2 API reference, FastLaunchSnapshotConfigurationRequest). */
const SNAPSHOTS_DEFAULT = 5;

export const fastLaunch = field(
  z.strictObject({
    regions: field(z.array(region).check(z.minLength(1)), 'The regions in which EC2 prepares launches.', {
      allowed: 'a list of at least one region',
      fix: 'list the regions, such as [us-east-1]',
    }),
    snapshots: z._default(
      wholeNumber(
        1,
        SNAPSHOTS_MAX,
        'The number of launches that EC2 prepares in each region. Each has its own snapshot.',
        {
          allowed: `a whole number from 1 to ${SNAPSHOTS_MAX}`,
          fix: `write a number, such as ${SNAPSHOTS_DEFAULT}, or remove snapshots`,
        },
      ),
      SNAPSHOTS_DEFAULT,
    ),
  }),
  'EC2 Fast Launch, for Windows only: EC2 goes through the first steps of a launch in advance, and keeps the results as snapshots, which it uses for launches in all accounts. AWS charges for these snapshots and for the instances that make them, as long as a channel names the release. Each region needs a default VPC. Default: none.',
  {
    allowed: 'a map with the fields regions and snapshots',
    fix: () => 'use this form: { regions: [us-east-1], snapshots: 5 }',
  },
);

export const instanceRefresh = field(
  z.array(
    field(
      z.strictObject({
        region,
        autoScalingGroup: field(
          text(/^[^:\p{Cc}]+$/u, 255),
          'The name of the group, in the account of the pipeline.',
          {
            wrong: 'which is not the name of an Auto Scaling group',
            allowed: 'a name of at most 255 characters without colons',
            fix: 'write the name of the group instead of its ARN (aws autoscaling describe-auto-scaling-groups)',
          },
        ),
        channel: z.optional(
          field(
            z.string(),
            'The channel whose moves start the instance refresh. Default: the first channel.',
            {
              allowed: 'a channel of publish.channels',
            },
          ),
        ),
        minHealthyPercentage: z.optional(
          wholeNumber(
            0,
            100,
            'The share of the group that must stay healthy, in percent. Default: what the group says, otherwise 90.',
            { allowed: 'a whole number from 0 to 100', fix: 'write the percentage as a number, such as 90' },
          ),
        ),
      }),
      'An Auto Scaling group that follows the channel: its launch template names the parameter (resolve:ssm), or is in publish.launchTemplates with default: true.',
    ),
  ),
  'The Auto Scaling groups whose instances are replaced when a channel moves. The pipeline starts an instance refresh, and does not wait for its end. Default: none.',
  {
    allowed: 'a list of Auto Scaling groups',
    fix: () => 'use this form: [{ region: us-east-1, autoScalingGroup: web }]',
  },
);
