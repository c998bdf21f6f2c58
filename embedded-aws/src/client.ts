import { retryMiddleware } from '@smithy/core/retry';
import { AwsError } from './core/errors.ts';
import { exceptionOf } from './core/exceptions.ts';
import { drawerOf, drawSeconds } from './core/latency.ts';
import { answerTo, requestId } from './core/operation.ts';
import type { Services } from './core/service.ts';
import { count, type World } from './core/world.ts';

/**
 * Connects a real SDK client to a world. The world answers at the first step of the client's middleware
 * stack, so nothing is serialised. The SDK's own retries still run, so the SDK retries a throttled or failed
 * call as it does on AWS.
 *
 * `account` is the calling account. Each call takes simulated time unless `latency` is false.
 */
export function answerFrom(
  world: World,
  services: Services,
  client: SdkClient,
  account: string,
  { latency = true }: { latency?: boolean } = {},
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
          const answer = answerTo(services, world, { service, operation, input, account, region });
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

/** The part of an SDK client that is used here. Every `@aws-sdk/client-*` has it. */
export interface SdkClient {
  readonly config: { readonly serviceId: string; readonly region: () => Promise<string> };
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: each client's stack is typed by its own inputs and outputs.
      middleware: (next: any, context: any) => any,
      options: { step: 'initialize'; priority: 'high'; name: string },
    ): void;
  };
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
