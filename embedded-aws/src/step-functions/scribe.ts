import { asJson } from '../lambda/run-function.ts';
import { itemsOf, type Placed } from './definition.ts';
import type { ExecutionEvent } from './execution-event.ts';
import type { NewEvent } from './history.ts';
import { checkSize, type LambdaError, TerminalError } from './invoke-lambda.ts';

/** An event of aws-local-stepfunctions, as far as it is read here. */
export interface LibraryEvent extends ExecutionEvent {
  readonly state?: {
    readonly name: string;
    readonly type: string;
    readonly input: unknown;
    readonly output?: unknown;
  };
  /** The Map or Parallel state around an iteration or a branch. */
  readonly parentState?: { readonly name: string };
  /** Of an iteration. */
  readonly index?: number;
  readonly output?: unknown;
}

/** One visit of a Task state, or one more try in it. */
export interface Entry {
  readonly state: string;
  readonly thread: string;
}

export interface Invocation {
  succeeded(answer: string): void;
  failed(error: LambdaError): void;
}

/**
 * Writes the history of an execution from what the library tells and what its functions do. The library tells of a state's entry a
 * moment after it has called the handler, which therefore waits for it with `entered`: in the history the entry comes first.
 *
 * Each event names the one that led to it. Iterations and branches are threads of their own, which begin where the state around
 * them began its work.
 */
export interface Scribe {
  write(event: LibraryEvent): void;
  /** The execution goes on behind what stands in its history; `state` is given if its entry is told again. */
  resume(state: string | undefined): void;
  /** Waits until the entry of a Task state is written. */
  entered(state: string): Promise<Entry>;
  scheduled(
    entry: Entry,
    event: { resource: string; payload: string; timeoutSeconds: number | undefined },
  ): Invocation;
  /** The library says that the execution failed. */
  failed(): void;
  /** Whoever waits for an entry waits in vain. */
  close(): void;
}

interface Open {
  readonly entry: Entry;
  isOpen: boolean;
}

/** What a handler hears that is called after the end: the library retries once more when it is aborted. */
export const over = () => new TerminalError('States.Runtime', 'The execution is over.');

export function scribe({
  states,
  isOver,
  length,
  add,
}: {
  states: ReadonlyMap<string, Placed>;
  isOver: () => boolean;
  length: () => number;
  add: (event: NewEvent) => number;
}): Scribe {
  /** Id of the last event of each thread. */
  const last = new Map<string, number>();
  /** Id of the event with which the iterations or branches in a thread ended, until the state around them exits. */
  const innerEnd = new Map<string, number>();
  /** Entries that no handler has taken up, and handlers that wait for theirs. */
  const entries: Entry[] = [];
  const waiting: { state: string; take: (entry: Entry) => void; giveUp: (error: Error) => void }[] = [];
  let invocations: Open[] = [];
  /** A Map or Parallel state that failed: what comes next tells whether it is tried again. */
  let failing: { name: string; kind: string; thread: string } | undefined;
  /** Threads whose Map or Parallel state failed and was caught: it exits all the same. */
  const caught = new Set<string>();
  /** The state that was resumed, until its entry is told again. */
  let resumed: string | undefined;
  /** The text of the value that passed last: a state's output is the next one's input. */
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
    if (isOver()) return 0;
    const id = add({ ...event, previous: previous ?? last.get(thread) ?? startOf(thread) });
    last.set(thread, id);
    return id;
  };
  /** A branch begins with the event that stands at its state; the execution itself with none. */
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
  const isAround = (kind: string) => kind === 'Map' || kind === 'Parallel';
  /** A Map or Parallel state that is not tried again has failed. */
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
    if (isAround(kind)) begin(name, kind, thread, input);
    if (kind === 'Task') giveEntry({ state: name, thread });
  };
  const exit = ({ name, type: kind, output }: NonNullable<LibraryEvent['state']>, thread: string) => {
    const payload = textOf(output);
    checkSize(name, payload);
    if (isAround(kind) && !caught.delete(thread)) {
      // Nothing follows from it: what follows names the event before (recorded by localstack/localstack, test_map_state_nested).
      const before = innerEnd.get(thread) ?? last.get(thread) ?? 0;
      innerEnd.delete(thread);
      put(thread, { type: `${kind}StateSucceeded` as NewEvent['type'] }, before);
      last.set(thread, before);
    }
    put(thread, { type: `${kind}StateExited` as NewEvent['type'], name, payload });
  };

  const fail = ({ state, Error: error }: LibraryEvent, thread: string) => {
    const { name = '', type: kind = '' } = state ?? {};
    if (isAround(kind)) failing = { name, kind, thread };
    // It failed before its function was called.
    takeEntry(name);
    const open = invocations.find(({ entry, isOpen }) => isOpen && entry.state === name);
    if (open === undefined || error !== 'States.Timeout') return;
    open.isOpen = false;
    put(open.entry.thread, { type: 'LambdaFunctionTimedOut', error });
  };
  const retry = ({ name, type: kind, input }: NonNullable<LibraryEvent['state']>, thread: string) => {
    failing = undefined;
    if (kind === 'Task') giveEntry({ state: name, thread });
    else if (isAround(kind)) begin(name, kind, thread, input);
  };
  /** An iteration or a branch begins or ends. Branches have no events of their own. */
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
      else if (type === 'StateCaught' && isAround(state.type)) caught.add(thread);
    },
    resume(state) {
      last.set('', length());
      resumed = state;
    },
    entered(state) {
      const entry = takeEntry(state);
      if (entry !== undefined) return Promise.resolve(entry);
      if (isOver()) return Promise.reject(over());
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
      for (const { giveUp } of waiting.splice(0)) giveUp(over());
    },
  };
}
