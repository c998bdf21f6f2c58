import { SFNClient } from '@aws-sdk/client-sfn';
import {
  GetCallerIdentityCommand,
  type GetCallerIdentityCommandOutput,
  STSClient,
} from '@aws-sdk/client-sts';
import { foreignPartition, foreignRegionFix } from '../../shared/recipe/regions.ts';
import type { BuildPlace } from '../screen/report.ts';
import { type CallFailure, callAws } from './aws-call.ts';

/** The name of the state machine that builds images. It is the same in every deployment. */
export const MACHINE = 'golden-image-bake';

/** The deployed pipeline in one account and region, called with the user's own credentials. */
export interface Deployment {
  readonly account: string;
  readonly region: string;
  /** The ARN of the identity that the credentials belong to. */
  readonly caller: string;
  /** The endpoint of the calls, if it is not one of AWS's own endpoints. */
  readonly endpoint: string | undefined;
  readonly sfn: SFNClient;
  readonly machineArn: string;
  executionArn(name: string): string;
}

/** The calls are few and small. A call that takes longer is lost, for example after the computer slept and its connections closed. */
export const requestHandler = {
  connectionTimeout: 5_000,
  requestTimeout: 30_000,
  throwOnRequestTimeout: true,
};

/** Neither an option nor the user's settings name a region. */
class NoRegion extends Error {
  override name = 'NoRegion';
}

/**
 * Finds the user's credentials and region with the AWS SDK's default chain (environment, profile, single sign-on, …). Refuses other
 * partitions than the pipeline's: a region before any AWS call, and credentials after one call that shows their partition.
 */
export async function findDeployment(
  wanted: string | undefined,
): Promise<Deployment | { failure: CallFailure }> {
  const sts = new STSClient({ ...(wanted !== undefined && { region: wanted }), requestHandler });
  const endpoint = await endpointOf(sts);
  const identity = { action: 'sts:GetCallerIdentity', on: '*', endpoint };
  const found = await callAws(
    regionOf(sts).then((region) => ({ region })),
    identity,
  );
  if ('failure' in found) return found;
  const { region } = found;
  const fix = foreignRegionFix(region);
  if (fix !== undefined)
    return { failure: anotherPartition(`found the region ${region} of another partition`, fix) };
  const caller = await callAws(sts.send(new GetCallerIdentityCommand({})), identity);
  if ('failure' in caller) return caller;
  const partition = foreignPartition(caller.Arn ?? '');
  if (partition !== undefined) {
    const profile =
      'set AWS_PROFILE to an account of the aws partition, the only one that the pipeline supports';
    return { failure: anotherPartition(`found credentials of the partition ${partition}`, profile) };
  }
  return deploymentIn(region, caller);
}

const anotherPartition = (found: string, fix: string): CallFailure => ({
  kind: 'partition',
  name: 'AnotherPartition',
  found,
  fix,
});

async function deploymentIn(
  region: string,
  { Account: account = '', Arn: caller = '' }: GetCallerIdentityCommandOutput,
): Promise<Deployment> {
  const sfn = new SFNClient({ region, requestHandler });
  const arnOf = (type: string, name: string) => `arn:aws:states:${region}:${account}:${type}:${name}`;
  return {
    account,
    region,
    caller,
    endpoint: await endpointOf(sfn),
    sfn,
    machineArn: arnOf('stateMachine', MACHINE),
    executionArn: (name) => arnOf('execution', `${MACHINE}:${name}`),
  };
}

/** The endpoint from the environment or the profile. */
const endpointOf = async ({ config }: STSClient | SFNClient): Promise<string | undefined> =>
  config.serviceConfiguredEndpoint?.();

async function regionOf({ config }: STSClient): Promise<string> {
  try {
    return await config.region();
  } catch {
    throw new NoRegion('Neither --region nor AWS_REGION nor the profile names a region');
  }
}

/** The place of a build in a report. */
export const placeOf = ({ account, region, endpoint }: Deployment): BuildPlace => ({
  world: 'aws',
  account,
  region,
  ...(endpoint !== undefined && { endpoint }),
});
