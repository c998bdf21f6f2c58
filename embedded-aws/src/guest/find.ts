import type { State } from './state.ts';
import { globOf } from './words.ts';

/** The result of a `find` on a guest. */
export interface Found {
  /** What find prints. */
  readonly printed: readonly string[];
  /** The files that find removes, or empties. */
  readonly removed: readonly string[];
  /** Whether the guest knows the result: it supports all tests, and no other command prints. */
  readonly known: boolean;
}

interface Entry {
  readonly path: string;
  readonly isDirectory: boolean;
  /** `undefined`: part of the base image, older than everything. */
  readonly time: number | undefined;
}

interface Visit {
  readonly printed: string[];
  readonly removed: string[];
  isPruned: boolean;
  hasQuit: boolean;
}

type Test = (entry: Entry, visit: Visit) => boolean;

const always: Test = () => true;

/** Tests with one argument whose answer the guest does not know. */
const unknown =
  /^-(amin|atime|cmin|ctime|mmin|mtime|perm|user|group|uid|gid|links|inum|fstype|i?regex|regextype|samefile|newer..)$/;

/** Runs `find` with these words (without `find`) on the files that the guest knows. */
export function find(state: Pick<State, 'files'>, words: readonly string[]): Found {
  const first = words.findIndex((word) => /^([-!(]|\\\()/.test(word));
  const roots = first === -1 ? words : words.slice(0, first);
  const search = parse(
    first === -1 ? [] : words.slice(first).map((word) => word.replace(/^\\(?=[()!;])/, '')),
    state,
  );
  const visit: Visit = { printed: [], removed: [], isPruned: false, hasQuit: false };
  for (const root of roots) {
    const pruned: string[] = [];
    for (const entry of entriesBelow(root, state.files)) {
      const depth = depthOf(entry.path) - depthOf(root);
      if (visit.hasQuit || depth > search.depthMax) continue;
      if (pruned.some((path) => entry.path.startsWith(`${path}/`))) continue;
      if (depth < search.depthMin) continue;
      visit.isPruned = false;
      if (search.test(entry, visit) && !search.acts) visit.printed.push(entry.path);
      if (visit.isPruned) pruned.push(entry.path);
    }
  }
  return { printed: visit.printed, removed: visit.removed, known: search.known };
}

interface Search {
  test: Test;
  depthMin: number;
  depthMax: number;
  /** Whether an action replaces the printing. */
  acts: boolean;
  known: boolean;
}

/** The expression: `or` of `and` of negated tests. An incomplete expression is read as far as possible. */
function parse(words: readonly string[], state: Pick<State, 'files'>): Search {
  const search: Search = { test: always, depthMin: 0, depthMax: Infinity, acts: false, known: true };
  let index = 0;
  const next = () => words[index++] ?? '';
  const either = (): Test => {
    const options = [both()];
    while (words[index] === '-o' || words[index] === '-or') {
      index += 1;
      options.push(both());
    }
    return (entry, visit) => options.some((test) => test(entry, visit));
  };
  const both = (): Test => {
    const tests: Test[] = [];
    while (index < words.length && !['-o', '-or', ')'].includes(words[index] ?? '')) tests.push(one());
    return (entry, visit) => tests.every((test) => test(entry, visit));
  };
  const one = (): Test => {
    const word = next();
    switch (word) {
      case '!':
      case '-not': {
        const test = one();
        return (entry, visit) => !test(entry, visit);
      }
      case '(': {
        const test = either();
        index += 1;
        return test;
      }
      case '-maxdepth':
        search.depthMax = Number(next());
        return always;
      case '-mindepth':
        search.depthMin = Number(next());
        return always;
      case '-name':
      case '-iname': {
        const pattern = globOf(next(), { slashes: true, hidden: true, ignoreCase: word === '-iname' });
        return ({ path }) => pattern.test(path.slice(path.lastIndexOf('/') + 1));
      }
      case '-path':
      case '-wholename': {
        const pattern = globOf(next(), { slashes: true, hidden: true });
        return ({ path }) => pattern.test(path);
      }
      case '-type': {
        const type = next();
        return ({ isDirectory }) => type === (isDirectory ? 'd' : 'f');
      }
      case '-newermt': {
        const time = timeOf(next());
        if (time === undefined) return unsure();
        return (entry) => (entry.time ?? -Infinity) > time;
      }
      case '-newer': {
        const file = next();
        if (!state.files.has(file)) return unsure();
        const time = state.files.get(file) ?? -Infinity;
        return (entry) => (entry.time ?? -Infinity) > time;
      }
      case '-size':
        // An empty file counts as missing.
        return /^\+0[bcwkMG]?$/.test(next()) ? always : unsure();
      case '-empty':
        return () => false;
      case '-print':
      case '-print0':
        search.acts = true;
        return ({ path }, { printed }) => printed.push(path) > 0;
      case '-delete':
        search.acts = true;
        return removal;
      case '-exec':
      case '-execdir': {
        search.acts = true;
        const command: string[] = [];
        while (index < words.length && ![';', '+'].includes(words[index] ?? '')) command.push(next());
        index += 1;
        return /^(\S*\/)?(rm -r?f|truncate (-s ?0|--size[= ]0))\b/.test(command.join(' '))
          ? removal
          : unsure();
      }
      case '-prune':
        return (_entry, visit) => {
          visit.isPruned = true;
          return true;
        };
      case '-quit':
        return (_entry, visit) => {
          visit.hasQuit = true;
          return true;
        };
      case '-a':
      case '-and':
      case '-true':
      case '-xdev':
      case '-mount':
      case '-depth':
      case '-noleaf':
        return always;
      default:
        if (unknown.test(word)) index += 1;
        return unsure();
    }
  };
  const unsure = () => {
    search.known = false;
    return always;
  };
  search.test = either();
  return search;
}

const removal: Test = ({ path, isDirectory }, { removed }) => {
  if (!isDirectory) removed.push(path);
  return true;
};

/** The known files at and below a path, and the directories between. A directory is as old as its newest file. */
function entriesBelow(path: string, files: State['files']): Entry[] {
  const root = path.replace(/(?<=.)\/+$/, '');
  const below = root === '/' ? '/' : `${root}/`;
  const entries = new Map<string, Entry>();
  for (const [file, time] of files) {
    if (file !== root && !file.startsWith(below)) continue;
    entries.set(file, { path: file, isDirectory: false, time });
    const parent = parentOf(file);
    for (let folder = parent; folder.length >= root.length && file !== root; folder = parentOf(folder)) {
      const before = entries.get(folder);
      const own = folder === parent ? time : undefined;
      const newest = Math.max(before?.time ?? -Infinity, own ?? -Infinity);
      const isOld = newest === -Infinity;
      entries.set(folder, { path: folder, isDirectory: true, time: isOld ? undefined : newest });
      if (folder === '/') break;
    }
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/';

const depthOf = (path: string) => path.split('/').filter((part) => part !== '').length;

/** A time as `date` reads it, as far as the guest supports its form. The clock of a guest is in UTC. */
function timeOf(text: string): number | undefined {
  if (/^@\d+$/.test(text)) return Number(text.slice(1)) * 1000;
  const [, day, time = '00:00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))? ?(Z|UTC|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  const ms = Date.parse(`${day}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}
