import type {
  DescribeImageUsageReportEntriesCommandInput,
  DescribeImageUsageReportEntriesCommandOutput,
  ImageUsageReportEntry,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { seenReports } from './image-usage.ts';
import { page } from './paging.ts';
import { checkDryRun } from './refusals.ts';

/** A pending report has no entries yet. */
export const describeImageUsageReportEntries: Operation<
  DescribeImageUsageReportEntriesCommandInput,
  DescribeImageUsageReportEntriesCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'ImageIds', 'MaxResults', 'NextToken', 'ReportIds'],
  run(input, call) {
    const matches = matcher(input.Filters, filters, () => ({}));
    const entries = seenReports(input, call)
      .flatMap(({ id, imageId, creationTime, entries }) =>
        entries.map(
          ({ account, type, count }): ImageUsageReportEntry => ({
            ResourceType: type,
            ReportId: id,
            UsageCount: count,
            AccountId: account,
            ImageId: imageId,
            ReportCreationTime: new Date(creationTime),
          }),
        ),
      )
      .filter(matches);
    checkDryRun(input);
    const { items, NextToken } = page(entries, input, { min: 1, max: 1000 });
    return { ImageUsageReportEntries: items, NextToken };
  },
};

const filters: FilterNames<ImageUsageReportEntry> = {
  'account-id': ({ AccountId }) => AccountId,
  'creation-time': ({ ReportCreationTime }) => ReportCreationTime?.toISOString(),
  'resource-type': ({ ResourceType }) => ResourceType,
};
