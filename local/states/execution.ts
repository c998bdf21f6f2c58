import type { ExecutionStatus } from '@aws-sdk/client-sfn';
import { StateMachine } from 'aws-local-stepfunctions';
import type { World } from '../aws/world.ts';
import { checkSize, type Invoke, invokeLambda, LambdaError, TerminalError } from './lambda.ts';

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
  /** The time-out of the function behind a Task state, by the state's name; absent: it has all the time. */
  readonly timeoutSeconds?: Readonly<Record<string, number>>;
  readonly onEvent?: (event: ExecutionEvent) => void;
}

/**
 * Names that StartExecution takes: 1 to 80 of these, the set that also suits CloudWatch Logs (Step Functions API reference,
 * StartExecution).
 */
const NAME = /^[0-9A-Za-z_-]{1,80}$/;

/**
 * A standard execution has so many events in its history, the last of them being its failure: 2 for each state, 3 more for each
 * invocation of a function (Step Functions developer guide, "Service quotas").
 */
const HISTORY_EVENTS_MAX = 25_000;

/** The longest that a timer can be set to is 24 days; AWS waits 99,999,999 seconds. */
const TASK_SECONDS_MAX = 2_000_000;

/** The definition with the time that AWS gives to a task which names none. The library gives it a minute. */
function patient(definition: unknown): unknown {
  if (typeof definition !== 'object' || definition === null) return definition;
  if (Array.isArray(definition)) return definition.map(patient);
  const fields = Object.entries(definition).map(([key, value]) => [key, patient(value)]);
  const copy: Record<string, unknown> = Object.fromEntries(fields);
  const isTask = copy.Type === 'Task' && 'Resource' in copy;
  if (isTask && !('TimeoutSecondsPath' in copy)) copy.TimeoutSeconds ??= TASK_SECONDS_MAX;
  return copy;
}

export function startExecution(options: StartOptions): Execution {
  const { world, definition, stateMachineArn, name, input, functions, timeoutSeconds, onEvent } = options;
  if (!NAME.test(name)) throw new LambdaError('InvalidName', `Invalid Name: '${name}'`);
  const machine = new StateMachine(patient(definition) as ConstructorParameters<typeof StateMachine>[0]);
  const arn = `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
  const startTime = world.now();
  const region = arn.split(':')[3] ?? '';
  // The library has no limits. An execution that breaks one is aborted, and what the library says of its end is replaced.
  let broken: TerminalError | undefined;
  const fail = (error: TerminalError) => {
    broken ??= error;
    run.abort();
  };
  let historyEvents = 0;
  const addToHistory = (events: number) => {
    historyEvents += events;
    if (historyEvents < HISTORY_EVENTS_MAX) return;
    const cause = `The execution reached the maximum number of history events (${HISTORY_EVENTS_MAX}).`;
    fail(new TerminalError('States.Runtime', cause));
  };
  const handlers = Object.fromEntries(
    Object.entries(functions).map(([state, invoke]) => [
      state,
      (payload: unknown) => {
        addToHistory(3);
        return invokeLambda(world, region, state, invoke, payload, timeoutSeconds?.[state]);
      },
    ]),
  );
  const run = machine.run(input as Parameters<StateMachine['run']>[0], {
    overrides: { taskResourceLocalHandlers: handlers as never },
    context: {
      Execution: { Id: arn, Name: name },
      StateMachine: { Id: stateMachineArn, Name: stateMachineArn.split(':').at(-1) },
    },
  });
  const events = followEvents(run.eventLogs, (event) => {
    if (event.type === 'StateExited' && event.state !== undefined) {
      try {
        checkSize(event.state.name, JSON.stringify(event.state.output ?? null));
      } catch (error) {
        fail(error as TerminalError);
      }
    }
    if (event.type === 'StateEntered' || event.type === 'StateExited') addToHistory(1);
    const isEnd = /^Execution(Aborted|Failed|Succeeded)$/.test(event.type);
    const shown: ExecutionEvent =
      broken && isEnd
        ? { type: 'ExecutionFailed', timestamp: event.timestamp, Error: broken.name, Cause: broken.message }
        : event;
    onEvent?.(shown);
    return shown;
  });
  const result = run.result.then(
    async (output): Promise<ExecutionResult> => {
      const last = await events;
      return last?.type === 'ExecutionFailed' ? failure(last) : { status: 'SUCCEEDED', output };
    },
    async (thrown): Promise<ExecutionResult> => {
      const last = await events;
      if (last?.type === 'ExecutionAborted') return { status: 'ABORTED' };
      if (last?.type !== 'ExecutionFailed') throw thrown;
      return failure(last);
    },
  );
  return { name, arn, startTime, result, stop: run.abort };
}

function failure({ Error: error, Cause }: ExecutionEvent): ExecutionResult {
  return { status: 'FAILED', ...(error !== undefined && { error }), cause: String(Cause) };
}

/** Passes the events on, and returns the last as it was shown. */
async function followEvents(
  events: AsyncIterable<unknown>,
  show: (event: ExecutionEvent) => ExecutionEvent,
): Promise<ExecutionEvent | undefined> {
  let last: ExecutionEvent | undefined;
  for await (const event of events) last = show(event as ExecutionEvent);
  return last;
}
