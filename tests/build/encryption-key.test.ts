import { describe, expect, test } from 'vitest';
import { type EncryptionKey, type KeyInUse, keyRefusals } from '../../shared/build/encryption-key.ts';

const id = 'arn:aws:kms:us-east-1:999988887777:key/0f3a8e1c-0000-4000-8000-000000000001';
const key: EncryptionKey = {
  id,
  manager: 'customer',
  state: 'Enabled',
  isSymmetric: true,
  use: { is: 'allowed' },
};
const refusals = (change: Partial<EncryptionKey>, by: KeyInUse['by'] = 'recipe', isHome = true) =>
  keyRefusals({ region: 'us-east-1', isHome, key: { ...key, ...change }, by }, '999988887777');

describe('a key', () => {
  test('is accepted if it is enabled and the pipeline may use it, or if this is unknown', () => {
    expect(refusals({})).toEqual([]);
    expect(refusals({ state: 'Updating' })).toEqual([]);
    expect(refusals({ use: { is: 'unknown', why: 'a reason' } })).toEqual([]);
  });

  test('is refused if it is not symmetric', () => {
    expect(refusals({ isSymmetric: false })).toEqual([
      `encryption.keys names ${id} in us-east-1, but this key is not a symmetric encryption key, and EBS supports no other keys: ` +
        'name another key for us-east-1 in encryption.keys',
    ]);
  });

  test.each([
    'Disabled',
    'PendingDeletion',
    'PendingReplicaDeletion',
    'PendingImport',
    'Unavailable',
    'Creating',
    'New',
  ])('is refused in the state %s, with the fix for the recipe or the account', (state) => {
    expect(refusals({ state })).toEqual([
      expect.stringMatching(
        new RegExp(`but this key is ${state}: .*name another key for us-east-1 in encryption.keys$`),
      ),
    ]);
    expect(refusals({ state }, 'account')).toEqual([
      expect.stringMatching(
        new RegExp(`^EBS encrypts with .* but this key is ${state}: .*choose another default key`),
      ),
    ]);
  });

  test.each([
    [true, 'npm run deploy'],
    [
      false,
      'aws cloudformation deploy --region us-east-1 --stack-name golden-image-keys --template-file .serverless/keys.json',
    ],
  ])(
    'of the stack is refused if it does not exist, with the command that creates it (home: %s)',
    (isHome, command) => {
      expect(refusals({ id: 'alias/golden-images', state: undefined }, 'stack', isHome)).toEqual([
        'encryption.keys is stack, which is alias/golden-images in us-east-1, but this key does not exist: ' +
          `create it (${command}), or name your own keys in encryption.keys`,
      ]);
    },
  );

  test('is refused without a statement to add if a policy other than its own denies the use', () => {
    const [message] = refusals({ use: { is: 'denied by IAM', why: 'a reason' } });
    expect(message).toContain(
      'the pipeline may not use this key, because a reason: allow the use in the policies of the organization and in the permissions ' +
        'boundary of the roles, or name another key',
    );
  });
});
