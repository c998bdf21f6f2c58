import type {
  DescribeLaunchTemplateVersionsCommandInput,
  DescribeLaunchTemplateVersionsCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { resolved } from './create-launch-template-version.ts';
import { type FilterNames, matcher } from './filters.ts';
import { versionShape } from './launch-template-shapes.ts';
import { findTemplate, findVersion, ownTemplates, versionNumber } from './launch-templates.ts';
import { page } from './paging.ts';
import type { LaunchTemplateRecord, LaunchTemplateVersionRecord } from './records.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';
import { wholeSecondsText } from './times.ts';

type Input = DescribeLaunchTemplateVersionsCommandInput;

interface VersionOf {
  readonly template: LaunchTemplateRecord;
  readonly version: LaunchTemplateVersionRecord;
}

/** Versions of one template, newest first; or the latest or default versions of all templates. */
export const describeLaunchTemplateVersions: Operation<Input, DescribeLaunchTemplateVersionsCommandOutput> = {
  kind: 'read',
  accepts: [
    'DryRun',
    'Filters.Name',
    'Filters.Values',
    'LaunchTemplateId',
    'LaunchTemplateName',
    'MaxResults',
    'MaxVersion',
    'MinVersion',
    'NextToken',
    'ResolveAlias',
    'Versions',
  ],
  run(input, call) {
    const matches = matcher(input.Filters, filters, () => ({}));
    const found = chosenVersions(input, call);
    checkDryRun(input);
    const { items, NextToken } = page(found.filter(matches), input, { min: 1, max: 200 });
    return {
      LaunchTemplateVersions: items.map(({ template, version }) =>
        versionShape(template, input.ResolveAlias ? resolved(version, call) : version),
      ),
      NextToken,
    };
  },
};

/**
 * EC2's text with EC2's quotation marks, as getmoto/moto recorded the text on AWS (test_launch_templates.py).
 */
const describeVersionsText =
  'To describe the launch template data for all your launch templates, for ‘--versions’ specify ‘$Latest’, ‘$Default’, or both, and ' +
  'omit ‘--launch-template-id’, ‘--launch-template-name’, and version numbers. To describe the launch template data for a specific ' +
  'launch template, specify ‘--launch-template-id’ or ‘--launch-template-name’, and for ‘--versions’ specify one or more of the ' +
  'following values: ‘$Latest’, ‘$Default’, or one or more version numbers.';

function chosenVersions(input: Input, call: Call): VersionOf[] {
  const { Versions = [], MinVersion, MaxVersion } = input;
  if (Versions.length > 0 && (MinVersion !== undefined || MaxVersion !== undefined)) {
    throw parameterCombination('The parameter Versions cannot be used with MinVersion or MaxVersion.');
  }
  if (input.LaunchTemplateId === undefined && input.LaunchTemplateName === undefined) {
    if (Versions.length === 0) throw new AwsError('MissingParameter', describeVersionsText);
    if (Versions.some((asked) => asked !== '$Latest' && asked !== '$Default')) {
      throw new AwsError('InvalidParameterValue', describeVersionsText);
    }
    return ownTemplates(call).flatMap((template) => named(template, Versions));
  }
  const template = findTemplate(input, call);
  if (Versions.length > 0) return named(template, Versions);
  const least = MinVersion === undefined ? 1 : versionNumber(template, MinVersion);
  const most = MaxVersion === undefined ? template.latestVersion : versionNumber(template, MaxVersion);
  return template.versions
    .filter(({ version }) => version >= least && version <= most)
    .toReversed()
    .map((version) => ({ template, version }));
}

function named(template: LaunchTemplateRecord, asked: readonly string[]): VersionOf[] {
  const versions = new Set(asked.map((each) => findVersion(template, each)));
  return [...versions].map((version) => ({ template, version }));
}

const filters: FilterNames<VersionOf> = {
  'create-time': ({ version }) => wholeSecondsText(version.createTime),
  'ebs-optimized': ({ version }) => version.data.EbsOptimized,
  'http-endpoint': ({ version }) => version.data.MetadataOptions?.HttpEndpoint,
  'http-protocol-ipv4': () => 'enabled',
  'http-tokens': ({ version }) => version.data.MetadataOptions?.HttpTokens,
  'iam-instance-profile': ({ version }) =>
    version.data.IamInstanceProfile?.Arn ?? version.data.IamInstanceProfile?.Name,
  'image-id': ({ version }) => version.data.ImageId,
  'instance-type': ({ version }) => version.data.InstanceType,
  'is-default-version': ({ template, version }) => version.version === template.defaultVersion,
  'kernel-id': () => undefined,
  'network-card-index': ({ version }) =>
    version.data.NetworkInterfaces?.map(({ NetworkCardIndex = 0 }) => String(NetworkCardIndex)),
  'ram-disk-id': () => undefined,
};
