import { asJson } from '../lambda/run-function.ts';
import { itemsOf, type Placed } from './definition.ts';
import type { ExecutionEvent } from './execution-event.ts';
import type { NewEvent } from './history.ts';
import { checkSize, type LambdaError, TerminalError } from './invoke-lambda.ts';

/** The part of an event of aws-local-stepfunctions that is read here. */
export interface LibraryEvent extends ExecutionEvent {
  readonly state?: {
    readonly name: string;
    readonly type: string;
    readonly input: unknown;
    readonly output?: unknown;
  };
  /** The Map or Parallel state of an iteration or a branch. */
  readonly parentState?: { readonly name: string };
  /** Index of an iteration. */
  readonly index?: number;
  readonly output?: unknown;
}

/** One entry into a Task state, or one retry of the task. */
export interface Entry {
  readonly state: string;
  readonly thread: string;
}

export interface Invocation {
  succeeded(answer: string): void;
  failed(error: LambdaError): void;
}

/**
 * Writes the history of an execution from the library's events and the invocations of functions. The library reports
 * the entry into a Task state shortly after it calls the handler. The handler waits for that with `entered`, so that
 * the history has the entry first.
 *
 * Each event names its previous event. Iterations and branches are separate threads, which begin at the event with
 * which the enclosing state started.
 */
export interface Scribe {
  write(event: LibraryEvent): void;
  /**
   * The execution continues after the existing history. `state` is the state whose entry the library will report
   * again.
   */
  resume(state: string | undefined): void;
  /** Waits until the entry of a Task state is written. */
  entered(state: string): Promise<Entry>;
  scheduled(
    entry: Entry,
    event: { resource: string; payload: string; timeoutSeconds: number | undefined },
  ): Invocation;
  /** The library reported that the execution failed. */
  failed(): void;
  /** Rejects the handlers that still wait for an entry. */
  close(): void;
}

interface Open {
  readonly entry: Entry;
  isOpen: boolean;
}

/** The error for a handler that is called after the end: an aborted library run makes one more retry. */
export const executionEnded = () => new TerminalError('States.Runtime', 'The execution has ended.');

