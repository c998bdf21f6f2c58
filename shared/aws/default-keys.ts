import { GetEbsDefaultKmsKeyIdCommand, GetEbsEncryptionByDefaultCommand } from '@aws-sdk/client-ec2';
import {
  DescribeKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GetKeyPolicyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import {
  AWS_MANAGED_KEY,
  type DefaultKey,
  type EbsEncryption,
  isUsable,
  type KeyUse,
} from '../build/encryption.ts';
import { readKeyPolicy } from '../build/key-policy.ts';
import { Denied, NotFound } from '../errors.ts';
import { accountOf } from './arns.ts';
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

async function readKey(id: string, region: string, { kms, account }: KeyPlace): Promise<DefaultKey> {
  if (id === AWS_MANAGED_KEY.id) return AWS_MANAGED_KEY;
  const client = kms(region);
  const customer = { id, manager: 'customer' } as const;
  try {
    const { KeyMetadata: { KeyManager, KeyState } = {} } = await client.send(
      new DescribeKeyCommand({ KeyId: id }),
    );
    if (KeyManager === 'AWS') return { ...AWS_MANAGED_KEY, id };
    // A key that is not enabled refuses every use, so permissions do not matter.
    const use = isUsable(KeyState) ? await useOf(id, client, { account, region }) : AWS_MANAGED_KEY.use;
    return { ...customer, state: KeyState, use };
  } catch (error) {
    if (error instanceof NotFound) return { ...customer, state: undefined, use: { is: 'allowed' } };
    if (!(error instanceof Denied)) throw error;
    // A key policy may allow a role to use the key only through EC2. Then Plan cannot read the key.
    return { ...customer, state: 'Enabled', use: { is: 'unknown', why: error.message } };
  }
}

/**
 * Whether the pipeline may use a key. EC2 uses the key on behalf of the functions' roles. These roles have no permissions on keys, so the
 * key's policy must allow the use. If the key policy leaves the decision to IAM, a call with DryRun shows the decision and changes nothing.
 */
async function useOf(
  id: string,
  client: KMSClient,
  { account, region }: { account: string; region: string },
): Promise<KeyUse> {
  const owner = accountOf(id);
  const policy = owner === account ? await policyOf(id, client) : undefined;
  if (typeof policy === 'string') {
    const { missing, isLeftToIam } = readKeyPolicy(policy, { account, region });
    if (missing.length > 0) return { is: 'denied', why: `its policy does not allow ${missing.join(', ')}` };
    if (!isLeftToIam) return { is: 'allowed' };
  }
  if (await mayEncrypt(id, client)) return { is: 'allowed' };
  if (policy instanceof Denied) return { is: 'unknown', why: policy.message };
  const why =
    owner === account ? 'its policy leaves this to IAM policies' : `it is a key of the account ${owner}`;
  return { is: 'denied', why: `${why}, and the pipeline's roles have no permissions on keys` };
}

async function policyOf(KeyId: string, client: KMSClient): Promise<string | Denied | undefined> {
  try {
    return (await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy;
  } catch (error) {
    if (error instanceof Denied) return error;
    throw error;
  }
}

/** Makes the call that EBS makes for a new volume. */
async function mayEncrypt(KeyId: string, client: KMSClient): Promise<boolean> {
  const dryRun = new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', DryRun: true });
  try {
    await client.send(dryRun);
    return true;
  } catch (error) {
    if (isDryRunSuccess(error)) return true;
    if (error instanceof Denied) return false;
    throw error;
  }
}
