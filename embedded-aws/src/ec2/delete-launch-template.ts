import type {
  DeleteLaunchTemplateCommandInput,
  DeleteLaunchTemplateCommandOutput,
} from '@aws-sdk/client-ec2';
import type { Operation } from '../core/service.ts';
import { lagMs } from '../core/world.ts';
import { templateShape } from './launch-template-shapes.ts';
import { findTemplate } from './launch-templates.ts';
import { checkDryRun } from './refusals.ts';

export const deleteLaunchTemplate: Operation<
  DeleteLaunchTemplateCommandInput,
  DeleteLaunchTemplateCommandOutput
> = {
  kind: 'write',
  accepts: ['DryRun', 'LaunchTemplateId', 'LaunchTemplateName'],
  run(input, call) {
    const { world, now } = call;
    const template = findTemplate(input, call);
    checkDryRun(input);
    world.launchTemplates.remove(template.id, now, lagMs(world, template.id));
    return { LaunchTemplate: templateShape(template) };
  },
};
