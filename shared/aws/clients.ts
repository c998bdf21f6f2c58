import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Inspector2Client } from '@aws-sdk/client-inspector2';
import { KMSClient } from '@aws-sdk/client-kms';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SSMClient } from '@aws-sdk/client-ssm';
import { StandardRetryStrategy } from '@smithy/core/retry';
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

/** Prepares a new client before its first use. */
export type Prepare = (client: Client) => void;
type Client =
  | EC2Client
  | AutoScalingClient
  | SSMClient
  | KMSClient
  | Inspector2Client
  | DynamoDBClient
  | SFNClient
  | SNSClient
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

function byRegion<C>(create: (region: string) => C): (region: string) => C {
  const created = new Map<string, C>();
  return (region) => {
    const client = created.get(region) ?? create(region);
    created.set(region, client);
    return client;
  };
}

// All options are set here, so that configuration files of the machine have no effect.
const options = (region: string) => ({
  region,
  maxAttempts: ATTEMPTS_MAX,
  retryStrategy: new RetryUnlessNoCapacity(ATTEMPTS_MAX),
});

function ready<C extends Client>(client: C, service: string, region: string, prepare: Prepare = () => {}): C {
  const stack = client.middlewareStack as EC2Client['middlewareStack'];
  stack.add(translating(service, region), OUTERMOST);
  prepare(client);
  return client;
}

const OUTERMOST = { step: 'initialize', priority: 'high', name: 'translateErrors' } as const;

function translating(service: string, region: string) {
  return <Arguments, Answer>(next: (args: Arguments) => Promise<Answer>, context: { commandName?: string }) =>
    async (args: Arguments): Promise<Answer> => {
      try {
        const answer = await next(args);
        countCalls((answer as Attempted & { output?: Attempted }).output);
        return answer;
      } catch (error) {
        countCalls(error as Attempted);
        const operation = context.commandName?.replace(/Command$/, '') ?? 'a call';
        throw translate(error, `${service}:${operation} in ${region}`);
      }
    };
}

interface Attempted {
  readonly $metadata?: { readonly attempts?: number };
}

/** Counts a call and its retries, which the SDK reports with the answer. */
const countCalls = (answer: Attempted | undefined) => addCalls(answer?.$metadata?.attempts ?? 1);
