import { notEmulated } from '../core/errors.ts';

/** As much of Amazon States Language as is read here. */
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

/** A state and where it stands: `''` at the top level, else the states around it, each with the number of its branch. */
export interface Placed {
  readonly state: State;
  readonly scope: string;
}

/** All states by their names, which are unique in a machine, those inside Map and Parallel included. */
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

/** Refuses what the library would run otherwise than Step Functions, or would look for on the real AWS. */
export function checkIsEmulated(definition: Definition): void {
  if ((definition.QueryLanguage ?? 'JSONPath') !== 'JSONPath') {
    throw notEmulated(`a state machine in ${definition.QueryLanguage}`);
  }
  for (const [name, { state }] of placedStates(definition)) {
    if (state.Type !== 'Task' || /^arn:aws[a-z-]*:lambda:/.test(state.Resource ?? '')) continue;
    throw notEmulated(`the state ${name} with the Resource ${state.Resource}`);
  }
}

/** What a task has that names no time-out (Amazon States Language, Task state). */
const TASK_SECONDS_MAX = 99_999_999;

/**
 * The definition as the library needs it to do what AWS does: a task that names no time-out has all the time, where the library
 * gives it a minute; the time-out of the whole is kept by us, as it outlives a run; and `$$.Execution` is read from `$$.Run`,
 * since the library writes its own start and input there, which are not those of an execution that is resumed.
 */
export function runnable<T>(definition: T): T {
  const { TimeoutSeconds: _ours, ...rest } = adapted(definition) as Record<string, unknown>;
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

/** How a state is named that only finishes a wait which was interrupted. */
export const RESUMED = 'resumed: ';

/**
 * The definition that goes on in `state`. A wait goes on until the time at which it would have ended, where that can be told: it
 * becomes a state of its own, as its loop may come back to it.
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

/** How long a wait lasts. */
function secondsOf(
  { Type, Seconds, SecondsPath, InputPath = '$' }: State,
  input: unknown,
): number | undefined {
  if (Type !== 'Wait') return undefined;
  if (SecondsPath === undefined) return Seconds;
  const seconds = InputPath === '$' ? valueAt(SecondsPath, input) : undefined;
  return typeof seconds === 'number' ? seconds : undefined;
}

/** How many items a Map state has, where its paths are plain enough to be read here. */
export function itemsOf({ InputPath = '$', ItemsPath = '$' }: State, input: unknown): number | undefined {
  const items = InputPath === null ? undefined : valueAt(ItemsPath, valueAt(InputPath, input));
  return Array.isArray(items) ? items.length : undefined;
}

/** What stands at a path of names alone, such as `$.plan.regions`. */
function valueAt(path: string, value: unknown): unknown {
  if (!/^\$(\.[A-Za-z_]\w*)*$/.test(path)) return undefined;
  let found = value;
  for (const name of path.split('.').slice(1)) found = (found as Record<string, unknown> | undefined)?.[name];
  return found;
}
