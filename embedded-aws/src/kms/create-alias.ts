import type { CreateAliasCommandInput, CreateAliasCommandOutput } from '@aws-sdk/client-kms';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkAliasCount, checkAliasName } from './aliases.ts';
import { arnOf, permittedKey, putAlias } from './keys.ts';
import { checkState, required } from './refusals.ts';

export const createAlias: Operation<CreateAliasCommandInput, CreateAliasCommandOutput> = {
  kind: 'write',
  accepts: ['AliasName', 'TargetKeyId'],
  run(input, call) {
    const { world, account, region, now } = call;
    const name = checkAliasName(input.AliasName);
    const target = required(input.TargetKeyId, 'targetKeyId');
    const key = permittedKey(call, target, { action: 'CreateAlias' });
    checkState(key, 'not pending deletion');
    const id = arnOf(account, region, name);
    if (world.keyAliases.get(id) !== undefined) {
      throw new AwsError('AlreadyExistsException', `An alias with the name ${id} already exists`);
    }
    checkAliasCount(call, key.id);
    putAlias(world, { id, account, region, name, keyId: key.id, creationTime: now, updateTime: now }, now);
    return {};
  },
};
