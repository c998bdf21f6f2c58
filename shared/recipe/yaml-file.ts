import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml';
import { fieldPath, type Problem, quote } from './problem.ts';
import type { CheckResult, FieldProblem, SourceTextOf } from './schema-check.ts';

type Path = readonly PropertyKey[];

/** The words that messages use for a kind of file. */
export interface FileKind {
  /** With an article, such as "a recipe". */
  readonly name: string;
  /** Without an article. */
  readonly noun: string;
  /** The maximum nesting depth of lists and maps, in words. */
  readonly levels: string;
  /** The fix for an empty file. */
  readonly begin: string;
  /** An example of a string that starts with *, in quotes. */
  readonly starred: string;
}

/**
 * Reads a YAML file that a user wrote. The file is UTF-8, with or without a byte order mark, with any line endings. `check` converts the
 * data into a result. This function adds line and column to the problems that `check` finds.
 *
 * Messages use the name `file`. This function throws only if `check` throws. It returns a result, or at least one problem, sorted by
 * line.
 */
export function checkYamlFile<T>(
  source: string | Uint8Array,
  file: string,
  kind: FileKind,
  check: (value: unknown, sourceTextOf: SourceTextOf) => CheckResult<T>,
): { result: T } | { problems: Problem[] } {
  try {
    return checkYaml(source, file, kind, check);
  } catch (error) {
    // Only deep nesting overflows the stack, because the YAML tree is read recursively.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [{ file, line: 1, column: 1, field: '', ...tooDeep(kind) }] };
  }
}

function checkYaml<T>(
  source: string | Uint8Array,
  file: string,
  kind: FileKind,
  check: (value: unknown, sourceTextOf: SourceTextOf) => CheckResult<T>,
): { result: T } | { problems: Problem[] } {
  const text = decode(source);
  const garbled = /[\0\ufffd]/.exec(text);
  if (garbled !== null) return { problems: [notText(text, garbled, file, kind)] };

  const lines = new LineCounter();
  // Always the core schema, regardless of a %YAML directive. In YAML 1.1, "yes" is true and 1:30 is the number 90.
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
  });
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const located = (problem: FieldProblem): Problem => ({
    file,
    ...at(offsetOf(document, problem)),
    field: fieldPath(problem.path),
    found: problem.found,
    allowed: problem.allowed,
    fix: problem.fix,
  });

  // Later syntax errors are usually consequences of the first.
  const [syntaxError] = [...document.errors, ...document.warnings];
  if (syntaxError !== undefined) {
    const position = at(offsetOfError(document, syntaxError));
    return { problems: [{ file, ...position, ...syntaxMessage(syntaxError, text, kind) }] };
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    const message = { found: 'an empty file', allowed: kind.name, fix: kind.begin };
    return { problems: [{ file, line: 1, column: 1, field: '', ...message }] };
  }
  const notPlain = plainRules(document, at, kind);
  const blocking = notPlain.filter(({ isBlocking }) => isBlocking);
  if (blocking.length > 0) return { problems: blocking.map(({ problem }) => located(problem)) };

  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const sourceTextOf: SourceTextOf = (path) => {
    const { node } = find(document, path);
    const isPlain = isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'boolean');
    return isPlain ? node.source : undefined;
  };
  const { result, problems: found } = check(value, sourceTextOf);
  const problems = [...notPlain.map(({ problem }) => problem), ...found].map(located);
  if (result !== undefined && problems.length === 0) return { result };
  return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** Replaces bytes that are not UTF-8 with U+FFFD, and removes a byte order mark. */
function decode(source: string | Uint8Array): string {
  return typeof source === 'string' ? source.replace(/^\ufeff/, '') : new TextDecoder().decode(source);
}

function notText(text: string, garbled: RegExpExecArray, file: string, kind: FileKind): Problem {
  const before = text.slice(0, garbled.index).split('\n');
  return {
    file,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    field: '',
    found:
      garbled[0] === '\0'
        ? 'a zero byte: the file is binary or UTF-16'
        : 'bytes that are not UTF-8: the file is UTF-16, Latin-1 or binary',
    allowed: 'a text file in UTF-8',
    fix: `choose the YAML file of ${kind.name}, or save the file as UTF-8`,
  };
}

type Message = Pick<Problem, 'found' | 'allowed' | 'fix'>;

const tooDeep = ({ name, levels }: FileKind): Message => ({
  found: 'lists or maps nested too deeply',
  allowed: `${name} with at most ${levels} levels of lists and maps`,
  fix: 'remove the extra brackets or dashes',
});

const syntaxMessages = (kind: FileKind): Partial<Record<YAMLError['code'], Message>> => ({
  TAB_AS_INDENT: { found: 'a tab in the indentation', allowed: 'spaces', fix: 'indent with two spaces' },
  MULTIPLE_DOCS: {
    found: 'a second YAML document after ---',
    allowed: `one ${kind.noun} per file`,
    fix: 'move the second document to its own file',
  },
  BAD_ALIAS: {
    found: 'a YAML alias (a word that starts with *) without an anchor',
    allowed: 'a string that starts with *, in quotes',
    fix: `put the whole string in quotes, for example ${kind.starred}`,
  },
  NON_STRING_KEY: {
    found: 'a key that is not a string',
    allowed: 'field names',
    fix: 'write each field as name: value',
  },
  RESOURCE_EXHAUSTION: tooDeep(kind),
  TAG_RESOLVE_FAILED: {
    found: 'a YAML tag (a word that starts with !)',
    allowed: 'plain values',
    fix: 'remove the tag, or put the string in quotes',
  },
});

