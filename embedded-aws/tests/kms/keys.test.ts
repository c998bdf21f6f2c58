import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { CONSUMER, FAR, OWNER, simulateEc2 } from '../simulated-ec2.ts';
import { kmsRefusal, simulateKms } from '../simulated-kms.ts';

function simulate() {
  const simulated = simulateEc2();
  const kms = simulateKms(simulated);
  return { ...simulated, ...kms, send: <T>(work: Promise<T>) => simulated.run(work) };
}

const UUID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const dayS = 86_400;

describe('a key', () => {
  test('is symmetric, enabled, and found by id, ARN and alias', async () => {
    const { client, run } = simulate();
    const { KeyMetadata } = await run(
      client().send(
        new CreateKeyCommand({ Description: 'golden', Tags: [{ TagKey: 'team', TagValue: 'images' }] }),
      ),
    );
    expect(KeyMetadata).toMatchObject({
      AWSAccountId: OWNER,
      Arn: `arn:aws:kms:eu-west-1:${OWNER}:key/${KeyMetadata?.KeyId}`,
      Description: 'golden',
      Enabled: true,
      KeyState: 'Enabled',
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
      MultiRegion: false,
    });
    const TargetKeyId = KeyMetadata?.KeyId;
    await run(client().send(new CreateAliasCommand({ AliasName: 'alias/golden', TargetKeyId })));
    const names = [
      TargetKeyId,
      KeyMetadata?.Arn,
      'alias/golden',
      `arn:aws:kms:eu-west-1:${OWNER}:alias/golden`,
    ];
    for (const KeyId of names) {
      const found = await run(client().send(new DescribeKeyCommand({ KeyId })));
      expect(found.KeyMetadata).toEqual(KeyMetadata);
    }
    const tags = await run(client().send(new ListResourceTagsCommand({ KeyId: TargetKeyId })));
    expect(tags).toMatchObject({ Tags: [{ TagKey: 'team', TagValue: 'images' }], Truncated: false });
  });

  test('with MultiRegion is a primary key with an mrk- id', async () => {
    const { client, run } = simulate();
    const { KeyMetadata } = await run(client().send(new CreateKeyCommand({ MultiRegion: true })));
    expect(KeyMetadata?.KeyId).toMatch(/^mrk-[0-9a-f]{32}$/);
    expect(KeyMetadata?.MultiRegionConfiguration).toMatchObject({
      MultiRegionKeyType: 'PRIMARY',
      ReplicaKeys: [],
    });
    const replica = client().send(new ReplicateKeyCommand({ KeyId: KeyMetadata?.KeyId, ReplicaRegion: FAR }));
    expect((await kmsRefusal(run(replica))).code).toBe('NotEmulated');
  });

  test('is created twice by two calls and listed in pages for its account and region', async () => {
    const { client, run, key } = simulate();
    const arns = [await key(), await key(), await key()];
    await key({}, { account: CONSUMER });
    await key({}, { region: FAR });
    const first = await run(client().send(new ListKeysCommand({ Limit: 2 })));
    expect(first.Truncated).toBe(true);
    const second = await run(client().send(new ListKeysCommand({ Limit: 2, Marker: first.NextMarker })));
    expect(second.Truncated).toBe(false);
    expect([...(first.Keys ?? []), ...(second.Keys ?? [])].map(({ KeyArn }) => KeyArn)).toEqual(arns);
  });

  test.each<[string, CreateKeyCommandInput, string]>([
    ['an asymmetric KeySpec', { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }, 'NotEmulated'],
    ['a KeyUsage that does not fit the KeySpec', { KeyUsage: 'SIGN_VERIFY' }, 'ValidationException'],
    ['imported key material', { Origin: 'EXTERNAL' }, 'NotEmulated'],
    ['a custom key store', { CustomKeyStoreId: 'cks-1' }, 'NotEmulated'],
    [
      'both KeySpec and CustomerMasterKeySpec',
      { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      'ValidationException',
    ],
    ['a description that is too long', { Description: 'x'.repeat(8193) }, 'ValidationException'],
    ['a reserved tag key', { Tags: [{ TagKey: 'aws:x', TagValue: '' }] }, 'TagException'],
    [
      'a duplicate tag key',
      {
        Tags: [
          { TagKey: 'x', TagValue: '' },
          { TagKey: 'x', TagValue: '' },
        ],
      },
      'TagException',
    ],
    ['an empty tag key', { Tags: [{ TagKey: '', TagValue: '' }] }, 'ValidationException'],
    [
      '51 tags',
      { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `${i}`, TagValue: '' })) },
      'LimitExceededException',
    ],
  ])('with %s is refused', async (_, given, code) => {
    const { client, run, world } = simulate();
    expect((await kmsRefusal(run(client().send(new CreateKeyCommand(given))))).code).toBe(code);
    expect(world.keys.all()).toEqual([]);
  });

  test.each([
    ['nothing', '', 'ValidationException', /length greater than or equal to 1/],
    ['an invalid id', 'golden', 'NotFoundException', /^Invalid keyId 'golden'$/],
    ['an ARN of another service', 'arn:aws:s3:::bucket', 'NotFoundException', /^Invalid arn/],
    [
      'an unknown key',
      UUID,
      'NotFoundException',
      /^Key 'arn:aws:kms:eu-west-1:999988887777:key\/1234abcd-.*' does not exist$/,
    ],
    [
      'an unknown alias',
      'alias/x',
      'NotFoundException',
      /^Alias arn:aws:kms:eu-west-1:999988887777:alias\/x is not found\.$/,
    ],
    [
      'a key ARN of another region',
      `arn:aws:kms:us-east-1:${OWNER}:key/${UUID}`,
      'NotFoundException',
      /^Invalid arn us-east-1$/,
    ],
    [
      'a key of another account',
      `arn:aws:kms:eu-west-1:${CONSUMER}:key/${UUID}`,
      'AccessDeniedException',
      /because the resource does not exist in this Region/,
    ],
    [
      'an alias of another account',
      `arn:aws:kms:eu-west-1:${CONSUMER}:alias/x`,
      'AccessDeniedException',
      /because the resource does not exist in this Region/,
    ],
    ['the AWS managed key of another service', 'alias/aws/s3', 'NotEmulated', /alias\/aws\/s3/],
  ])('cannot be described by %s', async (_, KeyId, code, message) => {
    const { client, run } = simulate();
    const refused = await kmsRefusal(run(client().send(new DescribeKeyCommand({ KeyId }))));
    expect(refused.code).toBe(code);
    expect(refused.message).toMatch(message);
  });

  test('can get a new description', async () => {
    const { client, run, key, world } = simulate();
    const KeyId = await key();
    await run(client().send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'other' })));
    expect(world.keys.all()[0]?.description).toBe('other');
    const tooLong = new UpdateKeyDescriptionCommand({ KeyId, Description: 'x'.repeat(8193) });
    expect((await kmsRefusal(run(client().send(tooLong)))).code).toBe('ValidationException');
  });

  test('is tagged and untagged', async () => {
    const { client, run, key, world } = simulate();
    const KeyId = await key();
    const tag = new TagResourceCommand({
      KeyId,
      Tags: [
        { TagKey: 'a', TagValue: '1' },
        { TagKey: 'b', TagValue: '2' },
      ],
    });
    await run(client().send(tag));
    await run(client().send(new UntagResourceCommand({ KeyId, TagKeys: ['a', 'never'] })));
    expect(world.keys.all()[0]?.tags).toEqual({ b: '2' });
    const many = Array.from({ length: 50 }, (_, i) => ({ TagKey: `${i}`, TagValue: '' }));
    const refused = kmsRefusal(run(client().send(new TagResourceCommand({ KeyId, Tags: many }))));
    expect((await refused).code).toBe('LimitExceededException');
  });
});

