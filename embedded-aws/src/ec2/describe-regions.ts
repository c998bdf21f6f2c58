import type { DescribeRegionsCommandInput, DescribeRegionsCommandOutput } from '@aws-sdk/client-ec2';
import { invalidParameter } from '../core/errors.ts';
import { regions } from '../core/regions.ts';
import type { Operation } from '../core/service.ts';
import { isEnabled } from '../core/world.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkDryRun } from './refusals.ts';

interface RegionOfAccount {
  readonly name: string;
  readonly status: 'opt-in-not-required' | 'opted-in' | 'not-opted-in';
}

/**
 * The regions that the account has enabled. AllRegions, or region names, also return regions that are not
 * enabled.
 */
export const describeRegions: Operation<DescribeRegionsCommandInput, DescribeRegionsCommandOutput> = {
  kind: 'read',
  accepts: ['AllRegions', 'DryRun', 'Filters.Name', 'Filters.Values', 'RegionNames'],
  run(input, { world, account }) {
    const { RegionNames = [], AllRegions } = input;
    for (const name of RegionNames) {
      if (regions[name] === undefined) throw invalidParameter(`Invalid region provided: ${name}`);
    }
    const matches = matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    const found = Object.entries(regions)
      .map(([name, { optIn }]): RegionOfAccount => {
        if (!isEnabled(world, account, name)) return { name, status: 'not-opted-in' };
        return { name, status: optIn ? 'opted-in' : 'opt-in-not-required' };
      })
      .filter(({ name, status }) =>
        RegionNames.length > 0 ? RegionNames.includes(name) : AllRegions || status !== 'not-opted-in',
      )
      .filter(matches);
    return {
      Regions: found.map(({ name, status }) => ({
        RegionName: name,
        Endpoint: endpoint(name),
        OptInStatus: status,
      })),
    };
  },
};

const endpoint = (region: string) => `ec2.${region}.amazonaws.com`;

const filters: FilterNames<RegionOfAccount> = {
  endpoint: ({ name }) => endpoint(name),
  'opt-in-status': ({ status }) => status,
  'region-name': ({ name }) => name,
};
