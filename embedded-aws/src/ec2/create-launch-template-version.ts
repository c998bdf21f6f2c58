import type {
  CreateLaunchTemplateVersionCommandInput,
  CreateLaunchTemplateVersionCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Call, Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { callerOf } from '../sts/callers.ts';
import { resolveImageId } from './launch-image.ts';
import {
  checkTemplateData,
  checkVersionDescription,
  templateDataParameters,
} from './launch-template-data.ts';
import { versionShape } from './launch-template-shapes.ts';
import { findTemplate, findVersion, nextVersionNumber } from './launch-templates.ts';
import type { LaunchTemplateVersionRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { rememberedId } from './tokens.ts';

/**
 * A new version keeps everything from its source version that the new data do not override, except the snapshots of block devices: EC2 ignores
 * them unless the new data name them (EC2 API reference, CreateLaunchTemplateVersion, SourceVersion).
 */
export const createLaunchTemplateVersion: Operation<
  CreateLaunchTemplateVersionCommandInput,
  CreateLaunchTemplateVersionCommandOutput
> = {
  kind: 'write',
  accepts: [
    'ClientToken',
    'DryRun',
    ...templateDataParameters,
    'LaunchTemplateId',
    'LaunchTemplateName',
    'ResolveAlias',
    'SourceVersion',
    'VersionDescription',
  ],
  run(input, call) {
    const { world, now } = call;
    checkVersionDescription(input.VersionDescription);
    const asked = checkTemplateData(input.LaunchTemplateData);
    const template = findTemplate(input, call);
    const token = rememberedId(call, 'CreateLaunchTemplateVersion', input);
    const known = token.id === undefined ? undefined : findVersion(template, token.id);
    const shape = (version: LaunchTemplateVersionRecord) =>
      versionShape(template, input.ResolveAlias ? resolved(version, call) : version);
    if (known !== undefined) return { LaunchTemplateVersion: shape(known) };
    const source =
      input.SourceVersion === undefined
        ? {}
        : withoutSnapshots(findVersion(template, input.SourceVersion).data);
    checkDryRun(input);
    const version: LaunchTemplateVersionRecord = {
      version: nextVersionNumber(world, template),
      ...(input.VersionDescription === undefined ? {} : { description: input.VersionDescription }),
      createTime: now,
      createdBy: callerOf(call).arn,
      data: { ...source, ...asked },
    };
    world.launchTemplates.put(
      { ...template, latestVersion: version.version, versions: [...template.versions, version] },
      now,
      lagMs(world, template.id),
    );
    token.remember(String(version.version));
    return { LaunchTemplateVersion: shape(version) };
  },
};

function withoutSnapshots({ BlockDeviceMappings, ...data }: LaunchTemplateVersionRecord['data']) {
  if (BlockDeviceMappings === undefined) return data;
  const mappings = BlockDeviceMappings.map(({ Ebs, ...mapping }) => {
    if (Ebs === undefined) return mapping;
    const { SnapshotId: _ignored, ...others } = Ebs;
    return { ...mapping, Ebs: others };
  });
  return { ...data, BlockDeviceMappings: mappings };
}

/** The version with the image id in place of the parameter that names the image. */
export function resolved(version: LaunchTemplateVersionRecord, call: Call): LaunchTemplateVersionRecord {
  const { ImageId } = version.data;
  if (ImageId === undefined) return version;
  return { ...version, data: { ...version.data, ImageId: resolveImageId(ImageId, call) } };
}
