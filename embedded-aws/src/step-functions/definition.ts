import { notEmulated } from '../core/errors.ts';

/** The part of Amazon States Language that is read here. */
export interface Definition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
  readonly QueryLanguage?: string;
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly InputPath?: string | null;
  readonly ItemsPath?: string;
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
  readonly Branches?: readonly Definition[];
  readonly ItemProcessor?: Definition;
  readonly Iterator?: Definition;
}

/**
 * A state and its scope: `''` at the top level, otherwise the path of the enclosing states, each with the number of
 * its branch.
 */
export interface Placed {
  readonly state: State;
  readonly scope: string;
}

/** All states by name, including those inside Map and Parallel states. Names are unique in a state machine. */
export function placedStates({ States }: Definition, scope = ''): Map<string, Placed> {
  return new Map(
    Object.entries(States).flatMap(([name, state]): [string, Placed][] => [
      [name, { state, scope }],
      ...innerOf(state).flatMap((inner, branch) => [...placedStates(inner, `${scope}/${name}#${branch}`)]),
    ]),
  );
}

const innerOf = ({ Branches = [], ItemProcessor, Iterator: iterator }: State): readonly Definition[] => [
  ...Branches,
  ...(ItemProcessor === undefined ? [] : [ItemProcessor]),
  ...(iterator === undefined ? [] : [iterator]),
];

/**
 * Refuses definitions that the library would run differently from Step Functions, or that would make it call the real
 * AWS.
 */
export function checkIsEmulated(definition: Definition): void {
  if ((definition.QueryLanguage ?? 'JSONPath') !== 'JSONPath') {
    throw notEmulated(`a state machine in ${definition.QueryLanguage}`);
  }
  for (const [name, { state }] of placedStates(definition)) {
    if (state.Type !== 'Task' || /^arn:aws[a-z-]*:lambda:/.test(state.Resource ?? '')) continue;
    throw notEmulated(`the state ${name} with the Resource ${state.Resource}`);
  }
}

/** The timeout of a task that has none (Amazon States Language, Task state). */
const TASK_SECONDS_MAX = 99_999_999;

/**
 * The definition, changed so that the library behaves like AWS. A task without a timeout gets the maximum, because
 * the library's default is one minute. The timeout of the state machine is removed, because it must outlive a run:
 * runExecution enforces it. `$$.Execution` becomes `$$.Run`, because the library fills `$$.Execution` with its own
 * start and input, which are wrong for a resumed execution.
 */
export function forLibrary<T>(definition: T): T {
  const { TimeoutSeconds: _timeout, ...rest } = adapted(definition) as Record<string, unknown>;
  return rest as T;
}

function adapted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(adapted);
  const fields = Object.entries(value).map(([key, field]) => [
    key,
    typeof field === 'string' && isPath(key) ? field.replaceAll('$$.Execution', '$$$$.Run') : adapted(field),
  ]);
  const copy: Record<string, unknown> = Object.fromEntries(fields);
  const isTask = copy.Type === 'Task' && 'Resource' in copy;
  if (isTask && !('TimeoutSecondsPath' in copy)) copy.TimeoutSeconds ??= TASK_SECONDS_MAX;
  return copy;
}

const isPath = (key: string): boolean => key.endsWith('.$') || key.endsWith('Path') || key === 'Variable';

/** The name prefix of the state that finishes an interrupted wait. */
export const RESUMED = 'resumed: ';

/**
 * The definition that continues in `state`. An interrupted wait ends at its original time, if its length is
 * known. The rest of the wait becomes a separate state, because a loop may enter the original wait state
 * again.
 */
export function resumedAt(
  definition: Definition,
  { state, input, since }: { state: string; input: unknown; since: number },
  now: number,
): Definition {
  const interrupted = definition.States[state];
  const seconds = interrupted === undefined ? undefined : secondsOf(interrupted, input);
  if (interrupted === undefined || seconds === undefined) return { ...definition, StartAt: state };
  const { SecondsPath: _path, ...rest } = interrupted;
  const left = Math.max(0, seconds - (now - since) / 1000);
  const StartAt = `${RESUMED}${state}`;
  return { ...definition, StartAt, States: { ...definition.States, [StartAt]: { ...rest, Seconds: left } } };
}

/** The length of a wait in seconds, if it is known. */
function secondsOf(
  { Type, Seconds, SecondsPath, InputPath = '$' }: State,
  input: unknown,
): number | undefined {
  if (Type !== 'Wait') return undefined;
  if (SecondsPath === undefined) return Seconds;
  const seconds = InputPath === '$' ? valueAt(SecondsPath, input) : undefined;
  return typeof seconds === 'number' ? seconds : undefined;
}

/** The number of items of a Map state, if its paths are simple enough to be read here. */
export function itemsOf({ InputPath = '$', ItemsPath = '$' }: State, input: unknown): number | undefined {
  const items = InputPath === null ? undefined : valueAt(ItemsPath, valueAt(InputPath, input));
  return Array.isArray(items) ? items.length : undefined;
}

/** The value at a path of names, such as `$.plan.regions`. */
function valueAt(path: string, value: unknown): unknown {
  if (!/^\$(\.[A-Za-z_]\w*)*$/.test(path)) return undefined;
  let found = value;
  for (const name of path.split('.').slice(1)) found = (found as Record<string, unknown> | undefined)?.[name];
  return found;
}
