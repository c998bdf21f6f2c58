import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Inspector2Client } from '@aws-sdk/client-inspector2';
import { KMSClient } from '@aws-sdk/client-kms';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { STSClient } from '@aws-sdk/client-sts';
import { StandardRetryStrategy } from '@smithy/core/retry';
import { accountOf } from '../arns.ts';
import { addCalls } from './call-count.ts';
import { isNoCapacity, translate } from './error-codes.ts';

/** The clients of EC2 and Systems Manager by region. All clients throw the error classes of `shared/errors.ts`. */
export interface Clients {
  ec2(region: string): EC2Client;
  ssm(region: string): SSMClient;
}

/** The first call and its retries. These cover short bursts of throttling. The state machine retries for longer. */
const ATTEMPTS_MAX = 5;

/** The SDK's standard retries, except for missing capacity: EC2 reports it as a server error, but a retry soon after does not help. */
class RetryUnlessNoCapacity extends StandardRetryStrategy {
  override refreshRetryTokenForRetry(
    ...[token, errorInfo]: Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>
  ) {
    if (isNoCapacity(errorInfo.error)) return Promise.reject(new Error('no retry: there is no capacity'));
    return super.refreshRetryTokenForRetry(token, errorInfo);
  }
}

/** Prepares a new client before its first use. `signed`: the client has credentials of its own, those of a role in another account. */
export type Prepare = (client: Client, signed?: boolean) => void;
export type Client =
  | EC2Client
  | AutoScalingClient
  | SSMClient
  | KMSClient
  | Inspector2Client
  | DynamoDBClient
  | SFNClient
  | SNSClient
  | STSClient
  | EventBridgeClient;

/**
 * Functions that create clients. Each step names the clients that it needs, so that its bundle does not contain the others. EC2, Systems
 * Manager, KMS, Inspector and Auto Scaling are called in many regions: the client of a region is created at its first use. The other services are called in the
 * region of the deployment.
 */
export const ec2 = (_home: string, prepare?: Prepare) =>
  byRegion((region) => ready(new EC2Client(options(region)), 'ec2', region, prepare));
export const ssm = (_home: string, prepare?: Prepare) =>
  byRegion((region) => ready(new SSMClient(options(region)), 'ssm', region, prepare));
export const kms = (_home: string, prepare?: Prepare) =>
  byRegion((region) => ready(new KMSClient(options(region)), 'kms', region, prepare));
export const inspector2 = (_home: string, prepare?: Prepare) =>
  byRegion((region) => ready(new Inspector2Client(options(region)), 'inspector2', region, prepare));
export const autoScaling = (_home: string, prepare?: Prepare) =>
  byRegion((region) => ready(new AutoScalingClient(options(region)), 'autoscaling', region, prepare));
/** Step Functions in any region: an execution may belong to a deployment in another region. */
export const sfnIn = (_home: string, prepare?: Prepare) => byRegion((region) => sfn(region, prepare));

type ClientMaker<C> = (region: string, prepare?: Prepare) => C;

export const dynamodb: ClientMaker<DynamoDBClient> = (region, prepare) =>
  ready(new DynamoDBClient(options(region)), 'dynamodb', region, prepare);
export const sfn: ClientMaker<SFNClient> = (region, prepare) =>
  ready(new SFNClient(options(region)), 'states', region, prepare);
export const sns: ClientMaker<SNSClient> = (region, prepare) =>
  ready(new SNSClient(options(region)), 'sns', region, prepare);
export const events: ClientMaker<EventBridgeClient> = (region, prepare) =>
  ready(new EventBridgeClient(options(region)), 'events', region, prepare);

/** Creates each client at its first use. `key`: for example its region. */
export function byRegion<C>(create: (key: string) => C): (key: string) => C {
  const created = new Map<string, C>();
  return (key) => {
    const client = created.get(key) ?? create(key);
    created.set(key, client);
    return client;
  };
}

// All options are set here, so that configuration files of the machine have no effect.
export const options = (region: string) => ({
  region,
  maxAttempts: ATTEMPTS_MAX,
  retryStrategy: new RetryUnlessNoCapacity(ATTEMPTS_MAX),
});

/** `role`: the role of another account whose credentials the client has; absent: the client has the credentials of the function. */
export function ready<C extends Client>(
  client: C,
  service: string,
  region: string,
  prepare: Prepare = () => {},
  role?: string,
): C {
  const stack = client.middlewareStack as EC2Client['middlewareStack'];
  stack.add(translating(service, region, role), OUTERMOST);
  prepare(client, role !== undefined);
  return client;
}

const OUTERMOST = { step: 'initialize', priority: 'high', name: 'translateErrors' } as const;

function translating(service: string, region: string, role?: string) {
  return <Arguments, Answer>(next: (args: Arguments) => Promise<Answer>, context: { commandName?: string }) =>
    async (args: Arguments): Promise<Answer> => {
      try {
        const answer = await next(args);
        countCalls((answer as Attempted & { output?: Attempted }).output);
        return answer;
      } catch (error) {
        countCalls(error as Attempted);
        const operation = context.commandName?.replace(/Command$/, '') ?? 'a call';
        const where = role === undefined ? region : `${region} of ${accountOf(role)}`;
        throw translate(error, `${service}:${operation} in ${where}`, role);
      }
    };
}

interface Attempted {
  readonly $metadata?: { readonly attempts?: number };
}

/** Counts a call and its retries, which the SDK reports with the answer. */
const countCalls = (answer: Attempted | undefined) => addCalls(answer?.$metadata?.attempts ?? 1);
