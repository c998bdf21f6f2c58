import type {
  DeleteImageUsageReportCommandInput,
  DeleteImageUsageReportCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { checkReportId, reportNotFound } from './image-usage.ts';
import { checkDryRun } from './refusals.ts';

/** Works in any state. Deleting a pending report cancels the report. */
export const deleteImageUsageReport: Operation<
  DeleteImageUsageReportCommandInput,
  DeleteImageUsageReportCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'ReportId'],
  run(input, { world, account, region, now }) {
    const { ReportId } = input;
    if (ReportId === undefined) throw missingParameter('reportId');
    checkReportId(ReportId);
    const report = world.imageUsageReports.get(ReportId);
    const isSeen = world.imageUsageReports.seen(ReportId, now) !== undefined;
    if (report === undefined || !isSeen || report.account !== account || report.region !== region) {
      throw reportNotFound(ReportId);
    }
    checkDryRun(input);
    world.imageUsageReports.remove(ReportId, now, lagMs(world, ReportId));
    return { Return: true };
  },
};
