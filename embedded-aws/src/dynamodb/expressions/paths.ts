import type { Item, Value } from '../records.ts';
import type { Placeholders } from './placeholders.ts';
import type { Problems } from './problems.ts';
import { isReserved } from './reserved-words.ts';
import type { Reader } from './tokens.ts';

/**
 * The location of a value in an item: names of attributes and map entries, and indexes of list
 * elements.
 */
export type Path = readonly (string | number)[];

/**
 * `keywords`: words that this expression cannot use as names, in addition to DynamoDB's reserved
 * words.
 */
export function readPath(
  reader: Reader,
  { names, used }: Placeholders,
  problems: Problems,
  keywords: readonly string[] = [],
): Path {
  const readName = () => {
    const { kind, text } = reader.next;
    if (kind === 'alias') {
      reader.take();
      const name = names.get(text);
      used.add(text);
      if (name === undefined) {
        problems.note(
          'name',
          `An expression attribute name used in the document path is not defined; attribute name: ${text}`,
        );
      }
      return name ?? text;
    }
    if (kind !== 'name' || reader.isAtWord(...keywords)) throw reader.syntaxError();
    reader.take();
    if (isReserved(text)) {
      problems.note('reserved', `Attribute name is a reserved keyword; reserved keyword: ${text}`);
    }
    return text;
  };
  const path: (string | number)[] = [readName()];
  for (;;) {
    if (reader.skip('.')) path.push(readName());
    else if (reader.skip('[')) {
      if (reader.next.kind !== 'index') throw reader.syntaxError();
      path.push(Number(reader.take().text));
      reader.expect(']');
    } else return path;
  }
}

/** The value of an attribute. Names such as `constructor` are ordinary names. */
export function attribute(item: Item, name: string): Value | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

export function valueAt(item: Item, path: Path): Value | undefined {
  return path.reduce<Value | undefined>(
    (value, step) => (value === undefined ? undefined : childOf(value, step)),
    { M: item },
  );
}

function childOf(value: Value, step: string | number): Value | undefined {
  if (typeof step === 'number') return 'L' in value ? value.L[step] : undefined;
  return 'M' in value ? attribute(value.M, step) : undefined;
}

/** Notes a problem if two of the paths overlap or conflict. */
export function checkApart(paths: readonly Path[], problems: Problems): void {
  for (const [index, path] of paths.entries()) {
    for (const earlier of paths.slice(0, index)) comparePaths(earlier, path, problems);
  }
}

function comparePaths(one: Path, two: Path, problems: Problems): void {
  const both = `must remove or rewrite one of these paths; path one: ${shown(one)}, path two: ${shown(two)}`;
  for (let index = 0; index < Math.min(one.length, two.length); index++) {
    if (typeof one[index] !== typeof two[index]) {
      problems.note('conflict', `Two document paths conflict with each other; ${both}`);
      return;
    }
    if (one[index] !== two[index]) return;
  }
  problems.note('overlap', `Two document paths overlap with each other; ${both}`);
}

export const shown = (path: Path) =>
  `[${path.map((part) => (typeof part === 'number' ? `[${part}]` : part)).join(', ')}]`;

/**
 * The parts of an item at the paths. Selected list elements move together to the front of the list.
 */
export function project(item: Item, paths: readonly Path[]): Item {
  const whole = part({ M: item }, treeOf(paths));
  return whole !== undefined && 'M' in whole ? whole.M : {};
}

type Tree = 'all' | Map<string | number, Tree>;

function treeOf(paths: readonly Path[]): Tree {
  const root = new Map<string | number, Tree>();
  for (const path of paths) {
    let node = root;
    for (const [index, step] of path.entries()) {
      if (index === path.length - 1) node.set(step, 'all');
      else {
        const child = node.get(step);
        const inner = child instanceof Map ? child : new Map<string | number, Tree>();
        node.set(step, inner);
        node = inner;
      }
    }
  }
  return root;
}

function part(value: Value | undefined, tree: Tree): Value | undefined {
  if (tree === 'all' || value === undefined) return value;
  const steps = [...tree.keys()];
  if ('L' in value) {
    const indices = steps.filter((step) => typeof step === 'number').sort((a, b) => a - b);
    const elements = indices.flatMap((index) => part(value.L[index], tree.get(index) ?? 'all') ?? []);
    return elements.length === 0 ? undefined : { L: elements };
  }
  if ('M' in value) {
    const entries = steps.flatMap((step) => {
      const entry =
        typeof step === 'string' ? part(attribute(value.M, step), tree.get(step) ?? 'all') : undefined;
      return entry === undefined ? [] : [[step, entry] as const];
    });
    return entries.length === 0 ? undefined : { M: Object.fromEntries(entries) };
  }
  return undefined;
}
