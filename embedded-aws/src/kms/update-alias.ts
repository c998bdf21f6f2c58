import type { UpdateAliasCommandInput, UpdateAliasCommandOutput } from '@aws-sdk/client-kms';
import type { Operation } from '../core/service.ts';
import { checkAliasCount, checkAliasName, knownAlias } from './aliases.ts';
import { permittedKey, putAlias } from './keys.ts';
import { checkState, required } from './refusals.ts';

/** Requires permission on both the current key and the new key of the alias. */
export const updateAlias: Operation<UpdateAliasCommandInput, UpdateAliasCommandOutput> = {
  kind: 'write',
  accepts: ['AliasName', 'TargetKeyId'],
  run(input, call) {
    const name = checkAliasName(input.AliasName);
    const target = required(input.TargetKeyId, 'targetKeyId');
    const alias = knownAlias(call, name);
    const before = permittedKey(call, alias.keyId, { action: 'UpdateAlias' });
    const key = permittedKey(call, target, { action: 'UpdateAlias' });
    checkState(before, 'not pending deletion');
    checkState(key, 'not pending deletion');
    if (key.id !== before.id) checkAliasCount(call, key.id);
    putAlias(call.world, { ...alias, keyId: key.id, updateTime: call.now }, call.now);
    return {};
  },
};
