import type { ListKeysCommandInput, ListKeysCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { page } from './paging.ts';

export const listKeys: Operation<ListKeysCommandInput, ListKeysCommandOutput> = {
  kind: 'read',
  accepts: ['Limit', 'Marker'],
  run(input, { world, account, region }) {
    const keys = world.keys.all().filter((key) => key.account === account && key.region === region);
    const { items, ...rest } = page(keys, input, { usual: 100, max: 1000 });
    return { Keys: items.map(({ id, arn }) => ({ KeyId: id, KeyArn: arn })), ...rest };
  },
};
