import { expect, it } from 'vitest';
import { logKeysOf } from '../../shared/lambda/log.ts';

const startTime = '2026-11-22T03:00:00.000Z';
const version = expect.stringMatching(/^20261122-030000-[0-9a-f]{6}$/);

it.each<[string, unknown, object]>([
  [
    'a build with a plan',
    { execution: 'e', startTime, document: { recipe: 'asked', plan: { recipe: 'planned', version: 'v' } } },
    { execution: 'e', recipe: 'planned', version: 'v' },
  ],
  [
    'a build without a plan',
    { execution: 'e', startTime, document: { recipe: 'al2023' } },
    { execution: 'e', recipe: 'al2023', version },
  ],
  [
    'a build of a recipe given inline',
    { execution: 'e', startTime, document: { recipe: { name: 'inline' } } },
    { execution: 'e', recipe: 'inline', version },
  ],
  ['clean-up after an execution', { execution: 'e', startTime, document: {} }, { execution: 'e', version }],
  ['an event without a build', { source: 'aws.ec2', detail: { recipe: 'x' } }, {}],
  ['an invalid time', { execution: 'e', startTime: 'yesterday' }, { execution: 'e' }],
  ['no execution', { startTime, document: { recipe: 'plain' } }, { recipe: 'plain' }],
  [
    'values of other types',
    { execution: 7, startTime: 7, document: { recipe: 7, plan: { recipe: [] } } },
    {},
  ],
  ['an invalid document', { execution: 'e', document: 'text' }, { execution: 'e' }],
  ['text', 'text', {}],
  ['null', null, {}],
  ['nothing', undefined, {}],
])('the keys of %s', (_, event, keys) => {
  expect(logKeysOf(event)).toEqual(keys);
});
