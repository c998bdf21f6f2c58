import type { RevokeGrantCommandInput, RevokeGrantCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkGrantId } from './grants.ts';
import { permittedKey } from './keys.ts';
import { checkDryRun, notFound, required } from './refusals.ts';

export const revokeGrant: Operation<RevokeGrantCommandInput, RevokeGrantCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'GrantId', 'KeyId'],
  run(input, call) {
    const id = required(input.GrantId, 'grantId');
    const key = permittedKey(call, input.KeyId, { action: 'RevokeGrant', otherAccounts: true });
    checkGrantId(id);
    if (call.world.keyGrants.get(id)?.keyId !== key.id) {
      throw notFound(`Grant ID ${id} not found`);
    }
    checkDryRun(input);
    call.world.keyGrants.remove(id, call.now, 0);
    return {};
  },
};
