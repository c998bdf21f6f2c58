import { typeOf } from '../values.ts';
import {
  checkFunction,
  type FunctionCall,
  noteNoPath,
  noteType,
  type Operand,
  type Reading,
  readOperand,
  typeOfLiteral,
} from './operands.ts';
import { checkApart, type Path, readPath } from './paths.ts';
import type { Placeholders } from './placeholders.ts';
import { Problems } from './problems.ts';
import { Reader } from './tokens.ts';

/**
 * The effect of an UpdateExpression on one path. The operators + and - are represented as
 * functions.
 */
export type Update =
  | { readonly action: 'SET'; readonly path: Path; readonly operand: Operand }
  | { readonly action: 'REMOVE'; readonly path: Path }
  | { readonly action: 'ADD' | 'DELETE'; readonly path: Path; readonly operand: Operand };

const sections = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
const functions = new Map([
  ['if_not_exists', 2],
  ['list_append', 2],
  ['+', 2],
  ['-', 2],
]);
const typeNames: Readonly<Record<string, string>> = {
  S: 'STRING',
  N: 'NUMBER',
  B: 'BINARY',
  NULL: 'NULL',
  BOOL: 'BOOLEAN',
  L: 'LIST',
  M: 'MAP',
};

export function readUpdates(source: string, placeholders: Placeholders): Update[] {
  const reader = new Reader('UpdateExpression', source);
  const problems = new Problems();
  const reading: Reading = { reader, placeholders, problems, keywords: [] };
  const updates: Update[] = [];
  const seen = new Set<string>();
  do {
    const section = sections.find((word) => reader.skipWord(word));
    if (section === undefined) throw reader.syntaxError();
    if (seen.has(section)) {
      problems.note('section', `The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do updates.push(readUpdate(section, reading));
    while (reader.skip(','));
  } while (reader.next.kind !== 'end');
  checkApart(
    updates.map(({ path }) => path),
    problems,
  );
  const problem = problems.gravest([
    'reserved',
    'unknown function',
    'section',
    'name',
    'value',
    'overlap',
    'conflict',
    'operand',
    'function',
  ]);
  if (problem !== undefined) throw reader.refusal(problem);
  return updates;
}

function readUpdate(action: (typeof sections)[number], reading: Reading): Update {
  const { reader, placeholders, problems } = reading;
  const path = readPath(reader, placeholders, problems);
  if (action === 'REMOVE') return { action, path };
  if (action === 'SET') {
    reader.expect('=');
    return { action, path, operand: readSum(reading) };
  }
  if (reader.next.kind !== 'placeholder') throw reader.syntaxError();
  const operand = readOperand(reading, () => {});
  const type = operand.kind === 'value' ? typeNames[typeOf(operand.value)] : undefined;
  if (type !== undefined && !(action === 'ADD' && type === 'NUMBER')) {
    problems.note(
      'operand',
      `Incorrect operand type for operator or function; operator: ${action}, operand type: ${type}`,
    );
  }
  return { action, path, operand };
}

/** Reads one operand, or two operands with + or -. Parentheses are allowed around both forms. */
function readSum(reading: Reading): Operand {
  const { reader } = reading;
  const left = readTerm(reading);
  const operator = ['+', '-'].find((symbol) => reader.skip(symbol));
  if (operator === undefined) return left;
  const call: FunctionCall = {
    kind: 'function',
    name: operator,
    operands: [left, readTerm(reading)],
  };
  checkCall(call, reading.problems);
  return call;
}

function readTerm(reading: Reading): Operand {
  if (!reading.reader.skip('(')) {
    return readOperand(reading, (call) => checkCall(call, reading.problems));
  }
  const operand = readSum(reading);
  reading.reader.expect(')');
  return operand;
}

function checkCall(call: FunctionCall, problems: Problems): void {
  if (!checkFunction(call, functions, problems)) return;
  const { name, operands } = call;
  if (name === 'if_not_exists') {
    if (operands[0]?.kind !== 'path') noteNoPath(problems, name);
    return;
  }
  const wanted = name === 'list_append' ? 'L' : 'N';
  for (const type of operands.map(typeOfLiteral)) {
    if (type !== undefined && type !== wanted) noteType(problems, name, type);
  }
}