export function createScribe({
  states,
  hasEnded,
  length,
  add,
}: {
  states: ReadonlyMap<string, Placed>;
  hasEnded: () => boolean;
  length: () => number;
  add: (event: NewEvent) => number;
}): Scribe {
  /** Id of the last event of each thread. */
  const last = new Map<string, number>();
  /** Id of the last event of the iterations or branches in a thread, until the enclosing state exits. */
  const innerEnd = new Map<string, number>();
  /** Entries without a handler yet, and handlers that wait for an entry. */
  const entries: Entry[] = [];
  const waiting: { state: string; take: (entry: Entry) => void; giveUp: (error: Error) => void }[] = [];
  let invocations: Open[] = [];
  /** A failed Map or Parallel state. The next event shows whether it is retried. */
  let failing: { name: string; kind: string; thread: string } | undefined;
  /** Threads whose Map or Parallel state failed and was caught: the state still exits. */
  const caught = new Set<string>();
  /** The resumed state, until the library reports its entry again. */
  let resumed: string | undefined;
  /** The latest value and its text: a state's output is the next state's input. */
  let passing: { value: unknown; text: string } | undefined;

  const textOf = (value: unknown): string => {
    if (passing === undefined || passing.value !== value) passing = { value, text: asJson(value) };
    return passing.text;
  };
  const threadOf = (name: string, index: number | undefined): string => {
    const scope = states.get(name)?.scope ?? '';
    return scope === '' || index === undefined ? scope : `${scope}[${index}]`;
  };
  const put = (thread: string, event: Omit<NewEvent, 'previous'>, previous?: number): number => {
    if (hasEnded()) return 0;
    const id = add({ ...event, previous: previous ?? last.get(thread) ?? startOf(thread) });
    last.set(thread, id);
    return id;
  };
  /** A branch starts with the latest event of its enclosing state; the execution itself has no previous event. */
  const startOf = (thread: string): number => {
    const around = /^(.*)\/[^/]*$/.exec(thread)?.[1];
    return around === undefined ? 0 : (last.get(around) ?? startOf(around));
  };
  const begin = (name: string, kind: string, thread: string, input: unknown) => {
    for (const inner of last.keys()) if (inner.startsWith(`${thread}/${name}#`)) last.delete(inner);
    const state = states.get(name)?.state;
    const items = kind === 'Map' && state !== undefined ? itemsOf(state, input) : undefined;
    put(thread, {
      type: `${kind}StateStarted` as NewEvent['type'],
      ...(items === undefined ? {} : { length: items }),
    });
  };
  const giveEntry = (entry: Entry) => {
    const index = waiting.findIndex(({ state }) => state === entry.state);
    const [waiter] = index === -1 ? [] : waiting.splice(index, 1);
    if (waiter === undefined) entries.push(entry);
    else waiter.take(entry);
  };
  const takeEntry = (name: string): Entry | undefined => {
    const index = entries.findIndex(({ state }) => state === name);
    return index === -1 ? undefined : entries.splice(index, 1)[0];
  };
  const hasInnerStates = (kind: string) => kind === 'Map' || kind === 'Parallel';
  /** A Map or Parallel state that is not retried has failed. */
  const settleFailing = () => {
    if (failing === undefined) return;
    const { thread, kind } = failing;
    failing = undefined;
    put(thread, { type: `${kind}StateFailed` as NewEvent['type'] }, innerEnd.get(thread));
    innerEnd.delete(thread);
  };

  const enter = ({ name, type: kind, input }: NonNullable<LibraryEvent['state']>, thread: string) => {
    const isKnown = resumed === name;
    resumed = undefined;
    if (!isKnown) {
      const type = `${kind}StateEntered` as NewEvent['type'];
      put(thread, { type, name, payload: textOf(input), ...(thread === '' && { isCurrent: true }) });
    }
    if (hasInnerStates(kind)) begin(name, kind, thread, input);
    if (kind === 'Task') giveEntry({ state: name, thread });
  };
  const exit = ({ name, type: kind, output }: NonNullable<LibraryEvent['state']>, thread: string) => {
    // The library's States.JsonMerge changes its first argument, which may be the output of a branch.
    if (hasInnerStates(kind)) passing = undefined;
    const payload = textOf(output);
    checkSize(name, payload);
    if (hasInnerStates(kind) && !caught.delete(thread)) {
      // The next event does not name this event as its previous event, but the event before this event
      // (recorded by localstack/localstack, test_map_state_nested).
      const before = innerEnd.get(thread) ?? last.get(thread) ?? 0;
      innerEnd.delete(thread);
      put(thread, { type: `${kind}StateSucceeded` as NewEvent['type'] }, before);
      last.set(thread, before);
    }
    put(thread, { type: `${kind}StateExited` as NewEvent['type'], name, payload });
  };

  const fail = ({ state, Error: error }: LibraryEvent, thread: string) => {
    const { name = '', type: kind = '' } = state ?? {};
    if (hasInnerStates(kind)) failing = { name, kind, thread };
    // The state failed before its function was called.
    takeEntry(name);
    const open = invocations.find(({ entry, isOpen }) => isOpen && entry.state === name);
    if (open === undefined || error !== 'States.Timeout') return;
    open.isOpen = false;
    put(open.entry.thread, { type: 'LambdaFunctionTimedOut', error });
  };
  const retry = ({ name, type: kind, input }: NonNullable<LibraryEvent['state']>, thread: string) => {
    failing = undefined;
    if (kind === 'Task') giveEntry({ state: name, thread });
    else if (hasInnerStates(kind)) begin(name, kind, thread, input);
  };
  /** An iteration or a branch starts or ends. Branches have no events of their own. */
  const turn = (type: string, { parentState, index }: LibraryEvent) => {
    const { name = '' } = parentState ?? {};
    const around = states.get(name)?.scope ?? '';
    if (type.startsWith('MapIteration')) {
      const thread = `${around}/${name}#0[${index}]`;
      const before = last.get(thread);
      const id = put(thread, {
        type: type as NewEvent['type'],
        name,
        ...(index === undefined ? {} : { index }),
      });
      if (type === 'MapIterationSucceeded') innerEnd.set(around, id);
      if (type === 'MapIterationFailed' && before !== undefined) innerEnd.set(around, before);
    } else if (type !== 'ParallelBranchStarted') innerEnd.set(around, length());
  };

  return {
    write(event) {
      const { type, state, index } = event;
      const thread = state === undefined ? '' : threadOf(state.name, index);
      if (type !== 'StateRetried') settleFailing();
      if (state === undefined) {
        if (/^(MapIteration|ParallelBranch)(Started|Succeeded|Failed)$/.test(type)) turn(type, event);
      } else if (type === 'StateEntered') enter(state, thread);
      else if (type === 'StateExited') exit(state, thread);
      else if (type === 'StateFailed') fail(event, thread);
      else if (type === 'StateRetried') retry(state, thread);
      else if (type === 'StateCaught' && hasInnerStates(state.type)) caught.add(thread);
    },
    resume(state) {
      last.set('', length());
      resumed = state;
    },
    entered(state) {
      const entry = takeEntry(state);
      if (entry !== undefined) return Promise.resolve(entry);
      if (hasEnded()) return Promise.reject(executionEnded());
      const { promise, resolve, reject } = Promise.withResolvers<Entry>();
      waiting.push({ state, take: resolve, giveUp: reject });
      return promise;
    },
    scheduled(entry, { resource, payload, timeoutSeconds }) {
      const timeout = timeoutSeconds === undefined ? {} : { timeoutSeconds };
      put(entry.thread, { type: 'LambdaFunctionScheduled', resource, payload, ...timeout });
      put(entry.thread, { type: 'LambdaFunctionStarted' });
      const invocation: Open = { entry, isOpen: true };
      invocations = [...invocations.filter(({ isOpen }) => isOpen), invocation];
      const close = (event: Omit<NewEvent, 'previous'>) => {
        if (!invocation.isOpen) return;
        invocation.isOpen = false;
        put(entry.thread, event);
      };
      return {
        succeeded: (answer) => close({ type: 'LambdaFunctionSucceeded', payload: answer }),
        failed: ({ name: error, message: cause }) => close({ type: 'LambdaFunctionFailed', error, cause }),
      };
    },
    failed: settleFailing,
    close() {
      for (const { giveUp } of waiting.splice(0)) giveUp(executionEnded());
    },
  };
}