describe('the state of a key', () => {
  test('can be enabled and disabled repeatedly', async () => {
    const { client, run, key } = simulate();
    const KeyId = await key();
    const state = async () =>
      (await run(client().send(new DescribeKeyCommand({ KeyId })))).KeyMetadata?.KeyState;
    for (const [Command, expected] of [
      [DisableKeyCommand, 'Disabled'],
      [DisableKeyCommand, 'Disabled'],
      [EnableKeyCommand, 'Enabled'],
      [EnableKeyCommand, 'Enabled'],
    ] as const) {
      await run(client().send(new Command({ KeyId })));
      expect(await state()).toBe(expected);
    }
  });

  test('the key is deleted with its aliases and grants after the waiting period', async () => {
    const { client, run, key, pass, world } = simulate();
    const KeyId = await key();
    await run(client().send(new CreateAliasCommand({ AliasName: 'alias/golden', TargetKeyId: KeyId })));
    const scheduled = await run(
      client().send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })),
    );
    expect(scheduled).toMatchObject({ KeyId, KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
    const described = await run(client().send(new DescribeKeyCommand({ KeyId })));
    expect(described.KeyMetadata).toMatchObject({ Enabled: false, DeletionDate: scheduled.DeletionDate });
    await pass(7 * dayS - 60);
    expect(world.keys.all()).toHaveLength(1);
    await pass(120);
    expect(world.keys.all()).toEqual([]);
    expect(world.keyAliases.all()).toEqual([]);
    expect((await kmsRefusal(run(client().send(new DescribeKeyCommand({ KeyId }))))).code).toBe(
      'NotFoundException',
    );
  });

  test('the key is disabled when its deletion is cancelled, and a later deletion starts a new waiting period', async () => {
    const { client, run, key, pass, world } = simulate();
    const KeyId = await key();
    await run(client().send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 })));
    await pass(dayS);
    expect(await run(client().send(new CancelKeyDeletionCommand({ KeyId })))).toMatchObject({ KeyId });
    expect(world.keys.all()[0]).toMatchObject({ state: 'Disabled' });
    await run(client().send(new ScheduleKeyDeletionCommand({ KeyId })));
    await pass(8 * dayS);
    expect(world.keys.all()).toHaveLength(1);
    await pass(15 * dayS);
    await pass(10 * dayS);
    expect(world.keys.all()).toEqual([]);
  });

  test('refuses the operations that KMS refuses in that state', async () => {
    const { client, run, key } = simulate();
    const KeyId = await key();
    const refused = async (work: Promise<unknown>) => kmsRefusal(run(work));
    const cancelled = await refused(client().send(new CancelKeyDeletionCommand({ KeyId })));
    expect(cancelled).toMatchObject({
      code: 'KMSInvalidStateException',
      message: `${KeyId} is not pending deletion.`,
    });
    await run(client().send(new DisableKeyCommand({ KeyId })));
    expect(await refused(client().send(new EnableKeyRotationCommand({ KeyId })))).toMatchObject({
      code: 'DisabledException',
      message: `${KeyId} is disabled.`,
    });
    await run(client().send(new ScheduleKeyDeletionCommand({ KeyId })));
    const sent = client();
    for (const work of [
      () => sent.send(new EnableKeyCommand({ KeyId })),
      () => sent.send(new DisableKeyCommand({ KeyId })),
      () => sent.send(new ScheduleKeyDeletionCommand({ KeyId })),
      () => sent.send(new CreateAliasCommand({ AliasName: 'alias/x', TargetKeyId: KeyId })),
      () => sent.send(new TagResourceCommand({ KeyId, Tags: [] })),
      () => sent.send(new UntagResourceCommand({ KeyId, TagKeys: ['x'] })),
      () => sent.send(new UpdateKeyDescriptionCommand({ KeyId, Description: '' })),
      () => sent.send(new DisableKeyRotationCommand({ KeyId })),
    ]) {
      expect(await refused(work())).toMatchObject({
        code: 'KMSInvalidStateException',
        message: `${KeyId} is pending deletion.`,
      });
    }
  });

  test.each([6, 31])('deletion cannot be scheduled in %i days', async (PendingWindowInDays) => {
    const { client, run, key } = simulate();
    const KeyId = await key();
    const refused = client().send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays }));
    expect((await kmsRefusal(run(refused))).code).toBe('ValidationException');
  });
});

