import type { RetireGrantCommandInput, RetireGrantCommandOutput } from '@aws-sdk/client-kms';
import { AwsError } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { deniedElsewhere } from './access.ts';
import { checkGrantId, grantIdOf } from './grants.ts';
import { accountOf } from './policy.ts';
import { checkDryRun, notFound, required } from './refusals.ts';

/**
 * The issuing account, the retiring principal, and a grantee with the RetireGrant operation may
 * retire a grant (KMS API reference, RetireGrant).
 */
export const retireGrant: Operation<RetireGrantCommandInput, RetireGrantCommandOutput> = {
  kind: 'write',
  accepts: ['DryRun', 'GrantId', 'GrantToken', 'KeyId'],
  run(input, call) {
    const { world, account, region, now } = call;
    const { GrantToken, GrantId, KeyId } = input;
    if (GrantToken !== undefined && (GrantId !== undefined || KeyId !== undefined)) {
      throw new AwsError(
        'ValidationException',
        'A grant is named by its token, or by key and grant ID, not by both.',
      );
    }
    const id = GrantToken === undefined ? required(GrantId, 'grantId') : grantIdOf(GrantToken);
    checkGrantId(id);
    if (GrantToken === undefined && !required(KeyId, 'keyId').startsWith('arn:')) {
      throw new AwsError('InvalidArnException', `Invalid arn ${KeyId}`);
    }
    const grant = world.keyGrants.get(id);
    const key = grant && world.keys.get(grant.keyId);
    const isMeant = KeyId === undefined || key?.arn === KeyId;
    if (grant === undefined || grant.region !== region || !isMeant)
      throw notFound(`Grant ID ${id} not found`);
    const { granteePrincipal, retiringPrincipal = '', issuingAccount, operations } = grant;
    const isGrantee = accountOf(granteePrincipal) === account && operations.includes('RetireGrant');
    if (issuingAccount !== account && accountOf(retiringPrincipal) !== account && !isGrantee) {
      throw deniedElsewhere(call, 'RetireGrant');
    }
    checkDryRun(input);
    world.keyGrants.remove(id, now, 0);
    return {};
  },
};
