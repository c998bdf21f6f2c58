import type {
  DescribeInstanceTypeOfferingsCommandInput,
  DescribeInstanceTypeOfferingsCommandOutput,
  InstanceTypeOffering,
} from '@aws-sdk/client-ec2';
import { instanceTypes, isOffered } from '../catalog/instance-types.ts';
import { zoneId, zonesOf } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { page } from './paging.ts';
import { checkDryRun, checkOneOf } from './refusals.ts';

interface Offering {
  readonly type: string;
  readonly location: string;
}

export const describeInstanceTypeOfferings: Operation<
  DescribeInstanceTypeOfferingsCommandInput,
  DescribeInstanceTypeOfferingsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'LocationType', 'MaxResults', 'NextToken'],
  run(input, { region }) {
    const locationType =
      checkOneOf('locationType', input.LocationType, [
        'region',
        'availability-zone',
        'availability-zone-id',
      ]) ?? 'region';
    const matches = matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    const zones = zonesOf(region);
    const offerings = instanceTypes.flatMap(({ name }): Offering[] => {
      const offering = zones.filter((zone) => isOffered(name, zone));
      if (locationType === 'region') return offering.length === 0 ? [] : [{ type: name, location: region }];
      return offering.map((zone) => ({
        type: name,
        location: locationType === 'availability-zone' ? zone : zoneId(zone),
      }));
    });
    const { items, NextToken } = page(offerings.filter(matches), input, { min: 5, max: 1000 });
    return {
      InstanceTypeOfferings: items.map(({ type, location }) => ({
        InstanceType: type as InstanceTypeOffering['InstanceType'],
        LocationType: locationType,
        Location: location,
      })),
      NextToken,
    };
  },
};

const filters: FilterNames<Offering> = {
  'instance-type': ({ type }) => type,
  location: ({ location }) => location,
};
