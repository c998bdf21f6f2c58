import { type EC2Client, EC2ServiceException, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { installClock } from 'embedded-aws';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ec2 } from '../../shared/aws/clients.ts';
import {
  isKeyStateReason,
  isNoCapacity,
  isServerFault,
  isServerStateReason,
  translate,
} from '../../shared/aws/error-codes.ts';

const exception = (name: string, message: string, httpStatusCode?: number) =>
  new EC2ServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode } });

describe('an AWS error', () => {
  it.each([
    ['InsufficientInstanceCapacity', 500, 'NoCapacity'],
    ['IdempotentInstanceTerminated', 400, 'NoCapacity'],
    ['RequestLimitExceeded', 503, 'Throttled'],
    ['ResourceLimitExceeded', 400, 'LimitReached'],
    ['UnauthorizedOperation', 403, 'Denied'],
    ['InvalidAMIID.NotFound', 400, 'NotFound'],
    ['InvalidAMIName.Duplicate', 400, 'Conflict'],
    // Credentials that were renewed too late, or a function that was frozen between the signature and the call.
    ['RequestExpired', 400, 'Transient'],
    ['ExpiredToken', 403, 'Transient'],
    ['ExpiredTokenException', 400, 'Transient'],
    ['RequestTimeTooSkewed', 403, 'Transient'],
    ['RequestInTheFuture', 403, 'Transient'],
    ['RequestTimeoutException', 408, 'Transient'],
    ['RequestAbortedException', 400, 'Transient'],
    ['ThrottledException', 400, 'Throttled'],
    ['TooManyRequestsException', 400, 'Throttled'],
    ['RequestThrottledException', 400, 'Throttled'],
    ['PriorRequestNotComplete', 400, 'Transient'],
    ['KMSThrottlingException', 400, 'Throttled'],
    ['TransactionInProgressException', 400, 'Transient'],
    ['TooManyUpdates', 400, 'Transient'],
    ['PendingVerification', 400, 'Transient'],
    ['InsufficientVolumeCapacity', 500, 'NoCapacity'],
    ['VolumeTypeNotAvailableInZone', 400, 'NoCapacity'],
    ['NotFoundException', 400, 'NotFound'],
    ['SomethingNew', 429, 'Throttled'],
    ['SomethingNew', 503, 'Transient'],
    ['SomethingNew', 400, 'Refused'],
  ])('%s with status %i is %s', (code, status, name) => {
    const error = exception(code, 'as AWS says', status);
    expect(translate(error, 'ec2:RunInstances in eu-west-1')).toMatchObject({
      name,
      code,
      said: 'as AWS says',
      message: expect.stringMatching(`^ec2:RunInstances in eu-west-1: ${code}: as AWS says`),
      cause: error,
    });
  });

  it.each(['UnauthorizedOperation', 'AccessDenied', 'AccessDeniedException'])(
    '%s says where the permission is missing',
    (code) => {
      const error = translate(
        exception(code, 'You are not authorized.', 403),
        'ec2:RunInstances in eu-west-1',
      );
      expect(error).toMatchObject({
        message:
          `ec2:RunInstances in eu-west-1: ${code}: You are not authorized. ` +
          "Check the policies of this function's role (docs/operations.md, Permissions)",
        said: 'You are not authorized.',
      });
    },
  );

  it.each([
    [
      'sts:AssumeRole in eu-west-1',
      /a recipe of the deployment still names the role, and the trust policy of the role/,
    ],
    [
      'ec2:ModifyLaunchTemplate in eu-west-1',
      /a recipe of the deployment still names the launch template, and the pol/,
    ],
    ['ec2:DescribeLaunchTemplateVersions in eu-west-1', /still names the launch template/],
  ])('for %s, a deployment may have removed the permission, and the message says so', (call, fix) => {
    const error = translate(exception('AccessDenied', 'You are not authorized.', 403), call);
    expect(error).toMatchObject({ message: expect.stringMatching(fix) });
  });

  it.each(['AuthFailure', 'OperationNotPermitted', 'OptInRequired', 'SomethingNew'])(
    '%s has another cause, so the message is unchanged',
    (code) => {
      expect(translate(exception(code, 'No.', 400), 'ec2:CopyImage in eu-west-1')).toMatchObject({
        message: `ec2:CopyImage in eu-west-1: ${code}: No.`,
      });
    },
  );

  it('is transient for a new profile or an instance that is almost stopped, with any code', () => {
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

  it('distinguishes an image that was deregistered from an image that is still pending', () => {
    const translated = (message: string) =>
      translate(exception('InvalidAMIID.Unavailable', message, 400), 'ec2:CopyImage in eu-west-1');
    expect(translated("The image id '[ami-1]' is no longer available")).toMatchObject({ name: 'NotFound' });
    const pending = "The AMI ID 'ami-1' is currently pending and may not be used for this operation";
    expect(translated(pending)).toMatchObject({ name: 'Transient' });
  });

  it.each([
    ['InvalidSignatureException', 'Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z'],
    [
      'SignatureDoesNotMatch',
      'Signature not yet current: 20260101T001000Z is still later than 20260101T000500Z',
    ],
  ])('%s is transient only if the signature is too old or too new', (code, message) => {
    expect(translate(exception(code, message, 403), 'a call')).toMatchObject({ name: 'Transient' });
    const wrong = 'The request signature we calculated does not match the signature you provided';
    expect(translate(exception(code, wrong, 403), 'a call')).toMatchObject({ name: 'Refused' });
  });

  it.each(['UnauthorizedOperation', 'AuthFailure', 'Blocked', 'InvalidParameterValue'])(
    '%s is not transient',
    (code) => {
      const { name } = translate(exception(code, 'no', 400), 'a call') as Error;
      expect(name).not.toBe('Transient');
    },
  );

  it('is transient when the network failed and there was no answer', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      $metadata: { attempts: 5 },
    });
    expect(translate(refused, 'a call')).toMatchObject({ name: 'Transient' });
  });

  it.each([
    ['InternalError', 500, true],
    ['ServerInternal', 500, true],
    ['Unavailable', 503, true],
    ['SomethingNew', 502, true],
    ['RequestLimitExceeded', 503, false],
    ['Throttling', 503, false],
    ['InsufficientInstanceCapacity', 500, false],
    ['PendingVerification', 400, false],
    ['RequestExpired', 400, false],
    ['UnauthorizedOperation', 403, false],
    ['SomethingNew', undefined, false],
  ])('%s with status %s is a fault of AWS: %s', (code, status, isFault) => {
    expect(isServerFault(translate(exception(code, 'as AWS says', status), 'a call'))).toBe(isFault);
  });

  it('is not translated if it is not an AWS error', () => {
    const bug = new TypeError('x is not a function');
    expect(translate(bug, 'a call')).toBe(bug);
    expect(isNoCapacity(bug)).toBe(false);
  });
});

