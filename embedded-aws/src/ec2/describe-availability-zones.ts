import type {
  DescribeAvailabilityZonesCommandInput,
  DescribeAvailabilityZonesCommandOutput,
} from '@aws-sdk/client-ec2';
import { invalidParameter } from '../core/errors.ts';
import { zoneId, zonesOf } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkDryRun } from './refusals.ts';

interface Zone {
  readonly name: string;
  readonly region: string;
}

/** The catalog contains no Local Zones and no Wavelength Zones, so AllAvailabilityZones adds nothing. */
export const describeAvailabilityZones: Operation<
  DescribeAvailabilityZonesCommandInput,
  DescribeAvailabilityZonesCommandOutput
> = {
  kind: 'read',
  accepts: ['AllAvailabilityZones', 'DryRun', 'Filters.Name', 'Filters.Values', 'ZoneIds', 'ZoneNames'],
  run(input, { region }) {
    const { ZoneIds = [], ZoneNames = [] } = input;
    const zones = zonesOf(region);
    const unknown = [
      ...ZoneNames.filter((name) => !zones.includes(name)),
      ...ZoneIds.filter((id) => !zones.some((zone) => zoneId(zone) === id)),
    ];
    if (unknown.length > 0) throw invalidParameter(`Invalid availability zone: [${unknown.join(', ')}]`);
    const matches = matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    const found = zones
      .filter((name) => ZoneNames.length === 0 || ZoneNames.includes(name))
      .filter((name) => ZoneIds.length === 0 || ZoneIds.includes(zoneId(name)))
      .map((name): Zone => ({ name, region }))
      .filter(matches);
    return {
      AvailabilityZones: found.map(({ name }) => ({
        GroupName: groupName(region),
        Messages: [],
        NetworkBorderGroup: region,
        OptInStatus: 'opt-in-not-required' as const,
        RegionName: region,
        State: 'available' as const,
        ZoneId: zoneId(name),
        ZoneName: name,
        ZoneType: 'availability-zone',
      })),
    };
  },
};

/** All zones of a region belong to one group (EC2 API reference, AvailabilityZone). */
const groupName = (region: string) => `${region}-zg-1`;

const filters: FilterNames<Zone> = {
  'group-long-name': () => undefined,
  'group-name': ({ region }) => groupName(region),
  message: () => undefined,
  'opt-in-status': () => 'opt-in-not-required',
  'parent-zone-id': () => undefined,
  'parent-zone-name': () => undefined,
  'region-name': ({ region }) => region,
  state: () => 'available',
  'zone-id': ({ name }) => zoneId(name),
  'zone-name': ({ name }) => name,
  'zone-type': () => 'availability-zone',
};
