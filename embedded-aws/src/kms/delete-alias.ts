import type { DeleteAliasCommandInput, DeleteAliasCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkAliasName, knownAlias } from './aliases.ts';
import { permittedKey } from './keys.ts';

/** Deletes the alias only. The key stays. */
export const deleteAlias: Operation<DeleteAliasCommandInput, DeleteAliasCommandOutput> = {
  kind: 'write',
  accepts: ['AliasName'],
  run(input, call) {
    const alias = knownAlias(call, checkAliasName(input.AliasName));
    permittedKey(call, alias.keyId, { action: 'DeleteAlias' });
    call.world.keyAliases.remove(alias.id, call.now, 0);
    return {};
  },
};