describe('the reason why an accepted instance ended', () => {
  it.each([
    ['Server.InsufficientInstanceCapacity', 'Insufficient capacity to satisfy launch request', 'server'],
    ['Server.InternalError', 'Server.InternalError: Internal error on launch', 'server'],
    ['Client.InternalError', 'Client.InternalError: Client error on launch', 'key'],
    // EC2 reports some faults of a key with the code of an EC2 fault (aws/karpenter-provider-aws#1407).
    ['Server.InternalError', 'Client.InternalError: Client error on launch', 'key'],
    [
      'Client.InternalError',
      'Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state',
      'key',
    ],
    ['Client.InvalidKMSKey.InvalidState', 'The KMS key provided is in an incorrect state', 'key'],
    ['Client.VolumeLimitExceeded', 'Volume limit exceeded', 'other'],
    ['Client.UserInitiatedShutdown', 'User initiated shutdown', 'other'],
    [undefined, undefined, 'other'],
  ])('%s (%s) is a fault of: %s', (Code, Message, side) => {
    const reason = { Code, Message };
    expect(isServerStateReason(reason)).toBe(side === 'server');
    expect(isKeyStateReason(reason)).toBe(side === 'key');
  });
});

describe('the clients', () => {
  it('exist once for each region', () => {
    const client = ec2('us-east-1');
    expect(client('eu-west-1')).toBe(client('eu-west-1'));
    expect(client('eu-west-2')).not.toBe(client('eu-west-1'));
  });

  /** A call that the network answers with this error, and the number of attempts. */
  const answering = (code: string, status: number) => {
    const calls = { count: 0 };
    const client = ec2('us-east-1', (client) => {
      client.config.credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
      (client as EC2Client).middlewareStack.add(
        () => async () => {
          calls.count++;
          throw exception(code, 'As it says', status);
        },
        // Takes the place of the network, behind the SDK's own retries.
        { step: 'deserialize', name: 'answer', priority: 'low' },
      );
    });
    const work = client('eu-west-1').send(new RunInstancesCommand({ MinCount: 1, MaxCount: 1 }));
    return { work, calls };
  };

  // The first call of a process reads the machine's configuration files, in real time.
  beforeAll(() => expect(answering('UnauthorizedOperation', 403).work).rejects.toThrow());

  it.each([
    ['InsufficientInstanceCapacity', 500, 1, 'NoCapacity'],
    ['RequestLimitExceeded', 503, 5, 'Throttled'],
    ['RequestExpired', 400, 1, 'Transient'],
    ['UnauthorizedOperation', 403, 1, 'Denied'],
  ])('get %s (%i) in %i attempts and throw %s', async (code, status, attempts, name) => {
    const clock = installClock(new Date('2026-11-22T03:00:00Z'), 1);
    onTestFinished(() => clock.uninstall());
    const { work, calls } = answering(code, status);
    await expect(clock.run(work)).rejects.toMatchObject({ name, said: 'As it says' });
    expect(calls.count).toBe(attempts);
  });
});
