import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  DescribeKeyCommand,
  DisableKeyCommand,
  ListGrantsCommand,
  PutKeyPolicyCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { CONSUMER, OWNER, simulateEc2 } from '../simulated-ec2.ts';
import { kmsRefusal, simulateKms } from '../simulated-kms.ts';

const consumer = `arn:aws:iam::${CONSUMER}:root`;
const other = '444455556666';

async function withKey() {
  const simulated = simulateEc2();
  const kms = simulateKms(simulated);
  const KeyId = await kms.key();
  const grant = (given: Partial<CreateGrantCommandInput> = {}, account = OWNER) =>
    simulated.run(
      kms.client({ account }).send(
        new CreateGrantCommand({
          KeyId,
          GranteePrincipal: consumer,
          Operations: ['DescribeKey', 'Decrypt'],
          ...given,
        }),
      ),
    );
  return { ...simulated, ...kms, KeyId, grant };
}

describe('a grant', () => {
  test('lets another account use the key until the grant is revoked', async () => {
    const { client, run, KeyId, grant } = await withKey();
    const describe = () => run(client({ account: CONSUMER }).send(new DescribeKeyCommand({ KeyId })));
    expect((await kmsRefusal(describe())).code).toBe('AccessDeniedException');
    const { GrantId } = await grant();
    expect(GrantId).toMatch(/^[0-9a-f]{64}$/);
    expect((await describe()).KeyMetadata?.Arn).toBe(KeyId);
    const { Grants } = await run(client().send(new ListGrantsCommand({ KeyId })));
    expect(Grants).toMatchObject([
      { KeyId, GrantId, GranteePrincipal: consumer, IssuingAccount: `arn:aws:iam::${OWNER}:root` },
    ]);
    await run(client().send(new RevokeGrantCommand({ KeyId, GrantId })));
    expect((await kmsRefusal(describe())).code).toBe('AccessDeniedException');
    const again = kmsRefusal(run(client().send(new RevokeGrantCommand({ KeyId, GrantId }))));
    expect((await again).code).toBe('NotFoundException');
  });

  test('does not override a policy that denies', async () => {
    const { client, run, KeyId, grant } = await withKey();
    await grant();
    const Policy = JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: { AWS: OWNER }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Deny', Principal: { AWS: CONSUMER }, Action: 'kms:*', Resource: '*' },
      ],
    });
    await run(client().send(new PutKeyPolicyCommand({ KeyId, Policy })));
    const refused = run(client({ account: CONSUMER }).send(new DescribeKeyCommand({ KeyId })));
    expect((await kmsRefusal(refused)).code).toBe('AccessDeniedException');
  });

  test('with a name is idempotent, and without a name is created again', async () => {
    const { grant, world } = await withKey();
    const first = await grant({ Name: 'ebs' });
    const second = await grant({ Name: 'ebs' });
    expect(second.GrantId).toBe(first.GrantId);
    expect(second.GrantToken).not.toBe(first.GrantToken);
    expect((await grant({ Name: 'ebs', Operations: ['Decrypt'] })).GrantId).not.toBe(first.GrantId);
    expect((await grant()).GrantId).not.toBe((await grant()).GrantId);
    expect(world.keyGrants.all()).toHaveLength(4);
  });

  test('is listed by id, by grantee, and in pages', async () => {
    const { client, run, KeyId, grant } = await withKey();
    const { GrantId } = await grant();
    await grant({ GranteePrincipal: `arn:aws:iam::${OWNER}:role/x` });
    const list = async (given: object) => run(client().send(new ListGrantsCommand({ KeyId, ...given })));
    expect((await list({ GrantId })).Grants).toHaveLength(1);
    expect((await list({ GranteePrincipal: consumer })).Grants).toHaveLength(1);
    const first = await list({ Limit: 1 });
    expect(first).toMatchObject({ Truncated: true });
    expect((await list({ Limit: 1, Marker: first.NextMarker })).Truncated).toBe(false);
    expect((await kmsRefusal(list({ GrantId: 'x' }))).code).toBe('InvalidGrantIdException');
    expect((await kmsRefusal(list({ Limit: 101 }))).code).toBe('ValidationException');
  });

  test('can be retired by its issuer, its retiring principal, and a grantee with RetireGrant', async () => {
    const { client, run, KeyId, grant, world } = await withKey();
    const RetiringPrincipal = `arn:aws:iam::${other}:role/x`;
    const retire = async (account: string, given: Partial<CreateGrantCommandInput> = {}) => {
      const { GrantId, GrantToken } = await grant({ RetiringPrincipal, ...given });
      const named = account === OWNER ? { GrantToken } : { KeyId, GrantId };
      return run(client({ account }).send(new RetireGrantCommand(named)));
    };
    await retire(OWNER);
    await retire(other);
    await retire(CONSUMER, { Operations: ['RetireGrant'] });
    expect(world.keyGrants.all()).toEqual([]);
    expect((await kmsRefusal(retire(CONSUMER))).code).toBe('AccessDeniedException');
    expect(world.keyGrants.all()).toHaveLength(1);
  });

  test('is not created, revoked or retired with DryRun', async () => {
    const { client, run, KeyId, grant, world } = await withKey();
    expect((await kmsRefusal(grant({ DryRun: true }))).code).toBe('DryRunOperationException');
    const { GrantId } = await grant();
    const named = { KeyId, GrantId, DryRun: true };
    const revoked = kmsRefusal(run(client().send(new RevokeGrantCommand(named))));
    expect((await revoked).code).toBe('DryRunOperationException');
    const retired = kmsRefusal(run(client().send(new RetireGrantCommand(named))));
    expect((await retired).code).toBe('DryRunOperationException');
    expect(world.keyGrants.all()).toHaveLength(1);
  });
});