function syntaxMessage(
  error: YAMLError,
  text: string,
  kind: FileKind,
): Pick<Problem, 'field' | 'found' | 'allowed' | 'fix'> {
  const known = syntaxMessages(kind)[error.code];
  if (known !== undefined) return { field: '', ...known };
  const [excerpt = ''] = text.slice(error.pos[0]).split('\n');
  const near = excerpt.trim() === '' ? '' : ` at ${quote(excerpt.trim())}`;
  return {
    field: '',
    found: `invalid YAML${near}: ${error.message.split('\n')[0]}`,
    allowed: 'YAML 1.2',
    fix: 'check this line and the line before for a missing quote, bracket or colon, or wrong indentation',
  };
}

/** The position of a syntax error. For a missing closing quote, the parser reports the end of the file. The position is the opening quote. */
function offsetOfError(document: Document.Parsed, error: YAMLError): number {
  // The maximum depth depends on the stack size of the machine. The message must not depend on the stack size.
  if (error.code === 'RESOURCE_EXHAUSTION') return 0;
  let offset = error.pos[0];
  if (error.code !== 'MISSING_CHAR' || !/^Missing closing ['"]quote/.test(error.message)) return offset;
  visit(document, {
    Scalar(_key, scalar) {
      if (scalar.type === 'QUOTE_DOUBLE' || scalar.type === 'QUOTE_SINGLE') offset = startOf(scalar);
    },
  });
  return offset;
}

/**
 * The rules for plain data: no aliases, because they can expand a short file to an enormous size, and no duplicate keys. If there are
 * aliases, no other check runs, because the values are not expanded.
 */
function plainRules(
  document: Document.Parsed,
  at: (offset: number) => { line: number },
  kind: FileKind,
): { problem: FieldProblem; isBlocking: boolean }[] {
  const problems: { problem: FieldProblem; isBlocking: boolean }[] = [];
  const pathTo = (ancestors: readonly unknown[], last?: PropertyKey): Path => {
    const steps = ancestors.flatMap((node, index): PropertyKey[] => {
      if (isSeq(node)) {
        const position = node.items.indexOf(ancestors[index + 1]);
        return position < 0 ? [] : [position];
      }
      return isPair(node) ? [keyText(node.key)] : [];
    });
    return last === undefined ? steps : [...steps, last];
  };
  const aliased = new Set<string>();
  visit(document, {
    Alias(_key, alias, ancestors) {
      // Reports each alias once. A malicious file contains thousands.
      if (aliased.has(alias.source)) return;
      aliased.add(alias.source);
      problems.push({
        isBlocking: true,
        problem: {
          path: pathTo([...ancestors, alias]),
          found: `the alias *${alias.source}`,
          allowed: `plain values: ${kind.name} cannot contain aliases`,
          fix: 'write the value instead of the alias, or put a string that starts with * in quotes',
        },
      });
    },
    Map(_key, map, ancestors) {
      const firstAt = new Map<string, number>();
      const repeated = new Set<string>();
      for (const pair of map.items) {
        const key = keyText(pair.key);
        const offset = startOf(pair.key);
        const first = firstAt.get(key);
        if (first === undefined) firstAt.set(key, offset);
        else if (!repeated.has(key)) {
          repeated.add(key);
          problems.push({
            isBlocking: false,
            problem: {
              path: pathTo([...ancestors, map], key),
              atKey: true,
              found: `a duplicate of the field ${quote(key)} on line ${at(first).line}`,
              allowed: 'each field once',
              fix: 'remove one of the duplicates',
            },
          });
        }
      }
    },
  });
  return problems;
}

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);

const startOf = (node: unknown): number => (node as Node | null | undefined)?.range?.[0] ?? 0;

/** The last existing node on a path, and the key of the node. */
function find(document: Document.Parsed, path: Path): { node: unknown; key?: unknown; complete: boolean } {
  let node: unknown = document.contents;
  let key: unknown;
  for (const part of path) {
    if (isMap(node)) {
      // The last of two identical keys counts, as in JavaScript.
      const pair = node.items.findLast((item) => keyText(item.key) === String(part));
      if (pair === undefined) return { node, key, complete: false };
      ({ key, value: node } = pair);
    } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
      key = undefined;
      node = node.items[part];
    } else return { node, key, complete: false };
  }
  return { node, key, complete: true };
}

/** The position of a problem: the value, its key, or the map in which a field is missing. */
function offsetOf(document: Document.Parsed, problem: FieldProblem): number {
  const { node, key, complete } = find(document, problem.path);
  const isEmpty = node === null || node === undefined || (isScalar(node) && node.source === '');
  if (key !== undefined && ((complete && problem.atKey === true) || isEmpty)) return startOf(key);
  return startOf(node);
}
