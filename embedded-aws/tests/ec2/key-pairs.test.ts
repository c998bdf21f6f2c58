import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import {
  CreateKeyPairCommand,
  type CreateKeyPairCommandInput,
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  type EC2Client,
  ImportKeyPairCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { refusal, simulateEc2 } from '../simulated-ec2.ts';

function simulate() {
  const simulated = simulateEc2();
  const sent = <T>(work: (ec2: EC2Client) => Promise<T>) => simulated.run(work(simulated.client()));
  return {
    ...simulated,
    create: (input: Partial<CreateKeyPairCommandInput> = {}) =>
      sent((ec2) => ec2.send(new CreateKeyPairCommand({ KeyName: 'mine', ...input }))),
    imported: (text: string, KeyName = 'theirs') =>
      sent((ec2) => ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: Buffer.from(text) }))),
    described: async (input = {}) => {
      const answer = await sent((ec2) => ec2.send(new DescribeKeyPairsCommand(input)));
      return answer.KeyPairs ?? [];
    },
    remove: (input = {}) => sent((ec2) => ec2.send(new DeleteKeyPairCommand(input))),
  };
}

describe('a key pair', () => {
  test('of type RSA works, and has the fingerprint of its private key', async () => {
    const { create, described } = simulate();
    const made = await create({
      TagSpecifications: [{ ResourceType: 'key-pair', Tags: [{ Key: 'a', Value: '1' }] }],
    });
    const key = createPrivateKey(made.KeyMaterial ?? '');
    const digest = createHash('sha1')
      .update(key.export({ type: 'pkcs8', format: 'der' }))
      .digest('hex');
    expect(made.KeyFingerprint?.replaceAll(':', '')).toBe(digest);
    const [shown] = await described({ IncludePublicKey: true, Filters: [{ Name: 'tag:a', Values: ['1'] }] });
    expect(shown).toMatchObject({ KeyName: 'mine', KeyType: 'rsa', KeyPairId: made.KeyPairId });
    const [, blob = ''] = shown?.PublicKey?.split(' ') ?? [];
    const { n = '' } = createPublicKey(key).export({ format: 'jwk' });
    expect(Buffer.from(blob, 'base64').includes(Buffer.from(n, 'base64url'))).toBe(true);
    expect((await described())[0]?.PublicKey).toBeUndefined();
  });

  test('of type ED25519 is written in OpenSSH format', async () => {
    const { create, world } = simulate();
    const { KeyMaterial = '', KeyFingerprint } = await create({ KeyType: 'ed25519' });
    expect(KeyMaterial).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    const blob = Buffer.from(world.keyPairs.all()[0]?.publicKey.split(' ')[1] ?? '', 'base64');
    const whole = Buffer.from(KeyMaterial.split('\n').slice(1, -2).join(''), 'base64');
    expect(whole.subarray(0, 15).toString()).toBe('openssh-key-v1\0');
    // The file contains the public key twice: outside, and beside the private key.
    expect(whole.indexOf(blob)).toBeLessThan(whole.lastIndexOf(blob));
    expect(KeyFingerprint).toBe(createHash('sha256').update(blob).digest('base64'));
  });

  test.each([
    ['a repeated name', {}, 'InvalidKeyPair.Duplicate'],
    ['no name', { KeyName: undefined }, 'MissingParameter'],
    ['a long name', { KeyName: 'x'.repeat(256) }, 'InvalidParameterValue'],
    ['a name with a space at its end', { KeyName: 'x ' }, 'InvalidParameterValue'],
    ['an unknown type', { KeyName: 'x', KeyType: 'dsa' as 'rsa' }, 'InvalidParameterValue'],
    ["PuTTY's format", { KeyName: 'x', KeyFormat: 'ppk' }, 'NotEmulated'],
    ['DryRun', { KeyName: 'x', DryRun: true }, 'DryRunOperation'],
  ] as [string, Partial<CreateKeyPairCommandInput>, string][])(
    'is refused with %s',
    async (_name, input, code) => {
      const { create, world } = simulate();
      await create({ KeyType: 'ed25519' });
      expect((await refusal(create(input))).code).toBe(code);
      expect(world.keyPairs.all()).toHaveLength(1);
    },
  );

  test('is deleted by name or id, and deleting it again succeeds', async () => {
    const { create, described, remove } = simulate();
    const { KeyPairId } = await create({ KeyType: 'ed25519' });
    expect(await remove({ KeyName: 'mine' })).toMatchObject({ Return: true, KeyPairId });
    expect(await remove({ KeyPairId })).toMatchObject({ Return: true });
    expect(await described()).toEqual([]);
    expect((await refusal(described({ KeyNames: ['mine'] }))).message).toBe(
      "The key pair 'mine' does not exist",
    );
    expect((await refusal(described({ KeyPairIds: [KeyPairId] }))).code).toBe('InvalidKeyPair.NotFound');
    expect((await refusal(remove({}))).code).toBe('MissingParameter');
    expect((await refusal(remove({ KeyName: 'a', KeyPairId }))).code).toBe('InvalidParameterCombination');
  });
});

describe('an imported key', () => {
  test('can be in OpenSSH or DER format, and has the fingerprint of its public key', async () => {
    const { create, imported, world } = simulate();
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const der = publicKey.export({ type: 'spki', format: 'der' });
    const digest = createHash('md5').update(der).digest('hex');
    const first = await imported(der.toString('base64'));
    expect(first.KeyFingerprint?.replaceAll(':', '')).toBe(digest);
    const line = world.keyPairs.get(first.KeyPairId ?? '')?.publicKey ?? '';
    const second = await imported(`${line} somebody@somewhere\n`, 'again');
    expect(second.KeyFingerprint).toBe(first.KeyFingerprint);
    await create({ KeyType: 'ed25519' });
    const [, , own] = world.keyPairs.all();
    expect(await imported(own?.publicKey ?? '', 'third')).toMatchObject({ KeyFingerprint: own?.fingerprint });
  });

  const short = generateKeyPairSync('rsa', { modulusLength: 512 }).publicKey;
  test.each([
    ['an incomplete key', 'ssh-rsa AAAA'],
    ['text that is not a key', 'hello'],
    ['an unsupported curve', 'ecdsa-sha2-nistp256 AAAAE2VjZHNh'],
    ['too few bits', short.export({ type: 'spki', format: 'der' }).toString('base64')],
    ['a broken ED25519 key', `ssh-ed25519 ${Buffer.from('nonsense').toString('base64')}`],
  ])('is refused: %s', async (_name, text) => {
    const { imported } = simulate();
    expect((await refusal(imported(text))).code).toBe('InvalidKey.Format');
  });
});
