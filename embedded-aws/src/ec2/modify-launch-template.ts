import type {
  ModifyLaunchTemplateCommandInput,
  ModifyLaunchTemplateCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError, missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { templateShape } from './launch-template-shapes.ts';
import { findTemplate, versionNumber } from './launch-templates.ts';
import { checkDryRun, parameterCombination } from './refusals.ts';
import { rememberedId } from './tokens.ts';

/**
 * EC2 can change only the default version. The error texts are texts that getmoto/moto recorded on AWS
 * (test_launch_templates.py).
 */
export const modifyLaunchTemplate: Operation<
  ModifyLaunchTemplateCommandInput,
  ModifyLaunchTemplateCommandOutput
> = {
  kind: 'write',
  accepts: ['ClientToken', 'DefaultVersion', 'DryRun', 'LaunchTemplateId', 'LaunchTemplateName'],
  run(input, call) {
    const { world, now } = call;
    if (input.DefaultVersion === undefined) throw missingParameter('SetDefaultVersion');
    if (input.LaunchTemplateId !== undefined && input.LaunchTemplateName !== undefined) {
      throw parameterCombination(
        'Either provide launch template ID or launch template name to modify the template.',
      );
    }
    const template = findTemplate(input, call);
    const token = rememberedId(call, 'ModifyLaunchTemplate', input);
    const defaultVersion = versionNumber(template, input.DefaultVersion);
    if (!template.versions.some(({ version }) => version === defaultVersion)) {
      throw new AwsError(
        'InvalidLaunchTemplateId.VersionNotFound',
        `The launch template version ${defaultVersion} is not found for the specified launch template.`,
      );
    }
    checkDryRun(input);
    const changed = { ...template, defaultVersion };
    if (token.id === undefined) world.launchTemplates.put(changed, now, lagMs(world, template.id));
    token.remember(template.id);
    return { LaunchTemplate: templateShape(token.id === undefined ? changed : template) };
  },
};
