import { SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Place } from '../screen/report.ts';
import { type Trouble, tried } from './aws-trouble.ts';

/** The name of the state machine that bakes, in every deployment. */
export const MACHINE = 'golden-image-bake';

/** The deployed pipeline in one account and region, as its user's own credentials reach it. */
export interface Deployment {
  readonly account: string;
  readonly region: string;
  /** Who the credentials are of. */
  readonly caller: string;
  /** Where AWS is asked, if not at its own addresses. */
  readonly endpoint: string | undefined;
  readonly sfn: SFNClient;
  readonly machineArn: string;
  executionArn(name: string): string;
}

/** Calls are few and small: one that takes longer is lost, as when a machine wakes up with its connections gone. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };

/** That neither an option nor the user's settings name a region. */
class NoRegion extends Error {
  override name = 'NoRegion';
}

/** Finds out whose credentials the AWS SDK's default chain has (environment, profile, single sign-on, …), and for which region. */
export function findDeployment(region: string | undefined): Promise<Deployment | { trouble: Trouble }> {
  return tried(find(region), { action: 'sts:GetCallerIdentity', on: 'everything' });
}

async function find(wanted: string | undefined): Promise<Deployment> {
  const sts = new STSClient({ ...(wanted !== undefined && { region: wanted }), requestHandler });
  const region = await regionOf(sts);
  const { Account: account = '', Arn: caller = '' } = await sts.send(new GetCallerIdentityCommand({}));
  const sfn = new SFNClient({ region, requestHandler });
  const [, partition = 'aws'] = caller.split(':');
  const arnOf = (type: string, name: string) =>
    `arn:${partition}:states:${region}:${account}:${type}:${name}`;
  return {
    account,
    region,
    caller,
    // Of the environment or the profile.
    endpoint: await sfn.config.serviceConfiguredEndpoint?.(),
    sfn,
    machineArn: arnOf('stateMachine', MACHINE),
    executionArn: (name) => arnOf('execution', `${MACHINE}:${name}`),
  };
}

async function regionOf({ config }: STSClient): Promise<string> {
  try {
    return await config.region();
  } catch {
    throw new NoRegion('Neither --region nor AWS_REGION nor the profile names a region');
  }
}

/** The place of a build in a report. */
export const placeOf = ({ account, region, endpoint }: Deployment): Place => ({
  world: 'aws',
  account,
  region,
  ...(endpoint !== undefined && { endpoint }),
});
