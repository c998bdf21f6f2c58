import { describe, expect, test } from 'vitest';
import { AwsError } from '../../src/core/errors.ts';
import { perform } from '../../src/core/operation.ts';
import { newWorld } from '../../src/new-world.ts';
import { services } from '../../src/services.ts';

const HOME = { account: '999988887777', region: 'eu-west-1' };

/** A world whose clock the test moves, and the number of equal calls that the world accepts at one time. */
function throttled() {
  let now = Date.parse('2026-11-21T03:00:00Z');
  const world = newWorld({ seed: 1, now: () => now });
  const refusals: AwsError[] = [];
  const burst = (
    service: string,
    operation: string,
    { times, input = {}, ...where }: { times: number; input?: object; account?: string; region?: string },
  ): number => {
    let passed = 0;
    for (let turn = 0; turn < times; turn++) {
      try {
        perform(services, world, { service, operation, ...HOME, ...where, input: { ...input } });
        passed++;
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        // A call that is refused for another reason has still taken its token.
        if (/Rate exceeded|Request limit exceeded/.test(error.message)) refusals.push(error);
        else passed++;
      }
    }
    return passed;
  };
  return {
    burst,
    refusals,
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
  };
}

describe('the buckets', () => {
  test.each([
    ['ec2', 'DescribeImages', { Owners: ['self'] }, 100, 20],
    ['ec2', 'DescribeInstances', {}, 50, 10],
    ['ec2', 'DescribeInstances', { MaxResults: 5 }, 100, 20],
    ['ec2', 'CreateImage', {}, 50, 5],
    ['ec2', 'RunInstances', {}, 5, 2],
    ['ec2', 'CopyImage', {}, 100, 1],
    ['ec2', 'CreateTags', {}, 100, 10],
    ['ssm', 'StartAutomationExecution', {}, 1, 1],
    ['ssm', 'GetAutomationExecution', {}, 3, 3],
    ['ssm', 'GetParameter', { Name: 'x' }, 40, 40],
  ])('of %s:%s %j hold %i calls, and %i more each second', (service, operation, input, max, perSecond) => {
    const { burst, pass } = throttled();
    expect(burst(service, operation, { input, times: 300 })).toBe(max);
    pass(1);
    expect(burst(service, operation, { input, times: 300 })).toBe(perSecond);
    pass(100_000);
    expect(burst(service, operation, { input, times: 300 })).toBe(max);
  });

  test.each([
    ['ec2', 'RunInstances', 'RequestLimitExceeded', 'Request limit exceeded.', 503],
    ['ssm', 'GetAutomationExecution', 'ThrottlingException', 'Rate exceeded', 400],
  ])('refuse with the text of %s', (service, operation, code, message, httpStatus) => {
    const { burst, refusals } = throttled();
    burst(service, operation, { times: 6 });
    expect(refusals[0]).toMatchObject({ code, message, httpStatus });
  });

  test('are separate for each account, region and action', () => {
    const { burst } = throttled();
    expect(burst('ec2', 'RunInstances', { times: 9 })).toBe(5);
    expect(burst('ec2', 'RunInstances', { times: 9, region: 'us-east-1' })).toBe(5);
    expect(burst('ec2', 'RunInstances', { times: 9, account: '111122223333' })).toBe(5);
    expect(burst('ec2', 'StartInstances', { times: 9 })).toBe(5);
  });

  test('of SSM are shared by the operations that read parameters', () => {
    const { burst } = throttled();
    expect(burst('ssm', 'GetParameters', { times: 30, input: { Names: ['x'] } })).toBe(30);
    expect(burst('ssm', 'GetParameter', { times: 30, input: { Name: 'x' } })).toBe(10);
  });

  test('also count instances', () => {
    const { burst, pass } = throttled();
    expect(burst('ec2', 'RunInstances', { times: 2, input: { MinCount: 1, MaxCount: 600 } })).toBe(1);
    pass(100);
    expect(burst('ec2', 'RunInstances', { times: 1, input: { MinCount: 1, MaxCount: 600 } })).toBe(1);
  });

  test('of services without published quotas do not run empty', () => {
    expect(throttled().burst('ssm', 'DescribeInstanceInformation', { times: 500 })).toBe(500);
  });
});
