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
import { type CheckedRecipe, check } from './recipe-check.ts';
import { type Finding, isFields, type Written } from './recipe-issues.ts';

export { type CheckedRecipe, checkRecipe } from './recipe-check.ts';

type Path = readonly PropertyKey[];

/**
 * Reads a recipe from the content of a file, in UTF-8 with or without a byte order mark, with any line ends.
 *
 * `file` is what messages call the file; if it ends in .yml or .yaml, the recipe must have its name. `now` decides
 * whether the schedule can still fire. It never throws: there is a recipe, or at least one problem, in order of lines.
 */
export function parseRecipe(source: string | Uint8Array, file: string, now: Date): CheckedRecipe {
  try {
    return parse(source, file, now);
  } catch (error) {
    // The one thing that can overflow the stack is depth: what reads the tree of the YAML does so recursively.
    if (!(error instanceof RangeError)) throw error;
    return { problems: [{ file, line: 1, column: 1, field: '', ...tooDeep }] };
  }
}

function parse(source: string | Uint8Array, file: string, now: Date): CheckedRecipe {
  const text = decode(source);
  const garbled = /[\0\ufffd]/.exec(text);
  if (garbled !== null) return { problems: [notText(text, garbled, file)] };

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
    return { problems: [{ file, ...position, ...syntaxWords(unreadable, text) }] };
  }
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    const fix = 'begin with name: and description:, or copy another recipe';
    return {
      problems: [{ file, line: 1, column: 1, field: '', found: 'an empty file', allowed: 'a recipe', fix }],
    };
  }
  const notPlain = plainRules(document, at);
  const aliased = notPlain.filter(({ blocking }) => blocking);
  if (aliased.length > 0) return { problems: aliased.map(({ finding }) => located(finding)) };

  const value: unknown = document.toJS({ maxAliasCount: 0 });
  const written: Written = (path) => {
    const { node } = find(document, path);
    const isBare = isScalar(node) && (typeof node.value === 'number' || typeof node.value === 'boolean');
    return isBare ? node.source : undefined;
  };
  const { recipe, findings } = check(value, now, written, fileRules(value, file));
  const problems = [...notPlain.map(({ finding }) => finding), ...findings].map(located);
  if (recipe !== undefined && problems.length === 0) return { recipe };
  return { problems: problems.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** Bytes that are not UTF-8 become U+FFFD; a byte order mark goes. */
function decode(source: string | Uint8Array): string {
  return typeof source === 'string' ? source.replace(/^\ufeff/, '') : new TextDecoder().decode(source);
}

function notText(text: string, garbled: RegExpExecArray, file: string): Problem {
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
    fix: 'give the YAML file of a recipe, or save it as UTF-8',
  };
}

const tooDeep = {
  found: 'lists or maps nested too deeply',
  allowed: 'a recipe, whose lists and maps are at most five levels deep',
  fix: 'remove the brackets or dashes that are too many',
};

const syntaxFixes: Partial<Record<YAMLError['code'], { found: string; allowed: string; fix: string }>> = {
  TAB_AS_INDENT: { found: 'a tab before the text', allowed: 'spaces', fix: 'indent with two spaces' },
  MULTIPLE_DOCS: {
    found: 'a second YAML document after ---',
    allowed: 'one recipe a file',
    fix: 'move it to a file of its own',
  },
  BAD_ALIAS: {
    found: 'a * that begins an alias of YAML, which names nothing',
    allowed: 'a text that begins with * in quotes',
    fix: 'put the whole text in quotes, as in "* 3 ? * SUN *"',
  },
  NON_STRING_KEY: {
    found: 'a key that is no text',
    allowed: 'names of fields',
    fix: 'write each field as name: value',
  },
  RESOURCE_EXHAUSTION: tooDeep,
  TAG_RESOLVE_FAILED: {
    found: 'a YAML tag (a word that begins with !)',
    allowed: 'plain values',
    fix: 'remove the tag, or put the text in quotes',
  },
};

function syntaxWords(error: YAMLError, text: string): Pick<Problem, 'field' | 'found' | 'allowed' | 'fix'> {
  const known = syntaxFixes[error.code];
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
 * A recipe is plain data: no aliases, which can make a short file enormous, and each key once. Aliases block all other
 * checks, since nothing can be said of a value that was not expanded.
 */
function plainRules(
  document: Document.Parsed,
  at: (offset: number) => { line: number },
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
          allowed: 'values written out: a recipe is plain data, the same as YAML and as JSON',
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

/**
 * What concerns files only: `golden bake <name>` finds a recipe by the name of its file, and all that is made from it
 * carries the name inside; and an empty list of steps in a file is forgotten work, while the JSON of a recipe whose
 * defaults are filled in rightly has one.
 */
function fileRules(value: unknown, file: string): Finding[] {
  const { name, steps } = isFields(value) ? value : {};
  const findings: Finding[] = [];
  const [base = file] = file.split(/[\\/]/).slice(-1);
  const stem = /^(.*)\.ya?ml$/.exec(base)?.[1];
  if (stem !== undefined && typeof name === 'string' && name !== stem) {
    findings.push({
      path: ['name'],
      found: `${quote(name)}, in a file named ${quote(base)}`,
      allowed: "the file's name without its extension",
      fix: `write name: ${stem}, or rename the file`,
    });
  }
  if (Array.isArray(steps) && steps.length === 0) {
    findings.push({
      path: ['steps'],
      found: 'an empty list',
      allowed: 'a list of 1 to 50 steps, or no field steps at all',
      fix: 'remove steps if there is nothing to do',
    });
  }
  return findings;
}
