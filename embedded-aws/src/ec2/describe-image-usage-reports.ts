import type {
  DescribeImageUsageReportsCommandInput,
  DescribeImageUsageReportsCommandOutput,
  ImageUsageReport,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { reportMatcher, seenReports } from './image-usage.ts';
import { page } from './paging.ts';
import type { ImageUsageReportRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { tagList } from './tagging.ts';

export const describeImageUsageReports: Operation<
  DescribeImageUsageReportsCommandInput,
  DescribeImageUsageReportsCommandOutput
> = {
  kind: 'read',
  accepts: ['DryRun', 'Filters.Name', 'Filters.Values', 'ImageIds', 'MaxResults', 'NextToken', 'ReportIds'],
  run(input, call) {
    const matches = reportMatcher(input.Filters);
    const reports = seenReports(input, call).filter(matches);
    checkDryRun(input);
    const { items, NextToken } = page(reports, input, { min: 1, max: 1000 });
    return { ImageUsageReports: items.map(shape), NextToken };
  },
};

function shape(report: ImageUsageReportRecord): ImageUsageReport {
  return {
    ImageId: report.imageId,
    ReportId: report.id,
    ResourceTypes: report.resourceTypes.map(({ type, versionDepth }) => ({
      ResourceType: type,
      ...(versionDepth === undefined
        ? {}
        : { ResourceTypeOptions: [{ OptionName: 'version-depth', OptionValues: [String(versionDepth)] }] }),
    })),
    ...(report.accountIds === undefined ? {} : { AccountIds: [...report.accountIds] }),
    State: report.state,
    CreationTime: new Date(report.creationTime),
    ExpirationTime: new Date(report.expirationTime),
    Tags: tagList(report.tags),
  };
}
