import { SFNClient } from '@aws-sdk/client-sfn';
import {
  GetCallerIdentityCommand,
  type GetCallerIdentityCommandOutput,
  STSClient,
} from '@aws-sdk/client-sts';
import { foreignPartition, foreignRegionFix } from '../../shared/recipe/regions.ts';
import type { BuildPlace } from '../screen/report.ts';
import { type CallFailure, callAws } from './aws-call.ts';

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

/**
 * Finds out whose credentials the AWS SDK's default chain has (environment, profile, single sign-on, …), and for which region. Refuses
 * other partitions than the pipeline's: a region before AWS is called at all, credentials after the one call that tells of them.
 */
export async function findDeployment(
  wanted: string | undefined,
): Promise<Deployment | { failure: CallFailure }> {
  const sts = new STSClient({ ...(wanted !== undefined && { region: wanted }), requestHandler });
  const identity = { action: 'sts:GetCallerIdentity', on: 'everything' };
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
    const profile = 'set AWS_PROFILE to an account of the aws partition; the pipeline works in no other';
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
export const placeOf = ({ account, region, endpoint }: Deployment): BuildPlace => ({
  world: 'aws',
  account,
  region,
  ...(endpoint !== undefined && { endpoint }),
});
