import type {
  TestEventPatternCommandInput,
  TestEventPatternCommandOutput,
} from '@aws-sdk/client-eventbridge';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import type { Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { matches, readPattern } from './pattern.ts';
import { isObject } from './pattern-error.ts';
import { invalid } from './refusals.ts';

/** Members that an event must have. AWS's reference also requires `resources`, but the service does not. */
const members = ['id', 'account', 'source', 'time', 'region', 'detail-type'];

export const testEventPattern: Operation<TestEventPatternCommandInput, TestEventPatternCommandOutput> = {
  kind: 'read',
  accepts: ['Event', 'EventPattern'],
  run(input) {
    check(input, { EventPattern: { required: true, length: [0, 4096] }, Event: { required: true } });
    const pattern = readPattern(input.EventPattern ?? '');
    return { Result: matches(pattern, readEvent(input.Event ?? '')) };
  },
};

function readEvent(text: string): unknown {
  const refusal = invalid('Parameter Event is not valid.');
  let event: unknown;
  try {
    event = JSON.parse(text);
  } catch {
    throw refusal;
  }
  if (!isObject(event) || isDeeperThan(event, jsonLevelsMax)) throw refusal;
  if (members.some((name) => event[name] === undefined)) throw refusal;
  return event;
}
