import { StateMachine } from 'aws-local-stepfunctions';
import { isExecutionFault, strike } from '../core/faults.ts';
import type { World } from '../core/world.ts';
import { asJson } from '../lambda/run-function.ts';
import { letters } from '../sts/callers.ts';
import { type Definition, placedStates, RESUMED, resumedAt, runnable } from './definition.ts';
import { type Ending, endExecution, endingType } from './ending.ts';
import type { ExecutionEvent } from './execution-event.ts';
import { currentInput } from './executions.ts';
import { historyOf } from './history.ts';
import { checkSize, invokeLambda, killed, LambdaError, TerminalError } from './invoke-lambda.ts';
import type { ExecutionRecord } from './records.ts';
import { type LibraryEvent, over, scribe } from './scribe.ts';

/** An execution that is under way in this process. */
export interface Execution {
  readonly name: string;
  readonly arn: string;
  readonly startTime: number;
  /** Settles when the execution has ended, however it ended. */
  readonly result: Promise<ExecutionResult>;
  /** Stops it, as StopExecution does: at once, and without any Catch. A function that is under way goes on to its end. */
  stop(reason?: { readonly error?: string; readonly cause?: string }): void;
  /** Tells of every event from now on. */
  listen(onEvent: (event: ExecutionEvent) => void): void;
}

export interface ExecutionResult extends Omit<Ending, 'output'> {
  /** The last state's output, where there is one. */
  readonly output?: unknown;
}

/**
 * A standard execution has so many events in its history, the last of them being its failure (Step Functions developer guide,
 * "Service quotas").
 */
const HISTORY_EVENTS_MAX = 25_000;

/** Definitions that nothing is wrong with. */
const valid = new Set<string>();

/**
 * Runs an execution of the world from where it is: from its start, or from the state that it was in when its process ended. The
 * library aws-local-stepfunctions goes from state to state, on timers; what it does is written into the execution's record.
 */
