import { type EC2Client, EC2ServiceException, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { installClock } from 'embedded-aws';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ec2 } from '../../shared/aws/clients.ts';
import { isNoCapacity, translate } from '../../shared/aws/error-codes.ts';

const exception = (name: string, message: string, httpStatusCode?: number) =>
  new EC2ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode } });

describe('an error of AWS', () => {
  it.each([
    ['InsufficientInstanceCapacity', 500, 'NoCapacity'],
    ['IdempotentInstanceTerminated', 400, 'NoCapacity'],
    ['RequestLimitExceeded', 503, 'Transient'],
    ['ResourceLimitExceeded', 400, 'LimitReached'],
    ['UnauthorizedOperation', 403, 'Denied'],
    ['InvalidAMIID.NotFound', 400, 'NotFound'],
    ['InvalidAMIName.Duplicate', 400, 'Conflict'],
    ['SomethingNew', 503, 'Transient'],
    ['SomethingNew', 400, 'Refused'],
  ])('%s with status %i is %s', (code, status, name) => {
    const error = exception(code, 'as AWS says', status);
    expect(translate(error, 'ec2:RunInstances in eu-west-1')).toMatchObject({
      name,
      code,
      said: 'as AWS says',
      message: `ec2:RunInstances in eu-west-1: ${code}: as AWS says`,
      cause: error,
    });
  });

  it('only needs time where a profile is new or an instance not quite stopped, whatever its code', () => {
    for (const message of [
      'Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name',
      "Invalid value 'i-1' for instanceId. Instance is not in state 'running' or 'stopped'",
    ]) {
      expect(translate(exception('InvalidParameterValue', message, 400), 'a call')).toMatchObject({
        name: 'Transient',
      });
    }
    expect(translate(exception('InvalidParameterValue', 'Value is wrong', 400), 'a call')).toMatchObject({
      name: 'Refused',
    });
  });

  it('tells an image that was deregistered from one that only takes time', () => {
    const translated = (message: string) =>
      translate(exception('InvalidAMIID.Unavailable', message, 400), 'ec2:CopyImage in eu-west-1');
    expect(translated("The image id '[ami-1]' is no longer available")).toMatchObject({ name: 'NotFound' });
    const pending = "The AMI ID 'ami-1' is currently pending and may not be used for this operation";
    expect(translated(pending)).toMatchObject({ name: 'Transient' });
  });

  it('is a passing fault where the network failed and nobody answered', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      $metadata: { attempts: 5 },
    });
    expect(translate(refused, 'a call')).toMatchObject({ name: 'Transient' });
  });

  it('is left alone if it is none', () => {
    const bug = new TypeError('x is not a function');
    expect(translate(bug, 'a call')).toBe(bug);
    expect(isNoCapacity(bug)).toBe(false);
  });
});

describe('the clients', () => {
  it('are one for each region', () => {
    const client = ec2('us-east-1');
    expect(client('eu-west-1')).toBe(client('eu-west-1'));
    expect(client('eu-west-2')).not.toBe(client('eu-west-1'));
  });

  /** A call that the network answers with this error; and how often it was asked. */
  const answering = (code: string, status: number) => {
    const asked = { times: 0 };
    const client = ec2('us-east-1', (client) => {
      client.config.credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
      (client as EC2Client).middlewareStack.add(
        () => async () => {
          asked.times++;
          throw exception(code, 'As it says', status);
        },
        // Where the network would answer, behind the SDK's own retries.
        { step: 'deserialize', name: 'answer', priority: 'low' },
      );
    });
    const work = client('eu-west-1').send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 }));
    return { work, asked };
  };

  // The first call of a process reads the machine's configuration files, which is no matter of simulated time.
  beforeAll(() => expect(answering('UnauthorizedOperation', 403).work).rejects.toThrow());

  it.each([
    ['InsufficientInstanceCapacity', 500, 1, 'NoCapacity'],
    ['RequestLimitExceeded', 503, 5, 'Transient'],
    ['UnauthorizedOperation', 403, 1, 'Denied'],
  ])('meet %s (%i) in %i attempts and end with %s', async (code, status, attempts, name) => {
    const clock = installClock(new Date('2026-11-22T03:00:00Z'), 1);
    onTestFinished(() => clock.uninstall());
    const { work, asked } = answering(code, status);
    await expect(clock.run(work)).rejects.toMatchObject({ name, said: 'As it says' });
    expect(asked.times).toBe(attempts);
  });
});
