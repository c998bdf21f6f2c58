import { CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { answerFrom } from '../src/client.ts';
import { CONSUMER, HOME, OWNER, type SimulatedEc2, services } from './simulated-ec2.ts';

export { refusal as kmsRefusal } from './refusal.ts';

/** KMS in the world of a simulated EC2. */
export interface SimulatedKms {
  client(options?: { account?: string; region?: string }): KMSClient;
  /** Creates a key of the owner in the home region and returns the key's ARN. */
  key(given?: CreateKeyCommandInput, from?: { account?: string; region?: string }): Promise<string>;
}

export function simulateKms({ world, run }: Pick<SimulatedEc2, 'world' | 'run'>): SimulatedKms {
  const client: SimulatedKms['client'] = ({ account = OWNER, region = HOME } = {}) => {
    const made = new KMSClient({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' });
    answerFrom(world, services, made, account);
    return made;
  };
  return {
    client,
    key: async (given = {}, from = {}) => {
      const { KeyMetadata } = await run(client(from).send(new CreateKeyCommand(given)));
      return KeyMetadata?.Arn ?? '';
    },
  };
}

/**
 * The key policy statements that share a key with another account for EBS (KMS developer guide,
 * Cross-account access).
 */
export function sharedKeyPolicy(account: string = CONSUMER, owner: string = OWNER): string {
  const other = { AWS: `arn:aws:iam::${account}:root` };
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${owner}:root` }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: other,
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Principal: other,
        Action: ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant'],
        Resource: '*',
        Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      },
    ],
  });
}
