import { AwsError } from '../core/errors.ts';
import type { Call } from '../core/service.ts';
import type { World } from '../core/world.ts';
import { callerOf } from '../sts/callers.ts';
import { accountOf, decision, type KeyRequest } from './policy.ts';
import type { KeyRecord } from './records.ts';

/**
 * Whether a key permits a request: the key policy or a grant allows the request, and no statement
 * denies it. The caller's own IAM policies are assumed to allow the request.
 */
export function isPermitted(world: World, key: KeyRecord, request: KeyRequest): boolean {
  const membership = world.organizations.get(request.account);
  const effect = decision(key.policy, key.arn, { membership, ...request });
  if (effect !== 'none') return effect === 'allow';
  const operation = request.action.slice('kms:'.length);
  return world.keyGrants
    .all()
    .some(
      ({ keyId, granteePrincipal, operations }) =>
        keyId === key.id && accountOf(granteePrincipal) === request.account && operations.includes(operation),
    );
}

/** Refuses a call to the KMS API that the key does not permit. */
export function checkPermitted(
  call: Call,
  key: KeyRecord,
  { action, granteePrincipal }: Pick<KeyRequest, 'action' | 'granteePrincipal'>,
): void {
  const { world, account } = call;
  if (isPermitted(world, key, { action: `kms:${action}`, account, granteePrincipal })) return;
  throw key.account === account ? deniedAtHome(call, key.arn, action) : deniedElsewhere(call, action);
}

function deniedAtHome(call: Call, keyArn: string, action: string): AwsError {
  return new AwsError(
    'AccessDeniedException',
    `User: ${callerOf(call).arn} is not authorized to perform: kms:${action} on resource: ${keyArn} because no resource-based policy allows the kms:${action} action`,
  );
}

/**
 * AWS does not reveal whether another account's key exists to a caller who may not use that key.
 */
export function deniedElsewhere(call: Call, action: string): AwsError {
  return new AwsError(
    'AccessDeniedException',
    `User: ${callerOf(call).arn} is not authorized to perform: kms:${action} on this resource because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
  );
}
