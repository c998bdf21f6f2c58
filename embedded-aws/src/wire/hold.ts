import type { FlowingTime } from '../core/clock.ts';

/**
 * Lets simulated time stand still while a client's call is on the wire. What takes a few real milliseconds would otherwise take
 * simulated minutes at a high speed, and whoever waits with a time limit would give up. Only each attempt is held, since the pauses
 * between them are simulated time.
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

/** As much of an SDK client as is needed here; every `@aws-sdk/client-*` has it. */
export interface WireClient {
  readonly middlewareStack: {
    add(
      // biome-ignore lint/suspicious/noExplicitAny: each client's stack is typed by its own inputs and outputs.
      middleware: (next: any) => any,
      options: { step: 'deserialize'; priority: 'high'; name: string },
    ): void;
  };
}
