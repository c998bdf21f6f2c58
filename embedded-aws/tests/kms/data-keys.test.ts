import {
  CreateGrantCommand,
  DisableKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  type GenerateDataKeyWithoutPlaintextCommandInput,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { CONSUMER, OWNER, simulateEc2 } from '../simulated-ec2.ts';
import { kmsRefusal, simulateKms } from '../simulated-kms.ts';

async function withKey() {
  const simulated = simulateEc2();
  const kms = simulateKms(simulated);
  const KeyId = await kms.key();
  /** The error code of a call. With DryRun, a call that would succeed also ends in an error. */
  const codeOf = async (
    given: Partial<GenerateDataKeyWithoutPlaintextCommandInput> = {},
    account: string = OWNER,
  ) => {
    const asked = { KeyId, KeySpec: 'AES_256' as const, DryRun: true, ...given };
    const work = kms.client({ account }).send(new GenerateDataKeyWithoutPlaintextCommand(asked));
    return (await kmsRefusal(simulated.run(work))).code;
  };
  return { ...kms, run: simulated.run, KeyId, codeOf };
}

describe('GenerateDataKeyWithoutPlaintext with DryRun', () => {
  test('returns DryRunOperationException if the call would succeed', async () => {
    const { codeOf } = await withKey();
    expect(await codeOf()).toBe('DryRunOperationException');
    expect(await codeOf({ KeySpec: undefined, NumberOfBytes: 64, EncryptionContext: { a: 'b' } })).toBe(
      'DryRunOperationException',
    );
  });

  test('returns the error that the parameters, the key or its state would cause', async () => {
    const { client, run, KeyId, codeOf } = await withKey();
    expect(await codeOf({ KeySpec: undefined })).toBe('ValidationException');
    expect(await codeOf({ NumberOfBytes: 64 })).toBe('ValidationException');
    expect(await codeOf({ KeySpec: undefined, NumberOfBytes: 1025 })).toBe('ValidationException');
    expect(await codeOf({ KeyId: '0'.repeat(8) })).toBe('NotFoundException');
    await run(client().send(new DisableKeyCommand({ KeyId })));
    expect(await codeOf()).toBe('DisabledException');
    await run(client().send(new ScheduleKeyDeletionCommand({ KeyId })));
    expect(await codeOf()).toBe('KMSInvalidStateException');
  });

  test('checks the key policy and the grants', async () => {
    const { client, run, KeyId, codeOf } = await withKey();
    expect(await codeOf({}, CONSUMER)).toBe('AccessDeniedException');
    const grant = { KeyId, GranteePrincipal: `arn:aws:iam::${CONSUMER}:root` };
    await run(
      client().send(new CreateGrantCommand({ ...grant, Operations: ['GenerateDataKeyWithoutPlaintext'] })),
    );
    expect(await codeOf({}, CONSUMER)).toBe('DryRunOperationException');
    const Policy = JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: { AWS: OWNER }, Action: ['kms:Put*', 'kms:Get*'], Resource: '*' },
        {
          Effect: 'Allow',
          Principal: '*',
          Action: 'kms:GenerateDataKey*',
          Resource: '*',
          Condition: { StringEquals: { 'kms:ViaService': 'ec2.us-east-1.amazonaws.com' } },
        },
      ],
    });
    await run(client().send(new PutKeyPolicyCommand({ KeyId, Policy })));
    // A direct call to KMS has no kms:ViaService.
    expect(await codeOf()).toBe('AccessDeniedException');
  });
});

test('GenerateDataKeyWithoutPlaintext without DryRun is refused as not emulated', async () => {
  const { codeOf } = await withKey();
  expect(await codeOf({ DryRun: false })).toBe('NotEmulated');
});
