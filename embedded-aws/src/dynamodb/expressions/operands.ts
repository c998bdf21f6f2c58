import type { Value } from '../records.ts';
import { typeOf, type ValueType } from '../values.ts';
import { type Path, readPath, shown } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import type { Problems } from './problems.ts';
import type { Reader } from './tokens.ts';

/** The input of an operator or a function. */
export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: Value }
  /** An undefined placeholder. The parser notes a problem, and the operand is never evaluated. */
  | { readonly kind: 'undefined' }
  | FunctionCall;

export interface FunctionCall {
  readonly kind: 'function';
  readonly name: string;
  readonly operands: readonly Operand[];
}

export interface Reading {
  readonly reader: Reader;
  readonly placeholders: Placeholders;
  readonly problems: Problems;
  /** Words that cannot start an operand. */
  readonly keywords: readonly string[];
}

/** Reads a path, a value or a function call. The caller handles parentheses. */
export function readOperand(reading: Reading, checkCall: (call: FunctionCall) => void): Operand {
  const { reader, placeholders, problems, keywords } = reading;
  const { kind, text } = reader.next;
  if (kind === 'placeholder') {
    reader.take();
    placeholders.used.add(text);
    const value = placeholders.values.get(text);
    if (value !== undefined) return { kind: 'value', value };
    problems.note(
      'value',
      `An expression attribute value used in expression is not defined; attribute value: ${text}`,
    );
    return { kind: 'undefined' };
  }
  if (kind === 'name' && !reader.isAtWord(...keywords)) {
    const start = reader.position;
    reader.take();
    if (reader.skip('(')) {
      const operands: Operand[] = [];
      do operands.push(readOperand(reading, checkCall));
      while (reader.skip(','));
      reader.expect(')');
      const call: FunctionCall = { kind: 'function', name: text, operands };
      checkCall(call);
      return call;
    }
    reader.backTo(start);
  }
  return { kind: 'path', path: readPath(reader, placeholders, problems, keywords) };
}

/** Checks the name of a function and the number of its operands. Returns whether both are valid. */
export function checkFunction(
  { name, operands }: FunctionCall,
  counts: ReadonlyMap<string, number>,
  problems: Problems,
): boolean {
  const count = counts.get(name);
  if (count === undefined) {
    problems.note('unknown function', `Invalid function name; function: ${name}`);
    return false;
  }
  if (count === operands.length) return true;
  problems.note(
    'operand',
    `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
  );
  return false;
}

export function noteType(problems: Problems, name: string, type: string): void {
  problems.note(
    'function',
    `Incorrect operand type for operator or function; operator or function: ${name}, operand type: ${type}`,
  );
}

export function noteNoPath(problems: Problems, name: string): void {
  problems.note('function', `Operator or function requires a document path; operator or function: ${name}`);
}

/** Notes a problem if two compared paths are equal. */
export function checkDistinct(problems: Problems, operator: string, operands: readonly Operand[]): void {
  const [a, b] = operands;
  if (operands.length !== 2 || a?.kind !== 'path' || b?.kind !== 'path') return;
  if (shown(a.path) !== shown(b.path)) return;
  problems.note(
    'distinct',
    `The first operand must be distinct from the remaining operands for this operator or function; operator: ${operator}, first operand: ${shown(a.path)}`,
  );
}

/** The type of a literal operand. */
export function typeOfLiteral(operand: Operand | undefined): ValueType | undefined {
  return operand?.kind === 'value' ? typeOf(operand.value) : undefined;
}
