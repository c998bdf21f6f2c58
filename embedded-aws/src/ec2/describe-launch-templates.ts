import type {
  DescribeLaunchTemplatesCommandInput,
  DescribeLaunchTemplatesCommandOutput,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { type FilterNames, matcher } from './filters.ts';
import { templateShape } from './launch-template-shapes.ts';
import { checkTemplateId, ownTemplates, templateNotFound } from './launch-templates.ts';
import { page } from './paging.ts';
import type { LaunchTemplateRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';
import { wholeSecondsText } from './times.ts';

export const describeLaunchTemplates: Operation<
  DescribeLaunchTemplatesCommandInput,
  DescribeLaunchTemplatesCommandOutput
> = {
  kind: 'read',
  accepts: [
    'DryRun',
    'Filters.Name',
    'Filters.Values',
    'LaunchTemplateIds',
    'LaunchTemplateNames',
    'MaxResults',
    'NextToken',
  ],
  run(input, call) {
    const { LaunchTemplateIds: ids = [], LaunchTemplateNames: names = [] } = input;
    for (const id of ids) checkTemplateId(id);
    const matches = matcher(input.Filters, filters, ({ tags }) => tags);
    checkDryRun(input);
    const own = ownTemplates(call);
    for (const id of ids) {
      if (!own.some((template) => template.id === id)) throw templateNotFound({ LaunchTemplateId: id });
    }
    if (names.some((name) => !own.some((template) => template.name === name))) {
      throw new AwsError(
        'InvalidLaunchTemplateName.NotFoundException',
        'At least one of the launch templates specified in the request does not exist.',
      );
    }
    const isNamed = ({ id, name }: LaunchTemplateRecord) =>
      (ids.length === 0 && names.length === 0) || ids.includes(id) || names.includes(name);
    const { items, NextToken } = page(own.filter(isNamed).filter(matches), input, { min: 1, max: 200 });
    return { LaunchTemplates: items.map(templateShape), NextToken };
  },
};

const filters: FilterNames<LaunchTemplateRecord> = {
  'create-time': ({ createTime }) => wholeSecondsText(createTime),
  'launch-template-name': ({ name }) => name,
};
