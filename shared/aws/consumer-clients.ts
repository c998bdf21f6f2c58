import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { byRegion, type Clients, options, type Prepare, ready } from './clients.ts';

/** The clients that act in a consumer account, by the ARN of its role. */
export type Consumers = (role: string) => Clients;

/** The name of the sessions. CloudTrail shows it in the consumer account. */
const SESSION_NAME = 'golden-image-pipeline';

/**
 * Creates clients with the credentials of roles in other accounts. The session begins with the first call, and the SDK renews it before it
 * expires. A function that itself runs in a role gets at most one hour (STS API reference, AssumeRole: role chaining).
 */
export const consumers = (home: string, prepare?: Prepare): Consumers => {
  // The endpoint of a region gives credentials that are valid in every region (IAM user guide, "Manage AWS STS in an AWS Region").
  const sts = byRegion((region) => ready(new STSClient(options(region)), 'sts', region, prepare));
  return byRegion((role) => {
    const credentials = () => assume(role, sts(home));
    return {
      ec2: byRegion((region) =>
        ready(new EC2Client({ ...options(region), credentials }), 'ec2', region, prepare, role),
      ),
      ssm: byRegion((region) =>
        ready(new SSMClient({ ...options(region), credentials }), 'ssm', region, prepare, role),
      ),
    };
  });
};

async function assume(RoleArn: string, sts: STSClient) {
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: SESSION_NAME }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken, Expiration } = Credentials ?? {};
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken !== undefined && { sessionToken: SessionToken }),
    ...(Expiration !== undefined && { expiration: Expiration }),
  };
}
