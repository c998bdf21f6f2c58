import { GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import {
  DescribeKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GetKeyPolicyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { accountOf } from '../arns.ts';
import type { EbsEncryption } from '../build/encryption.ts';
import { AWS_MANAGED_KEY, type EncryptionKey, isUsable, type KeyUse } from '../build/encryption-key.ts';
import { readKeyPolicy } from '../build/key-policy.ts';
import { Denied, NotFound } from '../errors.ts';
import type { Clients } from './clients.ts';
import { isDryRunSuccess } from './error-codes.ts';

interface KeyPlace extends Pick<Clients, 'ec2'> {
  kms(region: string): KMSClient;
  /** The account of the pipeline. */
  readonly account: string;
}

/**
 * The encryption settings of EBS in a region; `undefined`: EBS does not encrypt by default, and the build does not use the default key
 * there. `isHome`: builders run in this region, and their volumes may use the default key even without encryption by default.
 */
export async function readEncryption(
  region: string,
  isHome: boolean,
  place: KeyPlace,
): Promise<EbsEncryption | undefined> {
  const ec2 = place.ec2(region);
  const { EbsEncryptionByDefault: byDefault = false } = await ec2.send(
    new GetEbsEncryptionByDefaultCommand({}),
  );
  if (!byDefault && !isHome) return undefined;
  const { KmsKeyId: id = AWS_MANAGED_KEY.id } = await ec2.send(new GetEbsDefaultKmsKeyIdCommand({}));
  return { byDefault, key: await readKey(id, region, place) };
}

/** A key by its ARN, its alias or the ARN of its alias. */
export async function readKey(
  given: string,
  region: string,
  { kms, account }: KeyPlace,
): Promise<EncryptionKey> {
  if (given === AWS_MANAGED_KEY.id) return AWS_MANAGED_KEY;
  const client = kms(region);
  const customer = { id: given, manager: 'customer', isSymmetric: true } as const;
  try {
    const { KeyMetadata: { Arn: id = given, KeyManager, KeyState, KeySpec, KeyUsage } = {} } =
      await client.send(new DescribeKeyCommand({ KeyId: given }));
    if (KeyManager === 'AWS') return { ...AWS_MANAGED_KEY, id };
    const isSymmetric = KeySpec === 'SYMMETRIC_DEFAULT' && KeyUsage === 'ENCRYPT_DECRYPT';
    const found = { ...customer, id, state: KeyState, isSymmetric };
    // A key that is not enabled refuses every use, so permissions do not matter.
    if (!isUsable(KeyState) || !isSymmetric) return { ...found, use: { is: 'allowed' } };
    const policy = accountOf(id) === account ? await policyOf(id, client) : undefined;
    const use = await useOf(id, policy, client, { account, region });
    return { ...found, use, ...(typeof policy === 'string' && { policy }) };
  } catch (error) {
    if (error instanceof NotFound) return { ...customer, state: undefined, use: { is: 'allowed' } };
    if (!(error instanceof Denied)) throw error;
    // A key policy may allow a role to use the key only through EC2. Then Plan cannot read the key.
    return { ...customer, state: 'Enabled', use: { is: 'unknown', why: error.message } };
  }
}

/**
 * Whether the pipeline may use a key. EC2 uses the key on behalf of the functions' roles, which may use every key through EC2 that its policy
 * leaves to IAM. A call with DryRun shows whether a policy of the organization or a permissions boundary forbids this, and changes nothing.
 */
async function useOf(
  id: string,
  policy: string | Denied | undefined,
  client: KMSClient,
  { account, region }: { account: string; region: string },
): Promise<KeyUse> {
  if (typeof policy === 'string') {
    const { missing, isLeftToIam, allowsDirectCalls } = readKeyPolicy(policy, { account, region });
    if (missing.length > 0)
      return { is: 'denied by the key', why: `its policy does not allow ${missing.join(', ')}` };
    if (!isLeftToIam || !allowsDirectCalls) return { is: 'allowed' };
  }
  const answer = await tryToEncrypt(id, client);
  if (answer === undefined) return { is: 'allowed' };
  if (policy instanceof Denied) return { is: 'unknown', why: policy.message };
  const { message } = answer;
  if (policy === undefined)
    return { is: 'denied by the key', why: `it is a key of another account (${message})` };
  return { is: 'denied by IAM', why: `its policy leaves this to IAM, and IAM denies it (${message})` };
}

async function policyOf(KeyId: string, client: KMSClient): Promise<string | Denied | undefined> {
  try {
    return (await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy;
  } catch (error) {
    if (error instanceof Denied) return error;
    throw error;
  }
}

/** Makes the call that EBS makes for a new volume. Returns the refusal, if KMS refuses the call. */
async function tryToEncrypt(KeyId: string, client: KMSClient): Promise<Denied | undefined> {
  const dryRun = new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', DryRun: true });
  try {
    await client.send(dryRun);
    return undefined;
  } catch (error) {
    if (isDryRunSuccess(error)) return undefined;
    if (error instanceof Denied) return error;
    throw error;
  }
}
