import { asNumber, asText, type Fields, fieldsOf, isFields, listOf } from '../../shape.ts';
import type { Action } from '../action.ts';

/**
 * aws:branch: the first choice that is true determines the next step, otherwise Default. Without
 * Default, the next step in the document follows.
 */
export const branch: Action = {
  inputs: ['Choices', 'Default'],
  begin: ({ inputs }) => {
    const choice = listOf(inputs.Choices).map(fieldsOf).find(isTrue);
    const next = asText(choice?.NextStep ?? inputs.Default);
    return { is: 'done', ...(next !== undefined && { next, outputs: { NextStep: [next] } }) };
  },
};

const text = (compare: (variable: string, value: string) => boolean) => (variable: unknown, value: unknown) =>
  compare(asText(variable) ?? '', asText(value) ?? '');

const number =
  (compare: (variable: number, value: number) => boolean) => (variable: unknown, value: unknown) =>
    compare(asNumber(variable) ?? Number.NaN, asNumber(value) ?? Number.NaN);

const operators: Readonly<Record<string, (variable: unknown, value: unknown) => boolean>> = {
  StringEquals: text((variable, value) => variable === value),
  EqualsIgnoreCase: text((variable, value) => variable.toLowerCase() === value.toLowerCase()),
  StartsWith: text((variable, value) => variable.startsWith(value)),
  EndsWith: text((variable, value) => variable.endsWith(value)),
  Contains: text((variable, value) => variable.includes(value)),
  NumericEquals: number((variable, value) => variable === value),
  NumericGreater: number((variable, value) => variable > value),
  NumericLesser: number((variable, value) => variable < value),
  NumericGreaterOrEquals: number((variable, value) => variable >= value),
  NumericLesserOrEquals: number((variable, value) => variable <= value),
  BooleanEquals: text((variable, value) => variable.toLowerCase() === value.toLowerCase()),
};

function isTrue(rule: Fields): boolean {
  if (rule.And !== undefined) return listOf(rule.And).map(fieldsOf).every(isTrue);
  if (rule.Or !== undefined) return listOf(rule.Or).map(fieldsOf).some(isTrue);
  if (isFields(rule.Not)) return !isTrue(rule.Not);
  const [name, value] = Object.entries(rule).find(([key]) => key !== 'NextStep' && key !== 'Variable') ?? [];
  const operator = name === undefined ? undefined : operators[name];
  if (operator === undefined) throw new Error(`The operator ${name} of aws:branch is not emulated`);
  return operator(rule.Variable, value);
}
