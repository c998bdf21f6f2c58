import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { writeLagMs } from './items.ts';
import { invalid } from './refusals.ts';
import { taggedTable } from './tags.ts';

export const untagResource: Operation<UntagResourceCommandInput, UntagResourceCommandOutput> = {
  kind: 'write',
  accepts: ['ResourceArn', 'TagKeys'],
  run({ ResourceArn, TagKeys }, call) {
    const { world, now } = call;
    checkValue(TagKeys, 'tagKeys', { required: true });
    const table = taggedTable(call, 'UntagResource', ResourceArn);
    if (TagKeys?.length === 0) throw invalid('Atleast one Tag Key needs to be provided as Input.');
    const tags = Object.fromEntries(Object.entries(table.tags).filter(([key]) => !TagKeys?.includes(key)));
    world.dynamoTables.put({ ...table, tags }, now, writeLagMs(world));
    return {};
  },
};
