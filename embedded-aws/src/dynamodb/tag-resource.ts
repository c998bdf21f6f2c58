import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { writeLagMs } from './items.ts';
import { invalid } from './refusals.ts';
import { taggedTable, tagsOf } from './tags.ts';

export const tagResource: Operation<TagResourceCommandInput, TagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceArn', 'Tags.Key', 'Tags.Value'],
  run({ ResourceArn, Tags }, call) {
    const { world, now } = call;
    checkValue(Tags, 'tags', { required: true });
    const table = taggedTable(call, 'TagResource', ResourceArn);
    if (Tags?.length === 0) throw invalid('Atleast one Tag needs to be provided as Input.');
    const tags = tagsOf(Tags, table.tags);
    world.dynamoTables.put({ ...table, tags }, now, writeLagMs(world));
    return {};
  },
};
