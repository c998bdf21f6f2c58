import type { Value } from '../records.ts';
import { invalid } from '../refusals.ts';
import type { Comparator, Condition } from './conditions.ts';
import type { Operand } from './operands.ts';

/** The condition of a query on one key attribute. */
export interface KeyCondition {
  readonly operator: Exclude<Comparator, '<>'> | 'between' | 'begins_with';
  readonly values: readonly Value[];
}

const mirrored = { '=': '=', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const;

/** The conditions of a KeyConditionExpression, by attribute. */
export function keyConditions(condition: Condition): Map<string, KeyCondition> {
  const found = new Map<string, KeyCondition>();
  collect(condition, found);
  return found;
}

function collect(condition: Condition, found: Map<string, KeyCondition>): void {
  switch (condition.kind) {
    case 'and':
      for (const part of condition.conditions) collect(part, found);
      return;
    case 'or':
    case 'not':
    case 'in':
      throw invalidOperator(condition.kind.toUpperCase());
    case 'comparison': {
      if (condition.comparator === '<>') throw invalidOperator('<>');
      const [left, right] = condition.operands;
      const isMirrored = left.kind !== 'path';
      add(found, condition.operands, {
        operator: isMirrored ? mirrored[condition.comparator] : condition.comparator,
        values: valuesOf([isMirrored ? left : right]),
      });
      return;
    }
    case 'between': {
      const [first, ...bounds] = condition.operands;
      if (first.kind !== 'path') throw noFirstOperand('BETWEEN');
      add(found, condition.operands, { operator: 'between', values: valuesOf(bounds) });
      return;
    }
    case 'function': {
      if (condition.name !== 'begins_with') throw invalidOperator(condition.name);
      const [first, ...rest] = condition.operands;
      if (first?.kind !== 'path') throw noFirstOperand('begins_with');
      add(found, condition.operands, { operator: 'begins_with', values: valuesOf(rest) });
    }
  }
}

function add(found: Map<string, KeyCondition>, operands: readonly Operand[], condition: KeyCondition): void {
  const paths = operands.flatMap((operand) => (operand.kind === 'path' ? [operand.path] : []));
  if (operands.some(({ kind }) => kind === 'function')) {
    throw invalid('KeyConditionExpressions cannot contain nested operations');
  }
  const [path] = paths;
  if (path === undefined) throw invalidCondition('No key attribute specified');
  if (paths.length > 1) {
    throw invalidCondition('Multiple attribute names used in one condition');
  }
  if (path.length > 1) {
    throw invalid('KeyConditionExpressions cannot have conditions on nested attributes');
  }
  const name = String(path[0]);
  if (found.has(name)) {
    throw invalid('KeyConditionExpressions must only contain one condition per key');
  }
  found.set(name, condition);
}

const valuesOf = (operands: readonly Operand[]) =>
  operands.flatMap((operand) => (operand.kind === 'value' ? [operand.value] : []));

const invalidOperator = (operator: string) =>
  invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);

const invalidCondition = (message: string) =>
  invalid(`Invalid condition in KeyConditionExpression: ${message}`);

const noFirstOperand = (operator: string) =>
  invalidCondition(`${operator} operator must have the key attribute as its first operand`);
