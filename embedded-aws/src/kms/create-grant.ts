import type { CreateGrantCommandInput, CreateGrantCommandOutput } from '@aws-sdk/client-kms';
import { AwsError } from '../core/errors.ts';
import { hex } from '../core/random.ts';
import type { Operation } from '../core/service.ts';
import { checkValue } from '../core/validation.ts';
import { count } from '../core/world.ts';
import { checkGrantOperations, checkGrantPrincipal, grantToken } from './grants.ts';
import { permittedKey } from './keys.ts';
import { checkDryRun, checkState, required } from './refusals.ts';

/** A repeated request with the same name returns the same grant with a new token. */
export const createGrant: Operation<CreateGrantCommandInput, CreateGrantCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'GrantTokens', 'GranteePrincipal', 'KeyId', 'Name', 'Operations', 'RetiringPrincipal'],
  run(input, call) {
    const { world, account, now } = call;
    const { GranteePrincipal, RetiringPrincipal, Name } = input;
    if (GranteePrincipal === undefined) {
      throw new AwsError(
        'ValidationException',
        'GranteePrincipal or GranteeServicePrincipal must be specified.',
      );
    }
    const operations = required<readonly string[]>(input.Operations, 'operations');
    checkGrantOperations(operations);
    checkValue(GranteePrincipal, 'granteePrincipal', { length: [1, 256] });
    if (Name !== undefined && !/^[a-zA-Z0-9:/_-]{1,256}$/.test(Name)) {
      throw new AwsError('ValidationException', 'The name of a grant must match ^[a-zA-Z0-9:/_-]+$');
    }
    checkGrantPrincipal(GranteePrincipal);
    checkGrantPrincipal(RetiringPrincipal);
    const key = permittedKey(call, input.KeyId, {
      action: 'CreateGrant',
      otherAccounts: true,
      granteePrincipal: GranteePrincipal,
    });
    checkState(key, 'enabled');
    checkDryRun(input);
    const known = world.keyGrants
      .all()
      .find(
        (grant) =>
          Name !== undefined &&
          grant.name === Name &&
          grant.keyId === key.id &&
          grant.issuingAccount === account &&
          grant.granteePrincipal === GranteePrincipal &&
          grant.retiringPrincipal === RetiringPrincipal &&
          grant.operations.join() === operations.join(),
      );
    const number = count(world, 'grant token of KMS');
    const id = known?.id ?? hex(world.seed, 64, 'grant of KMS', number);
    if (known === undefined) {
      world.keyGrants.put(
        {
          id,
          account: key.account,
          region: key.region,
          keyId: key.id,
          ...(Name === undefined ? {} : { name: Name }),
          granteePrincipal: GranteePrincipal,
          ...(RetiringPrincipal === undefined ? {} : { retiringPrincipal: RetiringPrincipal }),
          operations,
          issuingAccount: account,
          creationTime: now,
        },
        now,
        0,
      );
    }
    return { GrantId: id, GrantToken: grantToken(id, number) };
  },
};
