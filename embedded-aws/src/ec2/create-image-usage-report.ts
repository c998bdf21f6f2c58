import type {
  CreateImageUsageReportCommandInput,
  CreateImageUsageReportCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, invalidParameter, missingParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { lagMs, newId, schedule } from '../core/world.ts';
import { askedTypes, versionDepth } from './image-resource-types.ts';
import { ownImage } from './images.ts';
import { drawSeconds } from './latency.ts';
import type { ImageUsageReportRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { tagSpecifications } from './tagging.ts';
import { rememberedId } from './tokens.ts';

/**
 * Counts how much other accounts use the caller's image. The result is ready some time later (EC2 user guide,
 * View your AMI usage).
 */
export const createImageUsageReport: Operation<
  CreateImageUsageReportCommandInput,
  CreateImageUsageReportCommandOutput
> = {
  kind: 'write',
  accepts: [
    'AccountIds',
    'ClientToken',
    'DryRun',
    'ImageId',
    'ResourceTypes.ResourceType',
    'ResourceTypes.ResourceTypeOptions.OptionName',
    'ResourceTypes.ResourceTypeOptions.OptionValues',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const { ImageId, AccountIds = [] } = input;
    if (ImageId === undefined) throw missingParameter('imageId');
    const resourceTypes = reportTypes(input);
    checkAccounts(AccountIds);
    const tags = tagSpecifications(input.TagSpecifications, ['image-usage-report']);
    const token = rememberedId(call, 'CreateImageUsageReport', input, { lengthMax: 128 });
    if (token.id !== undefined) return { ReportId: token.id };
    ownImage(call, ImageId);
    checkQuotas(ImageId, call);
    checkDryRun(input);

    const id = newId(world, 'amiur');
    world.imageUsageReports.put(
      {
        id,
        account,
        region,
        tags: tags['image-usage-report'],
        imageId: ImageId,
        state: 'pending',
        creationTime: now,
        expirationTime: now + lifetimeMs,
        resourceTypes,
        ...(AccountIds.length === 0 ? {} : { accountIds: [...new Set(AccountIds)] }),
        entries: [],
      },
      now,
      lagMs(world, id),
    );
    const readyAt = now + drawSeconds(world.seed, 'image.usage-report', id) * 1000;
    schedule(world, 'image-usage-report.ready', id, readyAt);
    schedule(world, 'image-usage-report.expired', id, now + lifetimeMs);
    token.remember(id);
    return { ReportId: id };
  },
};

const lifetimeMs = 30 * 86_400_000;
const versionDepthDefault = 20;

function reportTypes({ ResourceTypes = [] }: CreateImageUsageReportCommandInput) {
  if (ResourceTypes.length === 0) throw missingParameter('ResourceType');
  const types = askedTypes('CreateImageUsageReport', ResourceTypes, {
    'ec2:Instance': [],
    'ec2:LaunchTemplate': ['version-depth'],
  });
  return [...types].map(([type, options]): ImageUsageReportRecord['resourceTypes'][number] =>
    type === 'ec2:LaunchTemplate'
      ? { type, versionDepth: versionDepth(options, versionDepthDefault) }
      : { type },
  );
}

const accountsMax = 200;

function checkAccounts(ids: readonly string[]): void {
  if (ids.length > accountsMax) {
    throw invalidParameter(
      `The number of account IDs (${ids.length}) exceeds the maximum of ${accountsMax}.`,
    );
  }
  for (const id of ids) {
    if (!/^\d{12}$/.test(id)) throw new AwsError('InvalidUserID.Malformed', `Invalid user id: "${id}"`);
  }
}

const pendingPerAccountMax = 2000;

function checkQuotas(imageId: string, { world, account, region }: Call): void {
  const pending = world.imageUsageReports
    .all()
    .filter((report) => report.account === account && report.region === region && report.state === 'pending');
  if (pending.some((report) => report.imageId === imageId)) {
    throw new AwsError(
      'ResourceLimitExceeded',
      `A usage report of the image ${imageId} is already being created. Only one report of an image can be in progress.`,
    );
  }
  if (pending.length >= pendingPerAccountMax) {
    throw new AwsError(
      'ResourceLimitExceeded',
      `You have reached your quota of ${pendingPerAccountMax} for the number of image usage reports in progress.`,
    );
  }
}
