import { compareValues, typeOf, type ValueType } from '../values.ts';
import {
  checkDistinct,
  checkFunction,
  type FunctionCall,
  noteNoPath,
  noteType,
  type Operand,
  type Reading,
  readOperand,
  typeOfLiteral,
} from './operands.ts';
import type { Placeholders } from './placeholders.ts';
import { Problems } from './problems.ts';
import { Reader } from './tokens.ts';

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly conditions: readonly [Condition, Condition] }
  | { readonly kind: 'not'; readonly condition: Condition }
  | {
      readonly kind: 'comparison';
      readonly comparator: Comparator;
      readonly operands: readonly [Operand, Operand];
    }
  | { readonly kind: 'between'; readonly operands: readonly [Operand, Operand, Operand] }
  | { readonly kind: 'in'; readonly operand: Operand; readonly list: readonly Operand[] }
  | FunctionCall;

/** The maximum number of values in IN (DynamoDB developer guide, Constraints). */
const listMax = 100;
const comparators: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];
const keywords = ['AND', 'OR', 'NOT', 'BETWEEN', 'IN'];
const functions = new Map([
  ['attribute_exists', 1],
  ['attribute_not_exists', 1],
  ['attribute_type', 2],
  ['begins_with', 2],
  ['contains', 2],
  ['size', 1],
]);
const types: readonly string[] = ['S', 'N', 'B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'NS', 'M'];

/** Parses a condition, a filter or a key condition. `what` is the name of the parameter. */
export function readCondition(what: string, source: string, placeholders: Placeholders): Condition {
  return new ConditionReader(what, source, placeholders).read();
}

class ConditionReader {
  readonly #reader: Reader;
  readonly #placeholders: Placeholders;
  /** The problems of the whole expression. */
  readonly #problems = new Problems();
  /** The most severe problem of the first single condition that has a problem. */
  #inCondition: string | undefined;

  constructor(what: string, source: string, placeholders: Placeholders) {
    this.#reader = new Reader(what, source);
    this.#placeholders = placeholders;
  }

  read(): Condition {
    const condition = this.#disjunction();
    if (this.#reader.next.kind !== 'end') throw this.#reader.syntaxError();
    const problem =
      this.#problems.gravest(['parentheses', 'unknown function', 'misused function', 'reserved']) ??
      this.#inCondition;
    if (problem !== undefined) throw this.#reader.refusal(problem);
    return condition;
  }

  #disjunction(): Condition {
    const left = this.#conjunction();
    if (!this.#reader.skipWord('OR')) return left;
    return { kind: 'or', conditions: [left, this.#disjunction()] };
  }

  #conjunction(): Condition {
    const left = this.#negation();
    if (!this.#reader.skipWord('AND')) return left;
    return { kind: 'and', conditions: [left, this.#conjunction()] };
  }

  #negation(): Condition {
    if (this.#reader.skipWord('NOT')) return { kind: 'not', condition: this.#negation() };
    return this.#primary();
  }

  #primary(): Condition {
    const start = this.#reader.position;
    if (!this.#reader.isAt('(') || this.#isOperandInParentheses()) return this.#single();
    this.#reader.backTo(start);
    this.#reader.take();
    const inner = this.#reader.isAt('(') ? this.#reader.position : undefined;
    const condition = this.#disjunction();
    // The parentheses contain only another pair of parentheses.
    if (inner !== undefined && this.#closing(inner) === this.#reader.position - 1) {
      this.#noteParentheses();
    }
    this.#reader.expect(')');
    return condition;
  }

  /**
   * Whether the parentheses ahead contain an operand (which DynamoDB calls redundant) instead of a
   * condition.
   */
  #isOperandInParentheses(): boolean {
    const start = this.#reader.position;
    const end = this.#closing(start);
    if (end === undefined) return false;
    this.#reader.backTo(end + 1);
    const isOperand =
      comparators.some((comparator) => this.#reader.isAt(comparator)) ||
      this.#reader.isAtWord('BETWEEN', 'IN');
    this.#reader.backTo(start);
    return isOperand;
  }

  /** The position of the parenthesis that closes the parenthesis at `start`. */
  #closing(start: number): number | undefined {
    const back = this.#reader.position;
    this.#reader.backTo(start);
    let depth = 0;
    let end: number | undefined;
    while (end === undefined && this.#reader.next.kind !== 'end') {
      if (this.#reader.isAt('(')) depth++;
      if (this.#reader.isAt(')')) depth--;
      if (depth === 0) end = this.#reader.position;
      this.#reader.take();
    }
    this.#reader.backTo(back);
    return end;
  }

  #single(): Condition {
    const problems = new Problems();
    const operand = this.#operand(problems);
    const condition = this.#rest(operand, problems);
    const inPath = problems.gravest(['unknown function', 'misused function', 'reserved']);
    for (const kind of ['unknown function', 'misused function', 'reserved'] as const) {
      const problem = inPath === undefined ? undefined : problems.gravest([kind]);
      if (problem !== undefined) this.#problems.note(kind, problem);
    }
    this.#inCondition ??= problems.gravest(['name', 'value', 'operand', 'distinct', 'function']);
    return condition;
  }

  #rest(operand: Operand, problems: Problems): Condition {
    const { text } = this.#reader.next;
    if (this.#reader.next.kind === 'symbol' && comparators.includes(text)) {
      this.#reader.take();
      const operands = [operand, this.#operand(problems)] as const;
      checkNoFunctions(operands, problems);
      checkDistinct(problems, text, operands);
      return { kind: 'comparison', comparator: text as Comparator, operands };
    }
    if (this.#reader.skipWord('BETWEEN')) {
      const lower = this.#operand(problems);
      if (!this.#reader.skipWord('AND')) throw this.#reader.syntaxError();
      const operands = [operand, lower, this.#operand(problems)] as const;
      checkNoFunctions(operands, problems);
      checkBounds(operands[1], operands[2], problems);
      return { kind: 'between', operands };
    }
    if (this.#reader.skipWord('IN')) {
      this.#reader.expect('(');
      const list: Operand[] = [];
      do list.push(this.#operand(problems));
      while (this.#reader.skip(','));
      this.#reader.expect(')');
      checkNoFunctions([operand, ...list], problems);
      if (list.length > listMax) {
        problems.note(
          'operand',
          `Incorrect number of operands for operator or function; operator or function: IN, number of operands: ${list.length + 1}`,
        );
      }
      return { kind: 'in', operand, list };
    }
    if (operand.kind !== 'function') throw this.#reader.syntaxError();
    if (operand.name === 'size') noteMisuse(problems, 'size');
    return operand;
  }

  #operand(problems: Problems): Operand {
    if (this.#reader.skip('(')) {
      this.#noteParentheses();
      const operand = this.#operand(problems);
      this.#reader.expect(')');
      return operand;
    }
    const reading: Reading = {
      reader: this.#reader,
      placeholders: this.#placeholders,
      problems,
      keywords,
    };
    return readOperand(reading, (call) => checkCall(call, problems));
  }

  #noteParentheses(): void {
    this.#problems.note('parentheses', 'The expression has redundant parentheses;');
  }
}

function checkCall(call: FunctionCall, problems: Problems): void {
  const { name, operands } = call;
  checkNoFunctions(operands, problems);
  if (!checkFunction(call, functions, problems)) return;
  checkDistinct(problems, name, operands);
  const [first, second] = operands;
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    if (first?.kind !== 'path') noteNoPath(problems, name);
  }
  if (name === 'begins_with') {
    for (const type of operands.map(typeOfOperand)) {
      if (type !== undefined && type !== 'S' && type !== 'B') noteType(problems, name, type);
    }
  }
  if (name === 'size') {
    const type = typeOfOperand(first);
    if (type === 'N' || type === 'BOOL' || type === 'NULL') noteType(problems, name, type);
  }
  if (name === 'attribute_type') checkTypeName(second, problems);
}

function checkTypeName(operand: Operand | undefined, problems: Problems): void {
  if (operand?.kind !== 'value' || !('S' in operand.value)) {
    noteType(problems, 'attribute_type', typeOfOperand(operand) ?? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}');
    return;
  }
  const { S: type } = operand.value;
  if (types.includes(type)) return;
  problems.note(
    'function',
    `Invalid attribute type name found; type: ${type}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`,
  );
}

function checkNoFunctions(operands: readonly Operand[], problems: Problems): void {
  for (const operand of operands) {
    if (operand.kind === 'function' && operand.name !== 'size') noteMisuse(problems, operand.name);
  }
}

function noteMisuse(problems: Problems, name: string): void {
  problems.note(
    'misused function',
    `The function is not allowed to be used this way in an expression; function: ${name}`,
  );
}

function checkBounds(lower: Operand, upper: Operand, problems: Problems): void {
  if (lower.kind !== 'value' || upper.kind !== 'value') return;
  const bounds = `lower bound operand: AttributeValue: ${written(lower)}, upper bound operand: AttributeValue: ${written(upper)}`;
  if (typeOf(lower.value) !== typeOf(upper.value)) {
    problems.note(
      'function',
      `The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`,
    );
  } else if ((compareValues(lower.value, upper.value) ?? 0) > 0) {
    problems.note(
      'function',
      `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`,
    );
  }
}

function written({ value }: { value: object }): string {
  const [[type, content] = []] = Object.entries(value);
  return `{${type}:${String(content)}}`;
}

function typeOfOperand(operand: Operand | undefined): ValueType | undefined {
  if (operand?.kind !== 'function') return typeOfLiteral(operand);
  return operand.name === 'size' ? 'N' : 'BOOL';
}
