import { TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect, test } from 'vitest';
import { matches, readPattern } from '../../src/eventbridge/pattern.ts';
import { refusal, simulateEvents } from './simulated-events.ts';

const match = (pattern: object, event: object) => matches(readPattern(JSON.stringify(pattern)), event);

describe('a pattern', () => {
  test.each<[what: string, pattern: object, yes: object[], no: object[]]>([
    [
      'exact text',
      { a: ['x', 'y'] },
      [{ a: 'x' }, { a: ['z', 'y'] }],
      [{ a: 'X' }, { a: ['z'] }, {}, { a: {} }],
    ],
    ['exact number', { a: [300] }, [{ a: 300 }, { a: 3.0e2 }], [{ a: '300' }, { a: 301 }]],
    [
      'booleans and null',
      { a: [true, null] },
      [{ a: true }, { a: null }],
      [{ a: false }, { a: 'null' }, {}, { a: [] }],
    ],
    ['empty text', { a: [''] }, [{ a: '' }], [{ a: null }, {}]],
    ['address', { a: ['::1'] }, [{ a: '0:0:0:0:0:0:0:1' }], [{ a: '::2' }, { a: 'x' }]],
    ['prefix', { a: [{ prefix: 'us-' }] }, [{ a: 'us-east-1' }], [{ a: 'eu-us-' }, { a: 5 }, {}]],
    [
      'prefix, any case',
      { a: [{ prefix: { 'equals-ignore-case': 'EVENTB' } }] },
      [{ a: 'eventBridge' }],
      [{ a: 'event' }],
    ],
    ['suffix', { a: [{ suffix: '.png' }] }, [{ a: 'a.png' }], [{ a: 'a.PNG' }, { a: null }]],
    [
      'suffix, any case',
      { a: [{ suffix: { 'equals-ignore-case': '.PnG' } }] },
      [{ a: 'a.png' }],
      [{ a: 'png' }],
    ],
    ['any case', { a: [{ 'equals-ignore-case': 'Alice' }] }, [{ a: 'aLICE' }], [{ a: 'alic' }, { a: 1 }]],
    [
      'wildcard',
      { a: [{ wildcard: 'dir/*.p\\*g' }] },
      [{ a: 'dir/x/y.p*g' }],
      [{ a: 'dir/y.png' }, { a: '/dir/.p*g' }],
    ],
    [
      'anything but a string',
      { a: [{ 'anything-but': 'x' }] },
      [{ a: 'y' }, { a: 5 }, { a: null }],
      [{ a: 'x' }, {}],
    ],
    ['anything but strings', { a: [{ 'anything-but': ['x', 'y'] }] }, [{ a: 'z' }], [{ a: 'x' }, { a: 'y' }]],
    ['anything but numbers', { a: [{ 'anything-but': [1, 2] }] }, [{ a: 3 }, { a: '1' }], [{ a: 2 }]],
    [
      'anything but a prefix',
      { a: [{ 'anything-but': { prefix: ['in', 'st'] } }] },
      [{ a: 'run' }, { a: 7 }],
      [{ a: 'stop' }],
    ],
    [
      'anything but a suffix',
      { a: [{ 'anything-but': { suffix: '.txt' } }] },
      [{ a: 'a.rtf' }],
      [{ a: 'a.txt' }],
    ],
    [
      'anything but any case',
      { a: [{ 'anything-but': { 'equals-ignore-case': 'x' } }] },
      [{ a: 'y' }],
      [{ a: 'X' }],
    ],
    [
      'anything but a wildcard',
      { a: [{ 'anything-but': { wildcard: '*/lib/*' } }] },
      [{ a: '/bin/x' }],
      [{ a: '/lib/x' }],
    ],
    [
      'numbers in a range',
      { a: [{ numeric: ['>', 0, '<=', 5] }] },
      [{ a: 5 }, { a: 0.1 }],
      [{ a: 0 }, { a: 5.1 }, { a: '3' }],
    ],
    ['numbers from', { a: [{ numeric: ['>=', 3] }] }, [{ a: 3 }], [{ a: 2.9 }]],
    ['numbers below', { a: [{ numeric: ['<', 3] }] }, [{ a: -3 }], [{ a: 3 }]],
    ['a number', { a: [{ numeric: ['=', 3.018e2] }] }, [{ a: 301.8 }], [{ a: 301 }]],
    ['there', { a: [{ exists: true }] }, [{ a: null }, { a: 0 }], [{}, { a: { b: 1 } }]],
    ['not there', { a: { b: [{ exists: false }] } }, [{}, { a: { c: 1 } }], [{ a: { b: null } }]],
    ['a network', { a: [{ cidr: '10.0.0.0/24' }] }, [{ a: '10.0.0.255' }], [{ a: '10.0.1.0' }, { a: 'x' }]],
    [
      'an IPv6 network',
      { a: [{ cidr: '2001:db8::/32' }] },
      [{ a: '2001:db8:1::1' }],
      [{ a: '2001:db9::1' }, { a: '10.0.0.1' }],
    ],
    [
      'and',
      { a: ['x'], b: { c: ['y'] } },
      [{ a: 'x', b: { c: 'y' } }],
      [{ a: 'x', b: { c: 'z' } }, { a: 'x' }],
    ],
    [
      'or',
      { a: ['x'], $or: [{ b: [1] }, { c: [2], d: [3] }] },
      [
        { a: 'x', b: 1 },
        { a: 'x', c: 2, d: 3 },
      ],
      [{ b: 1 }, { a: 'x', c: 2 }],
    ],
    ['dotted names', { 'a.b': ['x'] }, [{ a: { b: 'x' } }, { 'a.b': 'x' }], [{ a: 'x' }]],
    [
      'one element of an array',
      { a: { b: [1], c: [2] } },
      [
        {
          a: [
            { b: 0, c: 2 },
            { b: 1, c: 2 },
          ],
        },
      ],
      [
        {
          a: [
            { b: 1, c: 0 },
            { b: 0, c: 2 },
          ],
        },
      ],
    ],
  ])('%s', (_, pattern, yes, no) => {
    for (const event of yes) expect(match(pattern, event), JSON.stringify(event)).toBe(true);
    for (const event of no) expect(match(pattern, event), JSON.stringify(event)).toBe(false);
  });

  test.each<[pattern: unknown, reason: string]>([
    [[], 'Filter is not an object'],
    [{}, 'Empty objects are not allowed'],
    [{ a: {} }, 'Empty objects are not allowed'],
    [{ a: 'x' }, '"a" must be an object or an array'],
    [{ a: [] }, 'Empty arrays are not allowed'],
    [{ a: [['x']] }, 'Match value must be String, number, true, false, or null'],
    [{ a: [{}] }, 'Match expression name not found'],
    [{ a: [{ EXISTS: true }] }, 'Unrecognized match type EXISTS'],
    [{ a: [{ exists: 'yes' }] }, 'exists match pattern must be either true or false.'],
    [{ a: [{ prefix: 'a', suffix: 'b' }] }, 'Only one key allowed in match expression'],
    [{ a: [{ prefix: ['a'] }] }, 'prefix match pattern must be a string'],
    [{ a: [{ prefix: { wildcard: 'a' } }] }, 'Unsupported prefix pattern: wildcard'],
    [{ a: [{ suffix: 1 }] }, 'suffix match pattern must be a string'],
    [{ a: [{ 'equals-ignore-case': ['a'] }] }, 'equals-ignore-case match pattern must be a string'],
    [{ a: [{ wildcard: 1 }] }, 'wildcard match pattern must be a string'],
    [
      { a: [{ wildcard: 'arn:aws:events:us-east-1:**:event-bus/*' }] },
      'Consecutive wildcard characters at pos 26',
    ],
    [{ a: [{ wildcard: 'a\\b' }] }, 'Invalid escape character at pos 2'],
    [
      { a: [{ wildcard: '*:*:*:*:*:event-bus/*' }] },
      'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character',
    ],
    [{ a: [{ numeric: 5 }] }, 'Value of numeric must be an array.'],
    [{ a: [{ numeric: ['>', 0, '>', 0] }] }, 'Bad numeric range operator: >'],
    [{ a: [{ numeric: ['<', 'x'] }] }, 'Value of < must be numeric'],
    [{ a: [{ numeric: ['=', 1, '<', 2] }] }, 'Too many elements in numeric expression'],
    [{ a: [{ numeric: ['!', 1] }] }, 'Unrecognized numeric range operator: !'],
    [{ a: [{ numeric: ['>', 5, '<', 1] }] }, 'Bottom must be less than top'],
    [
      { a: [{ 'anything-but': null }] },
      'Value of anything-but must be an array or single string/number value.',
    ],
    [{ a: [{ 'anything-but': [null] }] }, 'Inside anything but list, start|null|boolean is not supported.'],
    [
      { a: [{ 'anything-but': ['x', 1] }] },
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    ],
    [{ a: [{ 'anything-but': { exists: 'x' } }] }, 'Unsupported anything-but pattern: exists'],
    [{ a: [{ 'anything-but': { prefix: '' } }] }, 'Null prefix/suffix not allowed'],
    [{ a: [{ 'anything-but': { suffix: [1] } }] }, 'prefix/suffix match pattern must be a string'],
    [{ a: [{ cidr: '10.0.0.0' }] }, "Malformed CIDR, one '/' required"],
    [{ a: [{ cidr: '10.0.0.0/xx' }] }, 'Malformed CIDR, mask bits must be an integer'],
    [{ a: [{ cidr: 'xx.11.xx/8' }] }, 'Nonstandard IP address: xx.11.xx'],
    [{ a: [{ cidr: '10.0.0.0/32' }] }, 'IPv4 mask bits must be < 32'],
    [{ $or: {} }, 'It must be an Array followed with $or.'],
    [{ $or: [{ a: [1] }] }, 'There must have at least 2 Objects in $or relationship.'],
    [{ $or: [1, 2] }, 'Only JSON object is allowed in array of $or relationship.'],
    [
      { $or: [{ prefix: [1] }, { a: [1] }] },
      'prefix is Ruler reserved fieldName which cannot be used inside $or.',
    ],
  ])('%j is refused', (pattern, reason) => {
    expect(() => readPattern(JSON.stringify(pattern))).toThrow(
      expect.objectContaining({
        code: 'InvalidEventPatternException',
        message: `Event pattern is not valid. Reason: ${reason}`,
      }),
    );
  });
});

