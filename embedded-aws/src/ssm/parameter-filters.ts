import type { ParameterStringFilter, ParametersFilter } from '@aws-sdk/client-ssm';
import { AwsError } from '../core/errors.ts';
import type { Constraint } from '../core/validation.ts';
import { checkedPath, isUnder } from './parameter-names.ts';
import type { ParameterRecord } from './records.ts';
import { invalidFilterKey } from './refusals.ts';

export type ParameterTest = (parameter: ParameterRecord) => boolean;

/** The filter keys of each operation, in the order in which its error text lists them. */
const keys = {
  DescribeParameters: ['Path', 'Name', 'Type', 'KeyId', 'Tier', 'DataType'],
  GetParametersByPath: ['Type', 'KeyId', 'Label'],
} as const;

export const parameterFilters = {
  members: {
    Key: { required: true, length: [1, 132], pattern: /^(tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType)$/ },
    Option: { length: [1, 10] },
    Values: { length: [1, 50], each: { length: [1, 1024] } },
  },
} as const satisfies Constraint;

/**
 * A test for parameters that pass all ParameterFilters of an operation. For each filter, one of its
 * values must match.
 */
export function parameterTest(
  filters: readonly ParameterStringFilter[],
  operation: keyof typeof keys,
): ParameterTest {
  const known: readonly string[] = keys[operation];
  const seen = new Set<string>();
  const tests = filters.map((filter): ParameterTest => {
    const { Key = '', Values = [] } = filter;
    const isTag = Key.startsWith('tag:') && operation === 'DescribeParameters';
    if (!isTag && !known.includes(Key)) {
      throw invalidFilterKey(
        `The following filter key is not valid: ${Key}. Valid filter keys include: [${known.join(', ')}].`,
      );
    }
    if (seen.has(Key)) {
      throw invalidFilterKey(
        `The following filter is duplicated in the request: ${Key}. A request can contain only one occurrence of a specific filter.`,
      );
    }
    seen.add(Key);
    if (!isTag && Values.length === 0) {
      throw new AwsError(
        'InvalidFilterValue',
        `The following filter values are missing : null for filter key ${Key}.`,
      );
    }
    if (Key === 'Path') return pathTest(filter);
    if (isTag) return tagTest(filter);
    checkValues(Key, Values);
    const option = filter.Option ?? 'Equals';
    const matches = comparison(Key, option);
    const isWholeName = Key === 'Name' && option !== 'Contains';
    const wantedValues = isWholeName ? Values.map(withSlash) : Values;
    return (parameter) =>
      valuesOf(parameter, Key).some((value) => wantedValues.some((wanted) => matches(value, wanted)));
  });
  return (parameter) => tests.every((passes) => passes(parameter));
}

/** A test for the deprecated filters. A name matches by prefix, any other value must be equal. */
export function oldParameterTest(filters: readonly ParametersFilter[]): ParameterTest {
  const tests = filters.map(({ Key, Values = [] }): ParameterTest => {
    const matches = comparison(Key ?? '', Key === 'Name' ? 'BeginsWith' : 'Equals');
    const wantedValues = Key === 'Name' ? Values.map(withSlash) : Values;
    return (parameter) =>
      valuesOf(parameter, Key ?? '').some((value) => wantedValues.some((wanted) => matches(value, wanted)));
  });
  return (parameter) => tests.every((passes) => passes(parameter));
}

function pathTest({ Option: option = 'OneLevel', Values = [] }: ParameterStringFilter): ParameterTest {
  if (option !== 'Recursive' && option !== 'OneLevel') {
    throw invalidOption(option, ['Recursive', 'OneLevel']);
  }
  if (Values.some((value) => /^\/(aws|ssm)/i.test(value))) {
    throw new AwsError(
      'ValidationException',
      'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive). When using global parameters, ' +
        'please specify within a global namespace.',
    );
  }
  const paths = Values.map(checkedPath);
  return ({ name }) => paths.some((path) => isUnder(name, path, option === 'Recursive'));
}

function tagTest({ Key = '', Option: option = 'Equals', Values = [] }: ParameterStringFilter): ParameterTest {
  const key = Key.slice('tag:'.length);
  const matches = comparison(Key, option);
  return ({ tags = {} }) => {
    const value = tags[key];
    if (value === undefined) return false;
    return Values.length === 0 || Values.some((wanted) => matches(value, wanted));
  };
}

function checkValues(key: string, values: readonly string[]): void {
  const allowed =
    key === 'Type'
      ? ['String', 'StringList', 'SecureString']
      : key === 'Tier'
        ? ['Standard', 'Advanced', 'Intelligent-Tiering']
        : undefined;
  const wrong = values.find((value) => allowed !== undefined && !allowed.includes(value));
  if (wrong === undefined) return;
  throw new AwsError(
    'InvalidFilterValue',
    `The following filter value is not valid: ${wrong}. Valid values include: [${allowed?.join(', ')}].`,
  );
}

function comparison(key: string, option: string): (value: string, wanted: string) => boolean {
  if (option === 'Equals') return (value, wanted) => value === wanted;
  if (option === 'BeginsWith' && key !== 'Label') return (value, wanted) => value.startsWith(wanted);
  if (option === 'Contains' && key === 'Name') return (value, wanted) => value.includes(wanted);
  if (key === 'Label') throw invalidOption(option, ['Equals']);
  throw invalidOption(
    option,
    key === 'Name' ? ['BeginsWith', 'Equals', 'Contains'] : ['BeginsWith', 'Equals'],
  );
}

const invalidOption = (option: string, valid: readonly string[]) =>
  new AwsError(
    'InvalidFilterOption',
    `The following filter option is not valid: ${option}. Valid options include: [${valid.join(', ')}].`,
  );

/**
 * Filters compare names with a leading slash, so that `/name` also finds `name` (getmoto/moto,
 * ssm/models.py).
 */
const withSlash = (name: string) => (name.startsWith('/') ? name : `/${name}`);

function valuesOf(parameter: ParameterRecord, key: string): readonly string[] {
  switch (key) {
    case 'Name':
      return [withSlash(parameter.name)];
    case 'Type':
      return [parameter.type];
    case 'KeyId':
      return parameter.keyId === undefined ? [] : [parameter.keyId];
    case 'Tier':
      return [parameter.tier ?? 'Standard'];
    case 'DataType':
      return [parameter.dataType];
    default:
      return parameter.labels ?? [];
  }
}
