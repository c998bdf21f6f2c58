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
 * What EBS encrypts with in a region; `undefined`: EBS does not encrypt by default, and nothing else there takes the default key.
 * `isHome`: volumes are made there, which may take it all the same.
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
    // A key that encrypts nothing now refuses every use, whoever asks.
    const use = isUsable(KeyState) ? await useOf(id, client, { account, region }) : AWS_MANAGED_KEY.use;
    return { ...customer, state: KeyState, use };
  } catch (error) {
    if (error instanceof NotFound) return { ...customer, state: undefined, use: { is: 'allowed' } };
    if (!(error instanceof Denied)) throw error;
    // A policy may let a role use a key through EC2 alone, and so hide it from Plan.
    return { ...customer, state: 'Enabled', use: { is: 'unknown', why: error.message } };
  }
}

/**
 * Whether the pipeline may use a key. EC2 uses it in the name of the functions' roles, which have no rights on keys of their own: so the
 * key's policy must let them. What it leaves to IAM, KMS is asked by a call with DryRun, which changes nothing.
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
    owner === account ? 'its policy leaves that to IAM policies' : `it is a key of the account ${owner}`;
  return { is: 'denied', why: `${why}, and the roles of the pipeline have no right on keys` };
}

async function policyOf(KeyId: string, client: KMSClient): Promise<string | Denied | undefined> {
  try {
    return (await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy;
  } catch (error) {
    if (error instanceof Denied) return error;
    throw error;
  }
}

/** What EBS asks of a key for a new volume. */
async function mayEncrypt(KeyId: string, client: KMSClient): Promise<boolean> {
  const asked = new GenerateDataKeyWithoutPlaintextCommand({ KeyId, KeySpec: 'AES_256', DryRun: true });
  try {
    await client.send(asked);
    return true;
  } catch (error) {
    if (isDryRunSuccess(error)) return true;
    if (error instanceof Denied) return false;
    throw error;
  }
}
