import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../core/errors.ts';
import type { Value } from '../records.ts';
import { invalidAt, invalidRequest } from '../refusals.ts';
import { keptValue } from '../values.ts';

/**
 * The names and values that expressions refer to. `used` collects the placeholders that expressions
 * have referred to.
 */
export interface Placeholders {
  readonly names: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, Value>;
  readonly used: Set<string>;
}

export interface ExpressionInput {
  readonly ExpressionAttributeNames?: Record<string, string> | undefined;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue> | undefined;
}

/**
 * `expressions`: the expressions of the request, by parameter name. Refuses names and values in a
 * request without expressions.
 */
export function placeholdersOf(
  { ExpressionAttributeNames: names, ExpressionAttributeValues: values }: ExpressionInput,
  expressions: Readonly<Record<string, string | undefined>>,
): Placeholders {
  const given = Object.values(expressions).some((expression) => expression !== undefined);
  if (names !== undefined && !given) {
    throw invalidRequest('ExpressionAttributeNames can only be specified when using expressions');
  }
  // A ProjectionExpression only contains names. Values need another kind of expression.
  const withValues = Object.entries(expressions).filter(([name]) => name !== 'ProjectionExpression');
  if (values !== undefined && withValues.every(([, expression]) => expression === undefined)) {
    const missing = withValues.map(([name]) => name);
    throw invalidRequest(
      `ExpressionAttributeValues can only be specified when using expressions: ${missing.join(' and ')} ${
        missing.length > 1 ? 'are' : 'is'
      } null`,
    );
  }
  return { names: namesOf(names), values: valuesOf(values), used: new Set() };
}

function namesOf(names: Record<string, string> | undefined): Map<string, string> {
  checkKeys('ExpressionAttributeNames', names, /^#[0-9a-zA-Z_]+$/);
  return new Map(Object.entries(names ?? {}));
}

function valuesOf(values: Record<string, AttributeValue> | undefined): Map<string, Value> {
  checkKeys('ExpressionAttributeValues', values, /^:[0-9a-zA-Z_]+$/);
  return new Map(
    Object.entries(values ?? {}).map(([key, value]) => {
      try {
        return [key, keptValue(value)];
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        throw invalidAt(
          (message) => `ExpressionAttributeValues contains invalid value: ${message} for key ${key}`,
          error,
        );
      }
    }),
  );
}

function checkKeys(parameter: string, map: object | undefined, shape: RegExp): void {
  if (map === undefined) return;
  const keys = Object.keys(map);
  if (keys.length === 0) throw invalidRequest(`${parameter} must not be empty`);
  const wrong = keys.find((key) => !shape.test(key));
  if (wrong !== undefined) {
    throw invalidRequest(`${parameter} contains invalid key: Syntax error; key: "${wrong}"`);
  }
}

/**
 * Refuses names and values that no expression refers to. Call this function after all expressions
 * are parsed.
 */
export function checkAllUsed({ names, values, used }: Placeholders): void {
  const left = (keys: Iterable<string>) => [...keys].filter((key) => !used.has(key)).join(', ');
  const unusedNames = left(names.keys());
  if (unusedNames !== '') {
    throw invalidRequest(
      `Value provided in ExpressionAttributeNames unused in expressions: keys: {${unusedNames}}`,
    );
  }
  const unusedValues = left(values.keys());
  if (unusedValues !== '') {
    throw invalidRequest(
      `Value provided in ExpressionAttributeValues unused in expressions: keys: {${unusedValues}}`,
    );
  }
}
