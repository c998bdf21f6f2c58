import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import { StateMachine } from 'aws-local-stepfunctions';
import type { World } from '../aws/world.ts';
import { type Invoke, invokeLambda, LambdaError } from './lambda.ts';

/**
 * One execution of a state machine, run by aws-local-stepfunctions on the clock of the simulation. `onEvent` is told of every
 * event as it happens.
 */
export interface Execution {
  readonly name: string;
  readonly arn: string;
  readonly startTime: number;
  /** Settles when the execution has ended, however it ended. */
  readonly result: Promise<ExecutionResult>;
  /** Stops it, as StopExecution does: at once, and without any Catch. A function that is under way goes on to its end. */
  stop(): void;
}

export interface ExecutionResult {
  readonly status: Exclude<ExecutionStatus, 'RUNNING' | 'PENDING_REDRIVE'>;
  /** The last state's output, where there is one. */
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** What happened in an execution; a part of the library's own events. */
export interface ExecutionEvent {
  readonly type: string;
  /** Milliseconds since the epoch, simulated. */
  readonly timestamp: number;
  readonly state?: { readonly name: string; readonly type: string; readonly output?: unknown };
  readonly Error?: string;
  readonly Cause?: unknown;
}

export interface StartOptions {
  readonly world: World;
  /** Amazon States Language, as JSON, with the ARNs of functions in `Resource`. */
  readonly definition: object;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input: unknown;
  /** The function behind each Task state, by the state's name. */
  readonly functions: Readonly<Record<string, Invoke>>;
  readonly onEvent?: (event: ExecutionEvent) => void;
}

/** Names that StartExecution takes: 1 to 80 of these, the set that also suits CloudWatch Logs (AWS.md §4.2). */
const NAME = /^[0-9A-Za-z_-]{1,80}$/;

export function startExecution(options: StartOptions): Execution {
  const { world, definition, stateMachineArn, name, input, functions, onEvent } = options;
  if (!NAME.test(name)) throw new LambdaError('InvalidName', `Invalid Name: '${name}'`);
  const machine = new StateMachine(definition as ConstructorParameters<typeof StateMachine>[0]);
  const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const startTime = world.now();
  const region = arn.split(':')[3] ?? '';
  const handlers = Object.fromEntries(
    Object.entries(functions).map(([state, invoke]) => [
      state,
      (payload: unknown) => invokeLambda(world, region, state, invoke, payload),
    ]),
  );
  const run = machine.run(input as Parameters<StateMachine['run']>[0], {
    overrides: { taskResourceLocalHandlers: handlers as never },
    context: {
      Execution: { Id: arn, Name: name },
      StateMachine: { Id: stateMachineArn, Name: stateMachineArn.split(':').at(-1) },
    },
  });
  const events = followEvents(run.eventLogs, onEvent);
  const result = run.result.then(
    async (output): Promise<ExecutionResult> => {
      await events;
      return { status: 'SUCCEEDED', output };
    },
    async (thrown): Promise<ExecutionResult> => {
      const last = await events;
      if (last?.type === 'ExecutionAborted') return { status: 'ABORTED' };
      if (last?.type !== 'ExecutionFailed') throw thrown;
      return { status: 'FAILED', error: last.Error, cause: String(last.Cause) };
    },
  );
  return { name, arn, startTime, result, stop: run.abort };
}

/** Passes the events on, and returns the last. */
async function followEvents(
  events: AsyncIterable<unknown>,
  onEvent: (event: ExecutionEvent) => void = () => {},
): Promise<ExecutionEvent | undefined> {
  let last: ExecutionEvent | undefined;
  for await (const event of events) {
    last = event as ExecutionEvent;
    onEvent(last);
  }
  return last;
}
