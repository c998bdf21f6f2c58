import type {
  CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs, newId } from '../core/world.ts';
import { callerOf } from '../sts/callers.ts';
import {
  checkTemplateData,
  checkVersionDescription,
  templateDataParameters,
} from './launch-template-data.ts';
import { templateShape } from './launch-template-shapes.ts';
import { checkTemplateName, nextVersionNumber } from './launch-templates.ts';
import type { LaunchTemplateRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { tagSpecifications } from './tagging.ts';
import { rememberedId } from './tokens.ts';

export const createLaunchTemplate: Operation<
  CreateLaunchTemplateCommandInput,
  CreateLaunchTemplateCommandOutput
> = {
  kind: 'write',
  accepts: [
    'ClientToken',
    'DryRun',
    ...templateDataParameters,
    'LaunchTemplateName',
    'TagSpecifications.ResourceType',
    'TagSpecifications.Tags.Key',
    'TagSpecifications.Tags.Value',
    'VersionDescription',
  ],
  run(input, call) {
    const { world, account, region, now } = call;
    const { LaunchTemplateName: name, VersionDescription: description } = input;
    if (name === undefined) throw missingParameter('LaunchTemplateName');
    checkTemplateName(name);
    checkVersionDescription(description);
    const data = checkTemplateData(input.LaunchTemplateData);
    const tags = tagSpecifications(input.TagSpecifications, ['launch-template'])['launch-template'];
    const token = rememberedId(call, 'CreateLaunchTemplate', input);
    const known = token.id === undefined ? undefined : world.launchTemplates.get(token.id);
    if (known !== undefined) return { LaunchTemplate: templateShape(known) };
    const isTaken = world.launchTemplates
      .all()
      .some((other) => other.account === account && other.region === region && other.name === name);
    if (isTaken) {
      throw new AwsError(
        'InvalidLaunchTemplateName.AlreadyExistsException',
        'Launch template name already in use.',
      );
    }
    checkDryRun(input);
    const id = newId(world, 'lt');
    const createdBy = callerOf(call).arn;
    const template: LaunchTemplateRecord = {
      id,
      account,
      region,
      tags,
      name,
      createTime: now,
      createdBy,
      defaultVersion: 1,
      latestVersion: 1,
      versions: [
        {
          version: nextVersionNumber(world, { id, latestVersion: 0 }),
          ...(description === undefined ? {} : { description }),
          createTime: now,
          createdBy,
          data,
        },
      ],
    };
    world.launchTemplates.put(template, now, lagMs(world, id));
    token.remember(id);
    return { LaunchTemplate: templateShape(template) };
  },
};
