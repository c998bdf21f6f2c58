import type { ListGrantsCommandInput, ListGrantsCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkGrantId, grantShape } from './grants.ts';
import { permittedKey } from './keys.ts';
import { page } from './paging.ts';

export const listGrants: Operation<ListGrantsCommandInput, ListGrantsCommandOutput> = {
  kind: 'read',
  accepts: ['GrantId', 'GranteePrincipal', 'KeyId', 'Limit', 'Marker'],
  run(input, call) {
    const { GrantId, GranteePrincipal } = input;
    const key = permittedKey(call, input.KeyId, { action: 'ListGrants', otherAccounts: true });
    if (GrantId !== undefined) checkGrantId(GrantId);
    const grants = call.world.keyGrants
      .all()
      .filter(
        ({ id, keyId, granteePrincipal }) =>
          keyId === key.id &&
          (GrantId === undefined || id === GrantId) &&
          (GranteePrincipal === undefined || granteePrincipal === GranteePrincipal),
      );
    const { items, ...rest } = page(grants, input, { usual: 50, max: 100 });
    return { Grants: items.map((grant) => grantShape(grant, key)), ...rest };
  },
};
