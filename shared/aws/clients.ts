import { EC2Client } from '@aws-sdk/client-ec2';
import { SSMClient } from '@aws-sdk/client-ssm';
import { StandardRetryStrategy } from '@smithy/core/retry';
import { isNoCapacity, translate } from './error-codes.ts';

/** The clients of AWS, one for each region, made when first asked for. Their errors are ours (`shared/errors.ts`). */
export interface Clients {
  ec2(region: string): EC2Client;
  ssm(region: string): SSMClient;
}

/** Calls in one attempt and its retries. Short bursts of throttling pass in these; the state machine retries for longer. */
const ATTEMPTS_MAX = 5;

/** The SDK's standard retries, but for lack of capacity: EC2 answers that as a server error, which waiting does not cure. */
class RetryUnlessNoCapacity extends StandardRetryStrategy {
  override refreshRetryTokenForRetry(
    ...[token, errorInfo]: Parameters<StandardRetryStrategy['refreshRetryTokenForRetry']>
  ) {
    if (isNoCapacity(errorInfo.error)) return Promise.reject(new Error('no retry: there is no capacity'));
    return super.refreshRetryTokenForRetry(token, errorInfo);
  }
}

/** `prepare` sees every client before its first use. */
export function createClients(prepare: (client: EC2Client | SSMClient) => void = () => {}): Clients {
  const once = <C>(create: (region: string) => C) => {
    const made = new Map<string, C>();
    return (region: string): C => {
      const client = made.get(region) ?? create(region);
      made.set(region, client);
      return client;
    };
  };
  // Given in full, so that no configuration file of the machine has a say in it.
  const options = (region: string) => ({
    region,
    maxAttempts: ATTEMPTS_MAX,
    retryStrategy: new RetryUnlessNoCapacity(ATTEMPTS_MAX),
  });
  return {
    ec2: once((region) => {
      const client = new EC2Client(options(region));
      client.middlewareStack.add(translating('ec2', region), OUTERMOST);
      prepare(client);
      return client;
    }),
    ssm: once((region) => {
      const client = new SSMClient(options(region));
      client.middlewareStack.add(translating('ssm', region), OUTERMOST);
      prepare(client);
      return client;
    }),
  };
}

const OUTERMOST = { step: 'initialize', priority: 'high', name: 'translateErrors' } as const;

function translating(service: string, region: string) {
  return <Arguments, Answer>(next: (args: Arguments) => Promise<Answer>, context: { commandName?: string }) =>
    async (args: Arguments): Promise<Answer> => {
      try {
        return await next(args);
      } catch (error) {
        const operation = context.commandName?.replace(/Command$/, '') ?? 'a call';
        throw translate(error, `${service}:${operation} in ${region}`);
      }
    };
}
