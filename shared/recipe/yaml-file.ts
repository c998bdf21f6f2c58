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
import { fieldName, type Problem, quote } from './problem.ts';
import type { Checked, Finding, Written } from './schema-check.ts';

type Path = readonly PropertyKey[];

/** How messages speak of one kind of file. */
export interface FileKind {
  /** With its article, such as "a recipe". */
  readonly name: string;
  /** Without it. */
  readonly noun: string;
  /** How deep its lists and maps are nested at most, in words. */
  readonly levels: string;
  /** The mend for a file with nothing in it. */
  readonly begin: string;
  /** A text that begins with * as one might write it there, in quotes. */
  readonly starred: string;
}

/**
 * Reads a file of YAML that a user wrote, in UTF-8 with or without a byte order mark, with any line ends. `check` makes of
 * the plain data what it means; its findings become problems with the line and column they are at.
 *
 * `file` is what messages call the file. It never throws, unless `check` does: there is a result, or at least one
 * problem, in order of lines.
 */
export function checkYamlFile<T>(
  source: string | Uint8Array,
  file: string,
  kind: FileKind,
  check: (value: unknown, written: Written) => Checked<T>,
): { result: T } | { problems: Problem[] } {
  try {
    return checkYaml(source, file, kind, check);
  } catch (error) {
    // The one thing that can overflow the stack is depth: what reads the tree of the YAML does so recursively.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [{ file, line: 1, column: 1, field: '', ...tooDeep(kind) }] };
  }
}

function checkYaml<T>(
  source: string | Uint8Array,
  file: string,
  kind: FileKind,
  check: (value: unknown, written: Written) => Checked<T>,
): { result: T } | { problems: Problem[] } {
  const text = decode(source);
  const garbled = /[\0\ufffd]/.exec(text);
  if (garbled !== null) return { problems: [notText(text, garbled, file, kind)] };

  const lines = new LineCounter();
  // The core schema whatever a %YAML directive says: in YAML 1.1 "yes" is true and 1:30 the number 90.
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
  const located = (finding: Finding): Problem => ({
    file,
    ...at(offsetOf(document, finding)),
    field: fieldName(finding.path),
    found: finding.found,
    allowed: finding.allowed,
    fix: finding.fix,
  });

  // What follows the first error of syntax is mostly its consequence.
  const [unreadable] = [...document.errors, ...document.warnings];
  if (unreadable !== undefined) {
    const position = at(offsetOfError(document, unreadable));
    return { problems: [{ file, ...position, ...syntaxWords(unreadable, text, kind) }] };
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    const words = { found: 'an empty file', allowed: kind.name, fix: kind.begin };
    return { problems: [{ file, line: 1, column: 1, field: '', ...words }] };
  }
  const notPlain = plainRules(document, at, kind);
  const aliased = notPlain.filter(({ blocking }) => blocking);
  if (aliased.length > 0) return { problems: aliased.map(({ finding }) => located(finding)) };

  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const written: Written = (path) => {
    const { node } = find(document, path);
    const isBare = isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'boolean');
    return isBare ? node.source : undefined;
  };
  const { result, findings } = check(value, written);
  const problems = [...notPlain.map(({ finding }) => finding), ...findings].map(located);
  if (result !== undefined && problems.length === 0) return { result };
  return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** Bytes that are not UTF-8 become U+FFFD; a byte order mark goes. */
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
        ? 'a zero byte: this is a binary file, or UTF-16'
        : 'bytes that are not UTF-8: UTF-16, Latin-1, or no text at all',
    allowed: 'a text file in UTF-8',
    fix: `give the YAML file of ${kind.name}, or save it as UTF-8`,
  };
}

type SyntaxWords = Pick<Problem, 'found' | 'allowed' | 'fix'>;

const tooDeep = ({ name, levels }: FileKind): SyntaxWords => ({
  found: 'lists or maps nested too deeply',
  allowed: `${name}, whose lists and maps are at most ${levels} levels deep`,
  fix: 'remove the brackets or dashes that are too many',
});