describe('an alias', () => {
  test('can be created, moved to another key and deleted', async () => {
    const { client, run, key } = simulate();
    const [one, two] = [await key(), await key()];
    await run(client().send(new CreateAliasCommand({ AliasName: 'alias/golden', TargetKeyId: one })));
    await run(client().send(new UpdateAliasCommand({ AliasName: 'alias/golden', TargetKeyId: two })));
    const { Aliases } = await run(client().send(new ListAliasesCommand({})));
    expect(Aliases).toMatchObject([{ AliasName: 'alias/golden', TargetKeyId: two.split('/')[1] }]);
    expect((await run(client().send(new ListAliasesCommand({ KeyId: one })))).Aliases).toEqual([]);
    await run(client().send(new DeleteAliasCommand({ AliasName: 'alias/golden' })));
    expect((await run(client().send(new ListAliasesCommand({})))).Aliases).toEqual([]);
    const again = client().send(new DeleteAliasCommand({ AliasName: 'alias/golden' }));
    expect((await kmsRefusal(run(again))).code).toBe('NotFoundException');
  });

  test.each([
    ['golden', 'ValidationException', 'Invalid identifier'],
    ['alias/', 'InvalidAliasNameException', 'Alias contains invalid characters'],
    ['alias/gold en', 'InvalidAliasNameException', 'Alias contains invalid characters'],
    ['alias/aws/ebs', 'NotAuthorizedException', 'Aliases that begin with alias/aws/ are reserved for AWS.'],
  ])('cannot have the name %s', async (AliasName, code, message) => {
    const { client, run, key } = simulate();
    const TargetKeyId = await key();
    for (const Command of [CreateAliasCommand, UpdateAliasCommand]) {
      const refused = await kmsRefusal(run(client().send(new Command({ AliasName, TargetKeyId }))));
      expect(refused).toMatchObject({ code, message });
    }
  });

  test('has a unique name and is created for the id of a key in the same account and region', async () => {
    const { client, run, key } = simulate();
    const TargetKeyId = await key();
    const create = (given: { AliasName?: string; TargetKeyId?: string } = {}) =>
      run(client().send(new CreateAliasCommand({ AliasName: 'alias/golden', TargetKeyId, ...given })));
    await create();
    expect(await kmsRefusal(create())).toMatchObject({
      code: 'AlreadyExistsException',
      message: `An alias with the name arn:aws:kms:eu-west-1:${OWNER}:alias/golden already exists`,
    });
    const byAlias = create({ AliasName: 'alias/other', TargetKeyId: 'alias/golden' });
    expect((await kmsRefusal(byAlias)).code).toBe('NotFoundException');
    const foreign = await key({}, { account: CONSUMER });
    const ofAnother = create({ AliasName: 'alias/other', TargetKeyId: foreign });
    expect((await kmsRefusal(ofAnother)).code).toBe('AccessDeniedException');
    const unknown = new UpdateAliasCommand({ AliasName: 'alias/unknown', TargetKeyId });
    expect((await kmsRefusal(run(client().send(unknown)))).code).toBe('NotFoundException');
    for (let turn = 1; turn < 50; turn++) await create({ AliasName: `alias/${turn}` });
    expect((await kmsRefusal(create({ AliasName: 'alias/50' }))).code).toBe('LimitExceededException');
  });
});

