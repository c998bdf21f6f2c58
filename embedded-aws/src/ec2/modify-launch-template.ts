import type {
  ModifyLaunchTemplateCommandInput,
  ModifyLaunchTemplateCommandOutput,
} from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { templateShape } from './launch-template-shapes.ts';
import { findTemplate, findVersion } from './launch-templates.ts';
import { checkDryRun } from './refusals.ts';
import { rememberedId } from './tokens.ts';

/** Only the default version can be changed. */
export const modifyLaunchTemplate: Operation<
  ModifyLaunchTemplateCommandInput,
  ModifyLaunchTemplateCommandOutput
> = {
  kind: 'write',
  accepts: ['ClientToken', 'DefaultVersion', 'DryRun', 'LaunchTemplateId', 'LaunchTemplateName'],
  run(input, call) {
    const { world, now } = call;
    if (input.DefaultVersion === undefined) throw missingParameter('SetDefaultVersion');
    const template = findTemplate(input, call);
    const token = rememberedId(call, 'ModifyLaunchTemplate', input);
    const { version: defaultVersion } = findVersion(template, input.DefaultVersion);
    checkDryRun(input);
    const changed = { ...template, defaultVersion };
    if (token.id === undefined) world.launchTemplates.put(changed, now, lagMs(world, template.id));
    token.remember(template.id);
    return { LaunchTemplate: templateShape(token.id === undefined ? changed : template) };
  },
};
