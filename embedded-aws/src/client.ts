import { retryMiddleware } from '@smithy/core/retry';
import { AwsError } from './core/errors.ts';
import { exceptionOf } from './core/exceptions.ts';
import { drawerOf, drawSeconds } from './core/latency.ts';
import { answerTo, requestId } from './core/operation.ts';
import type { Services } from './core/service.ts';
import { count, type World } from './core/world.ts';
import { accountOfAccessKey } from './sts/access-keys.ts';

/**
 * Connects a real SDK client to a world. The world answers at the first step of the client's middleware
 * stack, so nothing is serialised. The SDK's own retries still run, so the SDK retries a throttled or failed
 * call as it does on AWS.
 *
 * `account` is the calling account. With `signed`, the credentials of the client decide who calls, as on AWS: the client
 * acts for the role of a session. Each call takes simulated time unless `latency` is false.
 */
export function answerFrom(
  world: World,
  services: Services,
  client: SdkClient,
  account: string,
  { latency = true, signed = false }: { latency?: boolean; signed?: boolean } = {},
): void {
  const service = client.config.serviceId.toLowerCase();
  client.middlewareStack.add(
    (_next, context) => {
      const operation = String(context.commandName).replace(/Command$/, '');
      const answer = async ({ input }: { input: Record<string, unknown> }) => {
        const region = await client.config.region();
        const turn = count(world, 'call');
        const kind = services[service]?.operations[operation]?.kind ?? 'read';
        const own = services[service]?.latencies ?? {};
        const name = `api.${operation}`;
        const seconds =
          name in own ? drawerOf(own)(world.seed, name, turn) : drawSeconds(world.seed, `api.${kind}`, turn);
        const halfMs = (seconds * 1000) / 2;
        const sleep = latency ? wait : () => undefined;
        await sleep(halfMs);
        const $metadata = { httpStatusCode: 200, requestId: requestId(world) };
        try {
          const caller = signed ? await signer(world, client, account) : { account };
          const answer = answerTo(services, world, { service, operation, input, region, ...caller });
          const output = answer instanceof Promise ? await answer : answer;
          await sleep(halfMs);
          return { response: {}, output: { ...output, $metadata } };
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          await sleep(halfMs);
          throw exceptionOf(service, error, { ...$metadata, httpStatusCode: error.httpStatus });
        }
      };
      // biome-ignore lint/suspicious/noExplicitAny: the SDK's middleware types are bound to its transport, which is left out here.
      return retryMiddleware(client.config as any)(answer as any, context as any) as any;
    },
    { step: 'initialize', priority: 'high', name: 'embeddedAws' },
  );
}

/** Whom the credentials of a client belong to. */
async function signer(world: World, client: SdkClient, defaultAccount: string) {
  const { accessKeyId: accessKey, sessionToken } = await client.config.credentials();
  const account = accountOfAccessKey(world, { accessKey, sessionToken }, defaultAccount, world.now());
  return { account, accessKey };
}

/** The part of an SDK client that is used here. Every `@aws-sdk/client-*` has it. */
export interface SdkClient {
  readonly config: {
    readonly serviceId: string;
    readonly region: () => Promise<string>;
    readonly credentials: () => Promise<{ accessKeyId: string; sessionToken?: string | undefined }>;
  };
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: each client's stack is typed by its own inputs and outputs.
      middleware: (next: any, context: any) => any,
      options: { step: 'initialize'; priority: 'high'; name: string },
    ): void;
  };
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