describe('rotation', () => {
  test('is off by default and can be turned on with a period and off', async () => {
    const { client, run, key, pass } = simulate();
    const KeyId = await key();
    const status = () => run(client().send(new GetKeyRotationStatusCommand({ KeyId })));
    expect(await status()).toMatchObject({ KeyId, KeyRotationEnabled: false });
    await run(client().send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 })));
    const first = await status();
    expect(first).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
    await pass(91 * dayS);
    const next = await status();
    expect(Number(next.NextRotationDate) - Number(first.NextRotationDate)).toBe(90 * dayS * 1000);
    await run(client().send(new DisableKeyRotationCommand({ KeyId })));
    expect((await status()).KeyRotationEnabled).toBe(false);
    await run(client().send(new EnableKeyRotationCommand({ KeyId })));
    expect((await status()).RotationPeriodInDays).toBe(365);
    const refused = client().send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 89 }));
    expect((await kmsRefusal(run(refused))).code).toBe('ValidationException');
  });
});

test('the AWS managed key of EBS is created when it is first described, and cannot be changed', async () => {
  const { client, run, world } = simulate();
  const describe = () => run(client().send(new DescribeKeyCommand({ KeyId: 'alias/aws/ebs' })));
  const { KeyMetadata } = await describe();
  expect(KeyMetadata).toMatchObject({ KeyManager: 'AWS', KeyState: 'Enabled' });
  expect((await describe()).KeyMetadata).toEqual(KeyMetadata);
  expect(world.keys.all()).toHaveLength(1);
  const KeyId = KeyMetadata?.KeyId;
  const rotation = await run(client().send(new GetKeyRotationStatusCommand({ KeyId })));
  expect(rotation).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 365 });
  for (const Command of [DisableKeyCommand, ScheduleKeyDeletionCommand, DisableKeyRotationCommand]) {
    const refused = await kmsRefusal(run(client().send(new Command({ KeyId }))));
    expect(refused.code).toBe('AccessDeniedException');
    expect(refused.message).toMatch(/because no resource-based policy allows the kms:\w+ action$/);
  }
});

test('an invalid marker is refused', async () => {
  const { client, run } = simulate();
  const refused = kmsRefusal(run(client().send(new ListKeysCommand({ Marker: 'x' }))));
  expect((await refused).code).toBe('InvalidMarkerException');
  const many = kmsRefusal(run(client().send(new ListKeysCommand({ Limit: 1001 }))));
  expect((await many).code).toBe('ValidationException');
});
