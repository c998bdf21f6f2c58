import type {
  ListTagsOfResourceCommandInput,
  ListTagsOfResourceCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { positionOf, tokenOf } from '../core/page-tokens.ts';
import type { Operation } from '../core/service.ts';
import { invalid } from './refusals.ts';
import { taggedTable } from './tags.ts';

const pageSize = 10;

export const listTagsOfResource: Operation<ListTagsOfResourceCommandInput, ListTagsOfResourceCommandOutput> =
  {
    kind: 'read',
    accepts: ['NextToken', 'ResourceArn'],
    run({ ResourceArn, NextToken }, call) {
      const { id } = taggedTable(call, 'ListTagsOfResource', ResourceArn);
      const tags = Object.entries(call.world.dynamoTables.seen(id, call.now)?.tags ?? {})
        .map(([Key, Value]) => ({ Key, Value }))
        .sort((a, b) => (a.Key < b.Key ? -1 : 1));
      const start = NextToken === undefined ? 0 : startOf(NextToken);
      const end = start + pageSize;
      return {
        Tags: tags.slice(start, end),
        ...(end < tags.length ? { NextToken: tokenOf(end) } : {}),
      };
    },
  };

function startOf(token: string): number {
  const start = positionOf(token);
  if (start === undefined) throw invalid('Invalid NextToken');
  return start;
}