export function runExecution(world: World, arn: string): Execution {
  const record = world.executions.get(arn) as ExecutionRecord;
  const { name, startDate, current } = record;
  const whole: Definition = JSON.parse(record.machine.definition);
  const input: unknown = JSON.parse(currentInput(record));
  const definition = current === undefined ? whole : resumedAt(whole, { ...current, input }, world.now());
  const states = placedStates(definition);
  const { promise: result, resolve, reject } = Promise.withResolvers<ExecutionResult>();
  const listeners: ((event: ExecutionEvent) => void)[] = [];
  const tell = (event: ExecutionEvent) => {
    for (const listener of listeners) listener(event);
  };

  let isOver = false;
  const history = historyOf(world, arn);
  const end = (ending: Ending) => {
    if (isOver) return;
    isOver = true;
    disarm();
    endExecution(world, arn, ending, history);
    written.close();
    run.abort();
    const { output, error, cause, status } = ending;
    tell({ type: endingType(ending), timestamp: world.now(), ...(error && { Error: error }), Cause: cause });
    resolve({
      status,
      ...(output !== undefined && { output: JSON.parse(output) }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    });
  };
  const fail = ({ name: error, message: cause }: Error) => end({ status: 'FAILED', error, cause });
  const written = scribe({
    states,
    isOver: () => isOver,
    length: history.length,
    add: (event) => {
      if (history.length() + 1 < HISTORY_EVENTS_MAX) return history.add(event);
      const cause = `The execution reached the maximum number of history events (${HISTORY_EVENTS_MAX}).`;
      fail(new TerminalError('States.Runtime', cause));
      return history.length();
    },
  });

  const role = { arn: record.machine.roleArn, sessionName: letters(world.seed, 32, 'states session', arn) };
  const perform = async (state: string, payload: unknown): Promise<unknown> => {
    const { Resource: resource = '', TimeoutSeconds } = states.get(state)?.state ?? {};
    const entry = await written.entered(state);
    const event = asJson(payload);
    checkSize(state, event);
    const invocation = written.scheduled(entry, { resource, payload: event, timeoutSeconds: TimeoutSeconds });
    if (isOver) throw over();
    try {
      const answer = await invokeLambda(world, { state, resource, role }, event);
      invocation.succeeded(answer);
      return JSON.parse(answer);
    } catch (error) {
      if (error instanceof LambdaError) invocation.failed(error);
      throw error;
    }
  };
  const tasks = [...states].filter(([, { state }]) => state.Type === 'Task');
  const handlers = tasks.map(([state]) => [state, (payload: unknown) => perform(state, payload)]);
  const [, , , , , , machineName] = record.stateMachineArn.split(':');
  const ids = { Id: arn, Name: name };
  const machine = new StateMachine(
    runnable(definition) as unknown as ConstructorParameters<typeof StateMachine>[0],
    // A definition that was resumed was looked at when it began; and each is looked at once, since that takes as long as a whole bake.
    { validationOptions: { noValidate: current !== undefined || valid.has(record.machine.definition) } },
  );
  valid.add(record.machine.definition);
  if (current !== undefined) {
    const left = record.history.at(-1)?.at(-1);
    if (left?.type === 'LambdaFunctionScheduled' || left?.type === 'LambdaFunctionStarted') {
      const { name: error, message: cause } = killed();
      history.add({ type: 'LambdaFunctionFailed', previous: history.length(), error, cause });
    }
    const hasLeft = left?.type.endsWith('StateExited') && left.name === current.state;
    written.resume(hasLeft ? undefined : current.state);
  }
  const run = machine.run(input as Parameters<StateMachine['run']>[0], {
    overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) as never },
    context: {
      Execution: ids,
      Run: {
        ...ids,
        Input: JSON.parse(record.input),
        RedriveCount: 0,
        RoleArn: record.machine.roleArn,
        StartTime: new Date(startDate).toISOString(),
      },
      StateMachine: { Id: record.stateMachineArn, Name: machineName },
    },
  });
  // What it says of the end is among its events.
  run.result.catch(() => {});
  const disarm = alarm(world, whole.TimeoutSeconds, startDate, () => end({ status: 'TIMED_OUT' }));

  const show = (event: LibraryEvent) => {
    if (isOver) return;
    switch (event.type) {
      case 'ExecutionSucceeded':
        return end({ status: 'SUCCEEDED', output: asJson(event.output) });
      case 'ExecutionFailed':
        written.failed();
        return end(failureOf(event));
    }
    try {
      written.write(event);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      return fail(error);
    }
    tell(event);
    if (event.type === 'StateEntered' && isAborted(world, record, event.state?.name)) {
      end({ status: 'ABORTED' });
    }
  };
  follow(world, run.eventLogs, show).catch(reject);
  const execution: Execution = {
    name,
    arn,
    startTime: startDate,
    result,
    stop: (reason = {}) => end({ status: 'ABORTED', ...reason }),
    listen: (onEvent) => listeners.push(onEvent),
  };
  world.running.set(arn, execution);
  const forget = () => world.running.delete(arn);
  result.then(forget, forget);
  return execution;
}

/** Whether a fault has somebody stop the execution in this state. */
function isAborted(world: World, { region }: ExecutionRecord, name: string | undefined): boolean {
  return strike(world, isExecutionFault, region, ({ state }) => state === name) !== undefined;
}

/** Passes the library's events on, in our time; a wait that was resumed is the wait itself. */
async function follow(
  world: World,
  events: AsyncIterable<unknown>,
  show: (event: LibraryEvent) => void,
): Promise<void> {
  for await (const event of events as AsyncIterable<LibraryEvent>) {
    const { state } = event;
    const name = state?.name.startsWith(RESUMED) ? state.name.slice(RESUMED.length) : state?.name;
    show({
      ...event,
      timestamp: world.now(),
      ...(state === undefined || name === undefined ? {} : { state: { ...state, name } }),
    });
  }
}

/** The words that the library puts where a Fail state, or a task that timed out, says nothing. */
const LIBRARY_WORDS = ['FailStateError', 'Execution failed because of a Fail state', 'States.Timeout'];

function failureOf({ Error: error, Cause }: LibraryEvent): Ending {
  const cause = typeof Cause === 'string' ? Cause : JSON.stringify(Cause);
  return {
    status: 'FAILED',
    ...(error !== undefined && error !== LIBRARY_WORDS[0] && { error }),
    ...(cause !== undefined && !LIBRARY_WORDS.includes(cause) && { cause }),
  };
}

/** Rings when a machine that names a time-out has had all of it, also over several runs. Returns how to be spared it. */
function alarm(world: World, seconds: number | undefined, since: number, ring: () => void): () => void {
  if (seconds === undefined) return () => {};
  const timer = setTimeout(ring, Math.max(0, since + seconds * 1000 - world.now()));
  return () => clearTimeout(timer);
}
