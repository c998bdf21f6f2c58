import { UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from 'vitest';
import { type Attributes, refusal, simulateDynamo } from './simulated-dynamodb.ts';

const Key = { pk: { S: 'a' } };
const item: Attributes = {
  ...Key,
  s: { S: 'hello' },
  n: { N: '10' },
  b: { B: new Uint8Array([1, 2, 3]) },
  f: { BOOL: true },
  z: { NULL: true },
  ss: { SS: ['x', 'y'] },
  ns: { NS: ['1', '2'] },
  l: { L: [{ S: 'first' }, { N: '2' }, { M: { deep: { S: 'here' } } }] },
  m: { M: { k: { N: '5' }, 'a.b': { S: 'dotted' } } },
};
const deep = (levels: number): Attributes[string] => (levels === 0 ? { S: 'x' } : { L: [deep(levels - 1)] });
const values: Attributes = {
  ':s': { S: 'hello' },
  ':he': { S: 'he' },
  ':x': { S: 'x' },
  ':zz': { S: 'zz' },
  ':1': { N: '1' },
  ':5': { N: '5' },
  ':9': { N: '9' },
  ':10': { N: '10.0' },
  ':11': { N: '11' },
  ':b': { B: new Uint8Array([1, 2]) },
  ':true': { BOOL: true },
  ':null': { NULL: true },
  ':ss': { SS: ['y', 'x'] },
  ':z1': { SS: ['x', 'z'] },
  ':all': { SS: ['x', 'y'] },
  ':ns': { NS: ['2', '3'] },
  ':l': { L: [{ S: 'more' }] },
  ':list': { L: [{ S: 'first' }, { N: '2' }, { M: { deep: { S: 'here' } } }] },
  ':m': { M: { k: { N: '5.00' }, 'a.b': { S: 'dotted' } } },
  ':S': { S: 'S' },
  ':M': { S: 'M' },
  ':bogus': { S: 'T' },
  ':deep': deep(32),
};
const names = { '#s': 's', '#dot': 'a.b', '#name': 'name' };

/** The names and values that the expressions use. */
function mentioned(...expressions: (string | undefined)[]): Partial<UpdateItemCommandInput> {
  const pick = <T>(all: Record<string, T>, shape: RegExp) => {
    const keys = new Set(expressions.flatMap((text) => text?.match(shape) ?? []));
    const entries = Object.entries(all).filter(([key]) => keys.has(key));
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
  const found = { names: pick(names, /#\w+/g), values: pick(values, /:\w+/g) };
  return {
    ...(found.names === undefined ? {} : { ExpressionAttributeNames: found.names }),
    ...(found.values === undefined ? {} : { ExpressionAttributeValues: found.values }),
  };
}

async function withItem() {
  const { run, client, table, put, get } = simulateDynamo();
  await table('builds');
  await put('builds', item);
  const update = (changes: Partial<UpdateItemCommandInput>) =>
    run(
      client().send(
        new UpdateItemCommand({
          TableName: 'builds',
          Key,
          ...mentioned(changes.UpdateExpression, changes.ConditionExpression),
          ...changes,
        }),
      ),
    );
  return { update, item: () => get('builds', Key) };
}

describe('a condition', () => {
  test.each([
    's = :s',
    '#s = :s',
    'n = :10',
    'n <> :9',
    'n > :9',
    'n >= :10',
    'n < :11',
    's > :he',
    'b > :b',
    'ss = :ss',
    'l = :list',
    'm = :m',
    'f = :true',
    'z = :null',
    'absent <> :s',
    's <> n',
    'n BETWEEN :9 AND :11',
    's IN (:x, :s)',
    'attribute_exists(s)',
    'attribute_exists(m.k)',
    'attribute_exists(l[2].deep)',
    'attribute_not_exists(absent)',
    'attribute_not_exists(l[3])',
    'attribute_not_exists(s.k)',
    'attribute_type(s, :S)',
    'attribute_type(m, :M)',
    'begins_with(s, :he)',
    'begins_with(b, :b)',
    'contains(s, :he)',
    'contains(ss, :x)',
    'contains(ns, :1)',
    'contains(b, :b)',
    'contains(l, :zz) OR contains(l, :s) OR NOT contains(l, :x)',
    'size(s) = :5',
    'size(m) > :1',
    'size(l) < :5',
    'size(ss) > :1 AND size(b) > :1',
    'm.k = :5 AND m.#dot <> :s',
    'NOT s = :x',
    'NOT (s = :x OR s = :zz)',
    's = :x OR s = :s AND n = :10',
    '(s = :x OR s = :s) and NOT n = :9',
    'S <> :s',
  ])('%s is true', async (ConditionExpression) => {
    const { update } = await withItem();
    await update({ ConditionExpression });
  });

  test.each([
    's = :x',
    's = :5',
    'n = :s',
    'absent = :s',
    'absent < :s',
    'absent = nothing_either',
    'n < :s',
    'n BETWEEN :11 AND :11',
    's BETWEEN :9 AND :11',
    'absent IN (:x)',
    'attribute_exists(absent)',
    'attribute_exists(l[9])',
    'attribute_not_exists(s)',
    'attribute_type(s, :M)',
    'attribute_type(absent, :S)',
    'begins_with(s, :x)',
    'begins_with(n, :he)',
    'contains(n, :1)',
    'contains(ss, :1)',
    'size(n) > :1',
    'size(absent) > :1',
    'NOT s = :s',
    '(s = :x OR s = :zz) AND n = :10',
    's = :s AND NOT (n = :10)',
  ])('%s is false', async (ConditionExpression) => {
    const { update } = await withItem();
    expect(await refusal(update({ ConditionExpression }))).toMatchObject({
      code: 'ConditionalCheckFailedException',
    });
  });

  test.each<[string, string]>([
    ['', 'The expression can not be empty;'],
    ['s', 'Syntax error; token: "<EOF>", near: "s"'],
    ['s = ', 'Syntax error; token: "<EOF>", near: "="'],
    ['s == :s', 'Syntax error; token: "=", near: "== :s"'],
    ['a-b', 'Syntax error; token: "-", near: "a-b"'],
    ['_a = :s', 'Syntax error; token: "_", near: "_a"'],
    ['s = :s AND', 'Syntax error; token: "<EOF>", near: "AND"'],
    ['(s = :s', 'Syntax error; token: "<EOF>", near: ":s"'],
    ['s = :s)', 'Syntax error; token: ")", near: ":s)"'],
    ['l[x] = :s', 'Syntax error; token: "x", near: "[x]"'],
    ['s BETWEEN :x, :s', 'Syntax error; token: ",", near: ":x, :s"'],
    ['((s = :s))', 'The expression has redundant parentheses;'],
    ['(s) = :s', 'The expression has redundant parentheses;'],
    ['name = :s', 'Attribute name is a reserved keyword; reserved keyword: name'],
    ['m.status = :s', 'Attribute name is a reserved keyword; reserved keyword: status'],
    ['exists(s)', 'Invalid function name; function: exists'],
    ['size(s)', 'The function is not allowed to be used this way in an expression; function: size'],
    [
      'begins_with(s, :he) = :true',
      'The function is not allowed to be used this way in an expression; function: begins_with',
    ],
    [
      '#none = :s',
      'An expression attribute name used in the document path is not defined; attribute name: #none',
    ],
    ['s = :none', 'An expression attribute value used in expression is not defined; attribute value: :none'],
    [
      'begins_with(s)',
      'Incorrect number of operands for operator or function; operator or function: begins_with, number of operands: 1',
    ],
    [
      'begins_with(s, :5)',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'attribute_exists(:s)',
      'Operator or function requires a document path; operator or function: attribute_exists',
    ],
    [
      'attribute_type(s, :bogus)',
      'Invalid attribute type name found; type: T, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}',
    ],
    [
      's = s',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [s]',
    ],
    [
      'n BETWEEN :11 AND :9',
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:11}, upper bound operand: AttributeValue: {N:9}',
    ],
    [
      'n BETWEEN :9 AND :s',
      'The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:9}, upper bound operand: AttributeValue: {S:hello}',
    ],
    [`${'s = :s OR '.repeat(200)}s = :s`, 'The expression contains too many operators; operator count: 401'],
    [
      `s = :s${' '.repeat(4096)}AND n = :5`,
      'Expression size has exceeded the maximum allowed size; expression size: 4112',
    ],
  ])('%s is refused', async (ConditionExpression, message) => {
    const { update } = await withItem();
    expect(await refusal(update({ ConditionExpression }))).toMatchObject({
      code: 'ValidationException',
      message: `1 validation error detected: Invalid ConditionExpression: ${message}`,
    });
  });

  test.each<[Partial<UpdateItemCommandInput>, string]>([
    [
      { ConditionExpression: 's = :s', ExpressionAttributeValues: { ':s': { S: 'a' }, ':t': { S: 'b' } } },
      '1 validation error detected: Value provided in ExpressionAttributeValues unused in expressions: keys: {:t}',
    ],
    [
      { ConditionExpression: 's = :s', ExpressionAttributeValues: { s: { S: 'a' } } },
      '1 validation error detected: ExpressionAttributeValues contains invalid key: Syntax error; key: "s"',
    ],
    [
      { ConditionExpression: 's = :s', ExpressionAttributeValues: {} },
      '1 validation error detected: ExpressionAttributeValues must not be empty',
    ],
    [
      { ConditionExpression: 's = :s', ExpressionAttributeValues: { ':s': { N: 'x' } } },
      // Errors about numbers have no prefix.
      'ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a numeric value: x for key :s',
    ],
    [
      { ExpressionAttributeValues: { ':s': { S: 'a' } } },
      '1 validation error detected: ExpressionAttributeValues can only be specified when using expressions: UpdateExpression and ConditionExpression are null',
    ],
    [
      { ConditionExpression: 's = :s', ExpressionAttributeValues: { ':s': { SS: [] } } },
      '1 validation error detected: One or more parameter values were invalid: An string set  may not be empty',
    ],
    [
      { UpdateExpression: 'SET s = :s', ExpressionAttributeValues: { ':s': { NS: [] } } },
      '1 validation error detected: One or more parameter values were invalid: An number set  may not be empty',
    ],
    [
      {
        UpdateExpression: 'SET s = :s',
        ExpressionAttributeValues: { ':s': { S: 'a' } },
        ExpressionAttributeNames: { '#n': 'n' },
      },
      '1 validation error detected: Value provided in ExpressionAttributeNames unused in expressions: keys: {#n}',
    ],
  ])('with %j is refused', async (changes, message) => {
    const { update } = await withItem();
    expect(await refusal(update(changes))).toMatchObject({ code: 'ValidationException', message });
  });
});

describe('an update', () => {
  test.each<[string, Attributes]>([
    ['SET s = :x', { s: { S: 'x' } }],
    ['set s = :x, n = n + :5', { s: { S: 'x' }, n: { N: '15' } }],
    ['SET n = n - :11', { n: { N: '-1' } }],
    ['SET n = :10 - n', { n: { N: '0' } }],
    // Operands are read from the item before the update.
    ['SET s = n, n = m.k', { s: { N: '10' }, n: { N: '5' } }],
    ['SET neu = if_not_exists(neu, :5) + :1', { neu: { N: '6' } }],
    ['SET n = if_not_exists(n, :5)', {}],
    ['SET neu = if_not_exists(absent, s)', { neu: { S: 'hello' } }],
    ['SET l = list_append(l, :l)', { l: { L: [...(item.l?.L ?? []), { S: 'more' }] } }],
    ['SET neu = list_append(:l, if_not_exists(neu, :l))', { neu: { L: [{ S: 'more' }, { S: 'more' }] } }],
    ['SET m.k = :x, m.neu = :5', { m: { M: { 'a.b': { S: 'dotted' }, k: { S: 'x' }, neu: { N: '5' } } } }],
    ['SET m.#dot = :x', { m: { M: { k: { N: '5' }, 'a.b': { S: 'x' } } } }],
    [
      'SET l[0] = :x, l[9] = :5',
      { l: { L: [{ S: 'x' }, { N: '2' }, { M: { deep: { S: 'here' } } }, { N: '5' }] } },
    ],
    ['SET l[2].deep = :x', { l: { L: [{ S: 'first' }, { N: '2' }, { M: { deep: { S: 'x' } } }] } }],
    ['REMOVE l[0], l[1]', { l: { L: [{ M: { deep: { S: 'here' } } }] } }],
    ['REMOVE l[0] SET l[1] = :x', { l: { L: [{ S: 'x' }, { M: { deep: { S: 'here' } } }] } }],
    ['REMOVE m.k, absent, l[7]', { m: { M: { 'a.b': { S: 'dotted' } } } }],
    ['ADD n :5, neu :1', { n: { N: '15' }, neu: { N: '1' } }],
    ['ADD m.k :1', { m: { M: { k: { N: '6' }, 'a.b': { S: 'dotted' } } } }],
    ['ADD ss :z1, ns :ns', { ss: { SS: ['x', 'y', 'z'] }, ns: { NS: ['1', '2', '3'] } }],
    ['DELETE ss :z1', { ss: { SS: ['y'] } }],
    ['DELETE absent :all', {}],
    ['SET #name = :s', { name: { S: 'hello' } }],
    ['SET n = (n + :1)', { n: { N: '11' } }],
  ])('%s', async (UpdateExpression, changes) => {
    const { update, item: current } = await withItem();
    await update({ UpdateExpression });
    expect(await current()).toEqual({ ...item, ...changes });
  });

  test.each([
    ['REMOVE s', 's'],
    // A set without elements is removed.
    ['DELETE ss :all', 'ss'],
  ])('%s removes %s', async (UpdateExpression, name) => {
    const { update, item: current } = await withItem();
    await update({ UpdateExpression });
    const { [name]: _gone, ...rest } = item;
    expect(await current()).toEqual(rest);
  });

  test.each<[string, string]>([
    ['', '1 validation error detected: Invalid UpdateExpression: The expression can not be empty;'],
    [
      'INVALID SYNTAX',
      '1 validation error detected: Invalid UpdateExpression: Syntax error; token: "INVALID", near: "INVALID SYNTAX"',
    ],
    [
      'SET s',
      '1 validation error detected: Invalid UpdateExpression: Syntax error; token: "<EOF>", near: "s"',
    ],
    [
      'SET s = :x,',
      '1 validation error detected: Invalid UpdateExpression: Syntax error; token: "<EOF>", near: ","',
    ],
    [
      'SET n = n + :1 + :5',
      '1 validation error detected: Invalid UpdateExpression: Syntax error; token: "+", near: ":1 + :5"',
    ],
    [
      'ADD n n',
      '1 validation error detected: Invalid UpdateExpression: Syntax error; token: "n", near: "n n"',
    ],
    [
      'ADD hits : incr',
      '1 validation error detected: Invalid UpdateExpression: Syntax error; token: ":", near: "hits : incr"',
    ],
    [
      'SET s = :x SET n = :5',
      '1 validation error detected: Invalid UpdateExpression: The "SET" section can only be used once in an update expression;',
    ],
    [
      'SET name = :x',
      '1 validation error detected: Invalid UpdateExpression: Attribute name is a reserved keyword; reserved keyword: name',
    ],
    [
      'SET s = :x, s = :s',
      '1 validation error detected: Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [s], path two: [s]',
    ],
    [
      'SET m = :m REMOVE m.k',
      '1 validation error detected: Invalid UpdateExpression: Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [m], path two: [m, k]',
    ],
    [
      'SET m.k = :x REMOVE m[0]',
      '1 validation error detected: Invalid UpdateExpression: Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [m, k], path two: [m, [0]]',
    ],
    [
      'SET s = upper(s)',
      '1 validation error detected: Invalid UpdateExpression: Invalid function name; function: upper',
    ],
    [
      'SET l = list_append(l, :s)',
      '1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: list_append, operand type: S',
    ],
    [
      'SET n = n + :s',
      '1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator or function: +, operand type: S',
    ],
    [
      'SET n = if_not_exists(:s, n)',
      '1 validation error detected: Invalid UpdateExpression: Operator or function requires a document path; operator or function: if_not_exists',
    ],
    [
      'ADD s :s',
      '1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator: ADD, operand type: STRING',
    ],
    [
      'DELETE n :5',
      '1 validation error detected: Invalid UpdateExpression: Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER',
    ],
    [
      'SET pk = :x',
      'One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of the key',
    ],
    ['SET s = absent', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET n = s + :1', 'An operand in the update expression has an incorrect data type'],
    ['SET l = list_append(s, :l)', 'An operand in the update expression has an incorrect data type'],
    ['ADD s :5', 'An operand in the update expression has an incorrect data type'],
    ['DELETE ns :all', 'An operand in the update expression has an incorrect data type'],
    ['SET absent.k = :x', 'The document path provided in the update expression is invalid for update'],
    ['SET s.k = :x', 'The document path provided in the update expression is invalid for update'],
    ['SET m[0] = :x', 'The document path provided in the update expression is invalid for update'],
    ['SET m.k = :deep', 'Nesting Levels have exceeded supported limits'],
    ['REMOVE absent.k', 'The document path provided in the update expression is invalid for update'],
  ])('%s is refused', async (UpdateExpression, message) => {
    const { update, item: current } = await withItem();
    expect(await refusal(update({ UpdateExpression }))).toMatchObject({
      code: 'ValidationException',
      message,
    });
    expect(await current()).toEqual(item);
  });
});
