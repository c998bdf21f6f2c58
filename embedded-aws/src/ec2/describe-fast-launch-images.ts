import type {
  DescribeFastLaunchImagesCommandInput,
  DescribeFastLaunchImagesCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { fastLaunchShape } from './fast-launch.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { FastLaunchRecord } from './records.ts';
import { checkDryRun, checkIds } from './refusals.ts';

/** An image without EC2 Fast Launch is not listed, even if the request names it (assumed). */
export const describeFastLaunchImages: Operation<
  DescribeFastLaunchImagesCommandInput,
  DescribeFastLaunchImagesCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'ImageIds', 'MaxResults', 'NextToken'],
  run(input, { world, account, region, now }) {
    const { ImageIds = [] } = input;
    checkPaging(input, { min: 0, max: 200 });
    checkIds('ami', ImageIds);
    const matches = matcher(input.Filters, filters, () => ({}));
    checkDryRun(input);
    const found = world.fastLaunches
      .allSeen(now)
      .filter((record) => record.account === account && record.region === region)
      .filter(({ imageId }) => ImageIds.length === 0 || ImageIds.includes(imageId))
      .filter(matches);
    const { items, NextToken } = page(found, input);
    return { FastLaunchImages: items.map(fastLaunchShape), NextToken };
  },
};

const filters: FilterNames<FastLaunchRecord> = {
  'owner-id': ({ account }) => account,
  'resource-type': () => 'snapshot',
  state: ({ state }) => state,
};
