import { onTestFinished } from 'vitest';
import { installClock } from '../../src/core/clock.ts';
import type { Fault } from '../../src/core/faults.ts';
import { perform, requestId } from '../../src/core/operation.ts';
import type { World } from '../../src/core/world.ts';
import { newWorld } from '../../src/new-world.ts';
import { services } from '../../src/services.ts';
import { holdDuringCalls, type WireClient } from '../../src/wire/hold.ts';
import { serve } from '../../src/wire/server.ts';

export const OWNER = '999988887777';
export const CONSUMER = '111122223333';
export const START = new Date('2026-11-21T03:00:00Z');

export interface ServedWorld {
  readonly world: World;
  readonly url: string;
  /** Options of an SDK client for this endpoint. */
  client(options?: { account?: string; region?: string }): ClientOptions;
  /** Stops time while this client calls, so that a slow machine does not use up the time that a waiter allows. */
  holdDuringCalls(client: WireClient): void;
}

interface ClientOptions {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
}

/**
 * A world behind an endpoint. One hour of the world's clock takes one real second. The clock and the endpoint
 * end with the test. The clients in the test use the same clock.
 */
export async function serveWorld({
  faults = [],
  seed = 7,
}: {
  faults?: Fault[];
  seed?: number;
} = {}): Promise<ServedWorld> {
  const clock = installClock(START, seed);
  onTestFinished(() => clock.uninstall());
  const world = newWorld({ seed, now: clock.now, faults });
  const time = clock.flow(3600);
  onTestFinished(() => time.stop());
  const server = await serve(0, {
    perform: ({ accessKey, ...call }) => {
      time.catchUp();
      return perform(services, world, { ...call, account: accessKey });
    },
    requestId: () => requestId(world),
    onSurprise: (error) => {
      throw error;
    },
  });
  onTestFinished(() => server.close());
  world.origin = server.url;
  return {
    world,
    url: server.url,
    client: ({ account = OWNER, region = 'eu-west-1' } = {}) => ({
      region,
      endpoint: server.url,
      credentials: { accessKeyId: account, secretAccessKey: 'any' },
      maxAttempts: 1,
    }),
    holdDuringCalls: (client) => holdDuringCalls(client, time),
  };
}