const syntaxFixes = (kind: FileKind): Partial<Record<YAMLError['code'], SyntaxWords>> => ({
  TAB_AS_INDENT: { found: 'a tab before the text', allowed: 'spaces', fix: 'indent with two spaces' },
  MULTIPLE_DOCS: {
    found: 'a second YAML document after ---',
    allowed: `one ${kind.noun} a file`,
    fix: 'move it to a file of its own',
  },
  BAD_ALIAS: {
    found: 'a * that begins an alias of YAML, which names nothing',
    allowed: 'a text that begins with * in quotes',
    fix: `put the whole text in quotes, as in ${kind.starred}`,
  },
  NON_STRING_KEY: {
    found: 'a key that is no text',
    allowed: 'names of fields',
    fix: 'write each field as name: value',
  },
  RESOURCE_EXHAUSTION: tooDeep(kind),
  TAG_RESOLVE_FAILED: {
    found: 'a YAML tag (a word that begins with !)',
    allowed: 'plain values',
    fix: 'remove the tag, or put the text in quotes',
  },
});

function syntaxWords(
  error: YAMLError,
  text: string,
  kind: FileKind,
): Pick<Problem, 'field' | 'found' | 'allowed' | 'fix'> {
  const known = syntaxFixes(kind)[error.code];
  if (known !== undefined) return { field: '', ...known };
  const [excerpt = ''] = text.slice(error.pos[0]).split('\n');
  const near = excerpt.trim() === '' ? '' : ` at ${quote(excerpt.trim())}`;
  return {
    field: '',
    found: `YAML that cannot be read${near}: ${error.message.split('\n')[0]}`,
    allowed: 'YAML 1.2',
    fix: 'look for a missing quote, bracket or colon, or a wrong indent, here or on the line before',
  };
}

/** Where an error of syntax begins: a quote that is never closed is noticed only at the end of the file. */
function offsetOfError(document: Document.Parsed, error: YAMLError): number {
  // How deep is too deep depends on the machine's stack, and the message should not.
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
 * Such a file is plain data: no aliases, which can make a short file enormous, and each key once. Aliases block all other
 * checks, since nothing can be said of a value that was not expanded.
 */
function plainRules(
  document: Document.Parsed,
  at: (offset: number) => { line: number },
  kind: FileKind,
): { finding: Finding; blocking: boolean }[] {
  const problems: { finding: Finding; blocking: boolean }[] = [];
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
      // One is enough to say so: a bomb has thousands.
      if (aliased.has(alias.source)) return;
      aliased.add(alias.source);
      problems.push({
        blocking: true,
        finding: {
          path: pathTo([...ancestors, alias]),
          found: `the alias *${alias.source}`,
          allowed: `values written out: ${kind.name} is plain data, the same as YAML and as JSON`,
          fix: 'write the value here; if it is a text that begins with *, put it in quotes',
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
            blocking: false,
            finding: {
              path: pathTo([...ancestors, map], key),
              atKey: true,
              found: `the field ${quote(key)} a second time; the first is on line ${at(first).line}`,
              allowed: 'each field once',
              fix: 'remove one of the two',
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

/** The last node on a path that is there, and the key that leads to it. */
function find(document: Document.Parsed, path: Path): { node: unknown; key?: unknown; complete: boolean } {
  let node: unknown = document.contents;
  let key: unknown;
  for (const part of path) {
    if (isMap(node)) {
      // Of a key given twice the last counts, as in JavaScript.
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

/** Where in the text a finding is: at the value, at its key, or, of a field that is missing, at the map that lacks it. */
function offsetOf(document: Document.Parsed, finding: Finding): number {
  const { node, key, complete } = find(document, finding.path);
  const isEmpty = node === null || node === undefined || (isScalar(node) && node.source === '');
  if (key !== undefined && ((complete && finding.atKey === true) || isEmpty)) return startOf(key);
  return startOf(node);
}
