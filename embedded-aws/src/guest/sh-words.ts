import type { ArithmeticExpression, Word as Node, ParsedScript, WordPart } from 'unbash';
import type { State } from './state.ts';
import { globOf } from './words.ts';

/** A word of a command after its expansions. */
export interface Field {
  readonly text: string;
  /** Whether the word was quoted, so that it is no pattern. */
  readonly quoted: boolean;
  /** Whether the guest knows all of the word. If not, `text` is the word as it is written. */
  readonly known: boolean;
}

/** What the expansions of a word need. */
export interface Scope {
  readonly files: State['files'];
  /** The value of a variable; `undefined`: unknown. */
  readonly value: (name: string) => string | undefined;
  readonly parameters: readonly string[];
  /** What a script prints; `undefined`: unknown. */
  readonly output: (script: ParsedScript) => string | undefined;
}

/** The fields of a word: one, or several after the expansion of a pattern or of an unquoted variable. */
export function fieldsOf(word: Node, scope: Scope): Field[] {
  const { parts } = word;
  if (parts === undefined) return [{ text: word.value, quoted: word.text !== word.value, known: true }];
  if (parts.length === 1 && word.text === '"$@"') {
    return scope.parameters.map((text) => ({ text, quoted: true, known: true }));
  }
  const expanded = parts.map((part) => expand(part, scope));
  if (expanded.includes(undefined)) return [{ text: written(word), quoted: true, known: false }];
  const text = expanded.join('');
  if (parts.some(({ type }) => type === 'Glob')) {
    const pattern = parts
      .map((part, index) => (part.type === 'Glob' ? part.text : escaped(expanded[index] ?? '')))
      .join('');
    const paths = pathsNamed(pattern, scope.files);
    if (paths.length > 0) return paths.map((path) => ({ text: path, quoted: true, known: true }));
    return [{ text, quoted: false, known: true }];
  }
  const isSplit = parts.some(({ type }) => type.endsWith('Expansion'));
  const texts = isSplit ? text.split(/\s+/).filter((one) => one !== '') : [text];
  return texts.map((one) => ({ text: one, quoted: true, known: true }));
}

/** The text of a word that is not split, such as the value of an assignment; `undefined`: unknown. */
export function textOf(word: Node, scope: Scope): string | undefined {
  const expanded = word.parts?.map((part) => expand(part, scope)) ?? [word.value];
  return expanded.includes(undefined) ? undefined : expanded.join('');
}

/** A word of which the guest does not know a part, as it is written, without quotes. */
const written = ({ text }: Node): string => text.replaceAll(/(?<!\\)["']/g, '');

function expand(part: WordPart, scope: Scope): string | undefined {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
    case 'Glob':
      return part.value;
    case 'DoubleQuoted': {
      const texts = part.parts.map((child) => expand(child, scope));
      return texts.includes(undefined) ? undefined : texts.join('');
    }
    case 'SimpleExpansion':
      return scope.value(part.text.slice(1));
    case 'ParameterExpansion': {
      const { parameter, operation, prefix, index } = part;
      if (prefix !== undefined || index !== undefined) return undefined;
      const value = scope.value(parameter);
      if (operation === undefined) return value;
      if (operation.type !== 'Default' || !/^:?-$/.test(operation.operator)) return undefined;
      return value === '' && operation.operator === ':-' ? textOf(operation.operand, scope) : value;
    }
    case 'CommandExpansion':
      return part.script && scope.output(part.script)?.replace(/\n+$/, '');
    case 'ArithmeticExpansion': {
      const number = part.expression && calculate(part.expression, scope);
      return number === undefined ? undefined : String(number);
    }
    default:
      return undefined;
  }
}

/** The value of a sum or difference, such as a count of failures; `undefined`: unknown. */
function calculate(expression: ArithmeticExpression, scope: Scope): number | undefined {
  if (expression.type === 'ArithmeticWord') {
    const name = expression.value.replace(/^\$/, '');
    const text = /^\d/.test(name) ? name : scope.value(name);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  }
  if (expression.type !== 'ArithmeticBinary' || !/^[-+]$/.test(expression.operator)) return undefined;
  const [left, right] = [calculate(expression.left, scope), calculate(expression.right, scope)];
  if (left === undefined || right === undefined) return undefined;
  return expression.operator === '+' ? left + right : left - right;
}

const escaped = (text: string) => text.replaceAll(/[*?[\]\\]/g, '\\$&');

/** The known files and directories that a pattern matches. */
function pathsNamed(pattern: string, files: State['files']): string[] {
  if (!pattern.startsWith('/')) return [];
  const depth = pattern.split('/').length;
  const paths = [...files.keys()].map((file) => file.split('/').slice(0, depth).join('/'));
  const matcher = globOf(pattern.replace(/\/$/, ''));
  return [...new Set(paths)].filter((path) => matcher.test(path)).sort();
}
