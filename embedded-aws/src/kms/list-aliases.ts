import type { ListAliasesCommandInput, ListAliasesCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { permittedKey } from './keys.ts';
import { page } from './paging.ts';

export const listAliases: Operation<ListAliasesCommandInput, ListAliasesCommandOutput> = {
  kind: 'read',
  accepts: ['KeyId', 'Limit', 'Marker'],
  run(input, call) {
    const { world, account, region } = call;
    const key =
      input.KeyId === undefined ? undefined : permittedKey(call, input.KeyId, { action: 'ListAliases' });
    const aliases = world.keyAliases
      .all()
      .filter(
        (alias) =>
          alias.account === account &&
          alias.region === region &&
          (key === undefined || alias.keyId === key.id),
      );
    const { items, ...rest } = page(aliases, input, { usual: 50, max: 100 });
    return {
      Aliases: items.map(({ id, name, keyId, creationTime, updateTime }) => ({
        AliasName: name,
        AliasArn: id,
        TargetKeyId: keyId,
        CreationDate: new Date(creationTime),
        LastUpdatedDate: new Date(updateTime),
      })),
      ...rest,
    };
  },
};
