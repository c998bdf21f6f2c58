import { StateMachine } from 'aws-local-stepfunctions';
import { strike } from '../core/faults.ts';
import type { World } from '../core/world.ts';
import { asJson } from '../lambda/run-function.ts';
import { letters } from '../sts/callers.ts';
import { type Definition, forLibrary, placedStates, RESUMED, resumedAt } from './definition.ts';
import { type Ending, endExecution, endingType } from './ending.ts';
import type { ExecutionEvent } from './execution-event.ts';
import { currentInput } from './executions.ts';
import { historyOf } from './history.ts';
import { checkSize, invokeLambda, killed, LambdaError, TerminalError } from './invoke-lambda.ts';
import type { ExecutionRecord } from './records.ts';
import { createScribe, executionEnded, type LibraryEvent } from './scribe.ts';

/** An execution that runs in this process. */
export interface Execution {
  readonly name: string;
  readonly arn: string;
  readonly startTime: number;
  /** Resolves when the execution has ended, also if it failed. */
  readonly result: Promise<ExecutionResult>;
  /**
   * Stops the execution immediately, as StopExecution does. No Catch runs. A running function continues to its end.
   */
  stop(reason?: { readonly error?: string; readonly cause?: string }): void;
  /** Calls `onEvent` for every event from now on. */
  listen(onEvent: (event: ExecutionEvent) => void): void;
}

export interface ExecutionResult extends Omit<Ending, 'output'> {
  /** The output of the last state, if there is one. */
  readonly output?: unknown;
}

/**
 * The maximum number of events in the history of a standard execution; the last event is the failure (Step
 * Functions developer guide, "Service quotas").
 */
const HISTORY_EVENTS_MAX = 25_000;

/** Definitions that passed validation. */
const valid = new Set<string>();

/**
 * Runs an execution of the world from its present position: from its start, or from the state in which its process
 * ended. The library aws-local-stepfunctions moves from state to state with timers. Its events are written into the
 * execution's record.
 */
export function runExecution(world: World, arn: string): Execution {
  const record = world.executions.get(arn) as ExecutionRecord;
  const { name, startDate, current } = record;
  const fullDefinition: Definition = JSON.parse(record.machine.definition);
  const input: unknown = JSON.parse(currentInput(record));
  const definition =
    current === undefined ? fullDefinition : resumedAt(fullDefinition, { ...current, input }, world.now());
  const states = placedStates(definition);
  const { promise: result, resolve, reject } = Promise.withResolvers<ExecutionResult>();
  const listeners: ((event: ExecutionEvent) => void)[] = [];
  const notify = (event: ExecutionEvent) => {
    for (const listener of listeners) listener(event);
  };

  let hasEnded = false;
  const history = historyOf(world, arn);
  const end = (ending: Ending) => {
    if (hasEnded) return;
    hasEnded = true;
    cancelTimeout();
    endExecution(world, arn, ending, history);
    recorder.close();
    run.abort();
    const { output, error, cause, status } = ending;
    notify({
      type: endingType(ending),
      timestamp: world.now(),
      ...(error && { Error: error }),
      Cause: cause,
    });
    resolve({
      status,
      ...(output !== undefined && { output: JSON.parse(output) }),
      ...(error !== undefined && { error }),
      ...(cause !== undefined && { cause }),
    });
  };
  const fail = ({ name: error, message: cause }: Error) => end({ status: 'FAILED', error, cause });
  const recorder = createScribe({
    states,
    hasEnded: () => hasEnded,
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
    const entry = await recorder.entered(state);
    const event = asJson(payload);
    checkSize(state, event);
    const invocation = recorder.scheduled(entry, {
      resource,
      payload: event,
      timeoutSeconds: TimeoutSeconds,
    });
    if (hasEnded) throw executionEnded();
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
    forLibrary(definition) as unknown as ConstructorParameters<typeof StateMachine>[0],
    // The definition of a resumed execution was validated when the execution started. Each definition is validated
    // once, because validation takes as long as a whole build.
    { validationOptions: { noValidate: current !== undefined || valid.has(record.machine.definition) } },
  );
  valid.add(record.machine.definition);
  if (current !== undefined) {
    const lastEvent = record.history.at(-1)?.at(-1);
    if (lastEvent?.type === 'LambdaFunctionScheduled' || lastEvent?.type === 'LambdaFunctionStarted') {
      const { name: error, message: cause } = killed();
      history.add({ type: 'LambdaFunctionFailed', previous: history.length(), error, cause });
    }
    const hasExited = lastEvent?.type.endsWith('StateExited') && lastEvent.name === current.state;
    recorder.resume(hasExited ? undefined : current.state);
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
  // The library's events report the end.
  run.result.catch(() => {});
  const cancelTimeout = startTimeout(world, fullDefinition.TimeoutSeconds, startDate, () =>
    end({ status: 'TIMED_OUT' }),
  );

  const handle = (event: LibraryEvent) => {
    if (hasEnded) return;
    switch (event.type) {
      case 'ExecutionSucceeded':
        return end({ status: 'SUCCEEDED', output: asJson(event.output) });
      case 'ExecutionFailed':
        recorder.failed();
        return end(failureOf(event));
    }
    try {
      recorder.write(event);
    } catch (error) {
      if (!(error instanceof TerminalError)) throw error;
      return fail(error);
    }
    notify(event);
    if (event.type === 'StateEntered' && isAborted(world, record, event.state?.name)) {
      end({ status: 'ABORTED' });
    }
  };
  follow(world, run.eventLogs, handle).catch(reject);
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

/** Whether a fault stops the execution in this state. */
function isAborted(world: World, { region }: ExecutionRecord, name: string | undefined): boolean {
  return strike(world, 'execution', region, ({ state }) => state === name) !== undefined;
}

/**
 * Passes on the library's events with the world's time. The state that finishes a resumed wait gets the name of the
 * wait.
 */
async function follow(
  world: World,
  events: AsyncIterable<unknown>,
  handle: (event: LibraryEvent) => void,
): Promise<void> {
  for await (const event of events as AsyncIterable<LibraryEvent>) {
    const { state } = event;
    const name = state?.name.startsWith(RESUMED) ? state.name.slice(RESUMED.length) : state?.name;
    handle({
      ...event,
      timestamp: world.now(),
      ...(state === undefined || name === undefined ? {} : { state: { ...state, name } }),
    });
  }
}

/** Texts of the library for a Fail state or a timed-out task that has no text. */
const LIBRARY_TEXTS = ['FailStateError', 'Execution failed because of a Fail state', 'States.Timeout'];

function failureOf({ Error: error, Cause }: LibraryEvent): Ending {
  const cause = typeof Cause === 'string' ? Cause : JSON.stringify(Cause);
  return {
    status: 'FAILED',
    ...(error !== undefined && error !== LIBRARY_TEXTS[0] && { error }),
    ...(cause !== undefined && !LIBRARY_TEXTS.includes(cause) && { cause }),
  };
}

/**
 * Calls `onTimeout` when the timeout of the state machine has passed since the start, even over several runs. Returns
 * a function that cancels it.
 */
function startTimeout(
  world: World,
  seconds: number | undefined,
  since: number,
  onTimeout: () => void,
): () => void {
  if (seconds === undefined) return () => {};
  const timer = setTimeout(onTimeout, Math.max(0, since + seconds * 1000 - world.now()));
  return () => clearTimeout(timer);
}