test.each<[what: string, pattern: string]>([
  ['no JSON', '{bad'],
  ['101 levels', `${'{"a":'.repeat(100)}[1]${'}'.repeat(100)}`],
  [
    'too many alternatives',
    `{${Array.from({ length: 40 }, (_, i) => `"${i}":{"$or":[{"x":[1]},{"y":[2]}]}`).join()}}`,
  ],
])("%s is not a pattern; AWS's own text for it is not known", (_, pattern) => {
  expect(() => readPattern(pattern)).toThrow(
    expect.objectContaining({
      code: 'InvalidEventPatternException',
      message: 'Event pattern is not valid.',
    }),
  );
});

test('a pattern may have 100 levels', () => {
  expect(() => readPattern(`${'{"a":'.repeat(99)}[1]${'}'.repeat(99)}`)).not.toThrow();
});

test('TestEventPattern returns the result, and refuses invalid patterns and events', async () => {
  const { events, run } = simulateEvents();
  const event = {
    id: '1',
    account: '1',
    source: 's',
    time: 't',
    region: 'r',
    'detail-type': 'd',
    detail: { a: 1 },
  };
  const ask = (EventPattern: string, Event = JSON.stringify(event)) =>
    run(events().send(new TestEventPatternCommand({ EventPattern, Event })));
  expect(await ask('{"detail":{"a":[1]}}')).toMatchObject({ Result: true });
  expect(await ask('{"detail":{"a":[2]}}')).toMatchObject({ Result: false });
  expect(await refusal(ask('{"source":["s"]'))).toMatchObject({
    code: 'InvalidEventPatternException',
    status: 400,
  });
  const deep = JSON.stringify(event).replace('1}', `${'['.repeat(50_000)}${']'.repeat(50_000)}}`);
  for (const nonsense of ['plain', '[]', '{"id":"1"}', deep]) {
    expect(await refusal(ask('{"source":["s"]}', nonsense))).toMatchObject({
      code: 'ValidationException',
      message: 'Parameter Event is not valid.',
    });
  }
  expect((await refusal(ask('x'.repeat(4097)))).message).toMatch(
    /at 'eventPattern'.*less than or equal to 4096/,
  );
});