describe('KMS refuses', () => {
  test.each<[string, Partial<CreateGrantCommandInput>, string]>([
    ['without a grantee', { GranteePrincipal: undefined }, 'ValidationException'],
    ['for an account id as grantee', { GranteePrincipal: CONSUMER }, 'InvalidArnException'],
    ['with an invalid retiring principal', { RetiringPrincipal: 'x' }, 'InvalidArnException'],
    ['without operations', { Operations: [] }, 'ValidationException'],
    ['with an unknown operation', { Operations: ['Delete' as never] }, 'ValidationException'],
    ['with an operation for asymmetric keys', { Operations: ['Sign'] }, 'ValidationException'],
    ['with an invalid name', { Name: 'a b' }, 'ValidationException'],
    ['for a key named by its alias', { KeyId: 'alias/x' }, 'NotFoundException'],
    ['for a service principal', { GranteeServicePrincipal: 'x.amazonaws.com' }, 'NotEmulated'],
    ['with constraints', { Constraints: { SourceArn: 'arn:aws:ec2:::x' } }, 'NotEmulated'],
  ])('to create a grant %s', async (_, given, code) => {
    const { grant, world } = await withKey();
    expect((await kmsRefusal(grant(given))).code).toBe(code);
    expect(world.keyGrants.all()).toEqual([]);
  });

  test('to create a grant for a disabled key or for a caller without permission', async () => {
    const { client, run, KeyId, grant } = await withKey();
    expect((await kmsRefusal(grant({}, CONSUMER))).code).toBe('AccessDeniedException');
    await run(client().send(new DisableKeyCommand({ KeyId })));
    expect((await kmsRefusal(grant())).code).toBe('DisabledException');
  });

  test('to retire a grant with an unknown token, an incomplete name, or both token and name', async () => {
    const { client, run, KeyId } = await withKey();
    const retire = (given: object) => kmsRefusal(run(client().send(new RetireGrantCommand(given))));
    const GrantId = '0'.repeat(64);
    expect((await retire({ GrantToken: 'x' })).code).toBe('InvalidGrantTokenException');
    expect((await retire({ GrantId })).code).toBe('ValidationException');
    expect((await retire({ GrantId, KeyId: 'k' })).code).toBe('InvalidArnException');
    expect((await retire({ GrantId, KeyId })).code).toBe('NotFoundException');
    expect((await retire({ GrantToken: 'x', KeyId })).code).toBe('ValidationException');
  });
});
