import type { Filter } from '@aws-sdk/client-ec2';
import type { Call } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { checkPaging, page } from './paging.ts';
import type { VolumeRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { seenVolumes } from './volumes.ts';

/** The parameters with which DescribeVolumes, DescribeVolumeStatus and DescribeVolumesModifications select volumes. */
export const volumeSelection = [
  'DryRun',
  'Filters.Name',
  'Filters.Values',
  'IncludeManagedResources',
  'MaxResults',
  'NextToken',
  'VolumeIds',
] as const;

interface Selection {
  readonly DryRun?: boolean | undefined;
  readonly Filters?: Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
  readonly VolumeIds?: string[] | undefined;
}

/** One page of the caller's volumes that match the filters of a DescribeVolumes or DescribeVolumeStatus call. */
export function volumePage(input: Selection, call: Call, filters: FilterNames<VolumeRecord>) {
  const { VolumeIds } = input;
  checkPaging(input, { min: 5, max: 1000, ids: VolumeIds, idsName: 'volumeSet' });
  const volumes = seenVolumes(call, VolumeIds);
  const matches = matcher(input.Filters, filters, ({ tags }) => tags);
  checkDryRun(input);
  return page(volumes.filter(matches), input);
}
