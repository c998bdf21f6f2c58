import type { FlowingTime } from '../core/clock.ts';

/**
 * Stops simulated time while a client's call is on the wire. At a high speed, a call of a few real milliseconds would
 * otherwise take simulated minutes, and a caller with a timeout would give up. Each attempt is held separately,
 * because the pauses between attempts are simulated time.
 */
export function holdDuringCalls(client: WireClient, time: FlowingTime): void {
  client.middlewareStack.add(
    (next) => async (args: unknown) => {
      const release = time.hold();
      try {
        return await next(args);
      } finally {
        release();
      }
    },
    { step: 'deserialize', priority: 'high', name: 'holdTime' },
  );
}

/** The part of an SDK client that is used here. Every `@aws-sdk/client-*` has it. */
export interface WireClient {
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: each client's stack is typed by its own inputs and outputs.
      middleware: (next: any) => any,
      options: { step: 'deserialize'; priority: 'high'; name: string },
    ): void;
  };
}
