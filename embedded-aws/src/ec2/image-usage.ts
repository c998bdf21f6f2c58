import type { Filter } from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter } from '../core/errors.ts';
import type { Call, TransitionHandlers } from '../core/service.ts';
import { lagMs, type World } from '../core/world.ts';
import { type FilterNames, matcher } from './filters.ts';
import { isLaunchedFrom, isNamedBy } from './image-users.ts';
import type { ImageUsageReportRecord } from './records.ts';
import { checkIds } from './refusals.ts';

/**
 * The delay before usage is reported: "instance activity from the past 24 hours and launch template activity
 * from the past few days might not appear".
 */
const instancesLateMs = 86_400_000;
const templatesLateMs = 3 * 86_400_000;

export const usageTransitions: TransitionHandlers = {
  'image-usage-report.ready': (world, id, at) => {
    const report = world.imageUsageReports.get(id);
    if (report?.state !== 'pending') return;
    world.imageUsageReports.put(
      { ...report, state: 'available', entries: usage(world, report, at) },
      at,
      lagMs(world, id),
    );
  },

  'image-usage-report.expired': (world, id) => world.imageUsageReports.delete(id),
};

/**
 * Counts the resources of other accounts in the image's region that refer to the image, for each account and
 * type.
 */
function usage(world: World, report: ImageUsageReportRecord, at: number): ImageUsageReportRecord['entries'] {
  const { imageId, region, account: owner, accountIds } = report;
  const isCounted = (resource: { account: string; region: string }) =>
    resource.region === region &&
    resource.account !== owner &&
    (accountIds === undefined || accountIds.includes(resource.account));
  return report.resourceTypes.flatMap(({ type, versionDepth = 0 }) => {
    const instances = world.instances
      .all()
      .filter((one) => isLaunchedFrom(one, imageId) && one.launchTime <= at - instancesLateMs);
    const templates = world.launchTemplates
      .all()
      .filter((template) => isNamedBy(known(template), imageId, versionDepth));
    const users: { account: string; region: string }[] = type === 'ec2:Instance' ? instances : templates;
    const counts = new Map<string, number>();
    for (const { account } of users.filter(isCounted)) counts.set(account, (counts.get(account) ?? 0) + 1);
    return [...counts].map(([account, count]) => ({ account, type, count }));
  });

  function known<T extends { createTime: number }>({ versions }: { versions: readonly T[] }) {
    return { versions: versions.filter(({ createTime }) => createTime <= at - templatesLateMs) };
  }
}

const idsMax = 200;

/** The caller's reports in this region. Both Describe calls use this selection. */
export function seenReports(
  { ImageIds = [], ReportIds = [] }: { ImageIds?: string[] | undefined; ReportIds?: string[] | undefined },
  { world, account, region, now }: Call,
): ImageUsageReportRecord[] {
  checkCount('ImageId', ImageIds);
  checkCount('ReportId', ReportIds);
  checkIds('ami', ImageIds);
  for (const id of ReportIds) checkReportId(id);
  const own = world.imageUsageReports
    .allSeen(now)
    .filter((report) => report.account === account && report.region === region);
  for (const id of ReportIds) if (!own.some((report) => report.id === id)) throw reportNotFound(id);
  return own.filter(
    ({ id, imageId }) =>
      (ReportIds.length === 0 || ReportIds.includes(id)) &&
      (ImageIds.length === 0 || ImageIds.includes(imageId)),
  );
}

function checkCount(name: string, ids: readonly string[]): void {
  if (ids.length > idsMax) {
    throw invalidParameter(
      `The number of values of ${name} (${ids.length}) exceeds the maximum of ${idsMax}.`,
    );
  }
}

export function checkReportId(id: string): void {
  if (!/^amiur-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
    throw new AwsError(
      'InvalidImageUsageReportId.Malformed',
      `Invalid id: "${id}"${id.startsWith('amiur-') ? '' : ' (expecting "amiur-...")'}`,
    );
  }
}

export function reportNotFound(id: string): AwsError {
  return new AwsError(
    'InvalidImageUsageReportId.NotFound',
    `The image usage report ID '${id}' does not exist`,
  );
}

const filters: FilterNames<ImageUsageReportRecord> = {
  'creation-time': ({ creationTime }) => new Date(creationTime).toISOString(),
  state: ({ state }) => state,
};

export const reportMatcher = (asked: readonly Filter[] | undefined) =>
  matcher(asked, filters, ({ tags }) => tags);
