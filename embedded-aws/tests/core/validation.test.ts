import { expect, test } from 'vitest';
import { type Constraints, check, checkValue } from '../../src/core/validation.ts';

const constraints = {
  Name: { required: true, length: [3, 5], pattern: /[a-z]+/ },
  Size: { range: [1, 10] },
  Kind: { oneOf: ['a', 'b'] },
  Names: { length: [1, 2], each: { length: [1, 2] } },
  Labels: { length: [0, 1] },
  Parts: { members: { Id: { required: true, length: [1, 2] } } },
  Place: { members: { Zone: { pattern: /\d/ } } },
  Secret: { length: [0, 1], shown: undefined },
  Pairs: { length: [0, 1], shown: (pairs: readonly unknown[]) => `${pairs.length} pairs` },
} as const satisfies Constraints;

test.each<[what: string, input: object]>([
  ['all required members and no others', { Name: 'abc' }],
  [
    'all values at their limits',
    { Name: 'abcde', Size: 10, Kind: 'b', Names: ['a', 'ab'], Parts: [{ Id: 'a' }], Place: { Zone: '1' } },
  ],
  ['null for optional members', { Name: 'abc', Size: null, Parts: [], Place: {} }],
])('passes %s', (_, input) => {
  expect(() => check(input, constraints)).not.toThrow();
});

test.each<[what: string, input: object, failures: string[]]>([
  ['missing', { Name: undefined }, ["null at 'name' failed to satisfy constraint: Member must not be null"]],
  [
    'a short value that does not match, in the order of the constraint',
    { Name: '!' },
    [
      "'!' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 3",
      "'!' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
    ],
  ],
  [
    'a value that matches only partly',
    { Name: 'abc1' },
    ["'abc1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+"],
  ],
  [
    'too large',
    { Size: 11 },
    ["'11' at 'size' failed to satisfy constraint: Member must have value less than or equal to 10"],
  ],
  [
    'not in the set',
    { Kind: 'c' },
    ["'c' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [a, b]"],
  ],
  [
    'an item of a list',
    { Names: ['', 'a'] },
    [
      "'[, a]' at 'names' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 2, Member must have length greater than or equal to 1]",
    ],
  ],
  [
    'a map',
    { Labels: { a: 1, b: [2] } },
    [
      "'{a=1, b=[2]}' at 'labels' failed to satisfy constraint: Member must have length less than or equal to 1",
    ],
  ],
  [
    'a member of a structure in a list',
    { Parts: [{ Id: 'a' }, {}, null] },
    [
      "null at 'parts.2.member.id' failed to satisfy constraint: Member must not be null",
      "null at 'parts.3.member.id' failed to satisfy constraint: Member must not be null",
    ],
  ],
  [
    'a member of a structure',
    { Place: { Zone: 'a' } },
    ["'a' at 'place.zone' failed to satisfy constraint: Member must satisfy regular expression pattern: \\d"],
  ],
  [
    'a value that is not repeated',
    { Secret: 'abc' },
    ["at 'secret' failed to satisfy constraint: Member must have length less than or equal to 1"],
  ],
  [
    'a value in a special form',
    { Pairs: [1, 2] },
    ["'2 pairs' at 'pairs' failed to satisfy constraint: Member must have length less than or equal to 1"],
  ],
])('refuses %s', (_, input, failures) => {
  const errors = failures.length === 1 ? 'error' : 'errors';
  expect(() => check({ Name: 'abc', ...input }, constraints)).toThrow(
    expect.objectContaining({
      code: 'ValidationException',
      message: `${failures.length} validation ${errors} detected: ${failures.map((text) => `Value ${text}`).join('; ')}`,
    }),
  );
});

test('a service may have another code, and a structure may be anywhere in the request', () => {
  const inItem = () =>
    check({}, { Key: { required: true } }, { code: 'ValidationError', at: 'items.1.member' });
  expect(inItem).toThrow(
    expect.objectContaining({
      code: 'ValidationError',
      message:
        "1 validation error detected: Value null at 'items.1.member.key' failed to satisfy constraint: Member must not be null",
    }),
  );
});

test('at most ten failures are named', () => {
  const parts = Array.from({ length: 20 }, () => ({}));
  expect(() => checkValue(parts, 'parts', { members: { Id: { required: true } } })).toThrow(
    /^10 validation errors detected: .*'parts\.10\.member\.id'[^;]*$/,
  );
});
