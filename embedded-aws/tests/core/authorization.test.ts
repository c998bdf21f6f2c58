import { InvokeCommand, PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { CreateScheduleCommand } from '@aws-sdk/client-scheduler';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { AccessRequest, Authorize, Denial } from '../../src/core/authorization.ts';
import { installClock } from '../../src/core/clock.ts';
import { perform } from '../../src/core/operation.ts';
import { settle } from '../../src/core/transitions.ts';
import { newWorld } from '../../src/new-world.ts';
import { services } from '../../src/services.ts';
import { QUEUE as LETTERS, MACHINE, ROLE, simulateEvents } from '../eventbridge/simulated-events.ts';
import { functionNamed, QUEUE, simulateLambda } from '../lambda/simulated-lambda.ts';
import { simulateStates, task } from '../step-functions/simulated-states.ts';

const ACCOUNT = '999988887777';
const reader = `arn:aws:iam::${ACCOUNT}:role/images/reader`;

/** Gives the same decision for all roles, and records the requests. */
function guard(denial?: Denial, isMeant: (request: AccessRequest) => boolean = () => true) {
  const asked: string[] = [];
  const authorize: Authorize = (request) => {
    asked.push(`${request.role.arn.replace(/.*\//, '')} ${request.service}:${request.operation}`);
    return isMeant(request) ? denial : undefined;
  };
  return { asked, authorize };
}

function simulate(denial?: Denial) {
  const clock = installClock(new Date('2026-11-20T03:00:00Z'), 7);
  onTestFinished(() => clock.uninstall());
  const world = newWorld({ seed: 7, now: clock.now });
  const as = (accessKey?: string) => (service: string, operation: string, input: object) =>
    perform(services, world, {
      ...{ service, operation, input: input as Record<string, unknown>, account: ACCOUNT },
      ...{ region: 'eu-west-1', ...(accessKey && { accessKey }) },
    });
  const { Credentials } = as()('sts', 'AssumeRole', { RoleArn: reader, RoleSessionName: 'one' });
  const { AccessKeyId } = Credentials as { AccessKeyId: string };
  const { asked, authorize } = guard(denial);
  world.authorize = authorize;
  const pass = (seconds: number) =>
    clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000)));
  return { world, asked, owner: as(), role: as(AccessKeyId), pass };
}

test('`authorize` is called for roles, and not for the account itself', () => {
  const { asked, owner, role } = simulate();
  owner('ec2', 'DescribeRegions', {});
  expect(asked).toEqual([]);
  role('ec2', 'DescribeRegions', {});
  role('ssm', 'DescribeParameters', {});
  expect(asked).toEqual(['reader ec2:DescribeRegions', 'reader ssm:DescribeParameters']);
});

const why = (action: string) =>
  `User: arn:aws:sts::${ACCOUNT}:assumed-role/reader/one is not authorized to perform: ${action} on resource: * ` +
  `because no identity-based policy allows the ${action} action`;
const inEc2 = (action: string) => `You are not authorized to perform this operation. ${why(action)}.`;

test.each([
  ['ec2', 'CreateKeyPair', { KeyName: 'a' }, 'UnauthorizedOperation', 403, inEc2],
  ['ec2', 'CreateKeyPair', { KeyName: 'a', DryRun: true }, 'UnauthorizedOperation', 403, inEc2],
  ['ssm', 'PutParameter', { Name: '/a', Value: 'b', Type: 'String' }, 'AccessDeniedException', 400, why],
  ['dynamodb', 'ListTables', {}, 'AccessDeniedException', 400, why],
  ['eventbridge', 'ListRules', {}, 'AccessDeniedException', 400, why],
  ['auto scaling', 'DescribeAutoScalingGroups', {}, 'AccessDenied', 403, why],
  ['inspector2', 'ListFindings', {}, 'AccessDeniedException', 403, why],
  ['kms', 'CreateKey', {}, 'AccessDeniedException', 400, why],
  ['scheduler', 'ListSchedules', {}, 'AccessDeniedException', 403, why],
  ['sns', 'ListTopics', {}, 'AuthorizationError', 403, why],
  ['sqs', 'ListQueues', {}, 'AccessDenied', 403, why],
  ['sts', 'AssumeRole', { RoleArn: reader, RoleSessionName: 'two' }, 'AccessDenied', 403, why],
])(
  '%s refuses %s in its own words, and nothing happens',
  (service, operation, input, code, httpStatus, text) => {
    const action = `${service}:${operation}`;
    const { world, role } = simulate({ action, resource: '*' });
    const before = [
      world.keyPairs.all(),
      world.parameters.all().length,
      world.keys.all(),
      world.sessions.all(),
    ];
    expect(() => role(service, operation, input)).toThrow(
      expect.objectContaining({ code, httpStatus, message: text(action) }),
    );
    const after = [
      world.keyPairs.all(),
      world.parameters.all().length,
      world.keys.all(),
      world.sessions.all(),
    ];
    expect(after).toEqual(before);
  },
);

test('the missing permission may differ from the action of the operation', () => {
  const { role } = simulate({ action: 'iam:PassRole', resource: reader });
  expect(() => role('ec2', 'DescribeRegions', {})).toThrow(
    `is not authorized to perform: iam:PassRole on resource: ${reader} because no identity-based policy allows the iam:PassRole action`,
  );
});

describe('an automation runs', () => {
  const book = (assumeRole?: string) =>
    JSON.stringify({
      schemaVersion: '0.3',
      ...(assumeRole && { assumeRole }),
      parameters: { AutomationAssumeRole: { type: 'String', default: '' } },
      mainSteps: [
        { name: 'look', action: 'aws:executeAwsApi', inputs: { Service: 'ec2', Api: 'DescribeRegions' } },
      ],
    });
  const executor = `arn:aws:iam::${ACCOUNT}:role/executor`;

  test.each([
    ['with the role of its document', executor, {}, ['executor ec2:DescribeRegions']],
    [
      'with the role of a parameter',
      '{{ AutomationAssumeRole }}',
      { AutomationAssumeRole: [executor] },
      ['executor ec2:DescribeRegions'],
    ],
    ['with the role of its caller, if it names none', undefined, {}, ['reader ec2:DescribeRegions']],
    [
      'with the role of its caller, if the parameter is empty',
      '{{ AutomationAssumeRole }}',
      {},
      ['reader ec2:DescribeRegions'],
    ],
  ])('%s', async (_, assumeRole, Parameters, expected) => {
    const { asked, owner, role, pass, world } = simulate();
    const document = { Name: 'book', DocumentType: 'Automation', DocumentFormat: 'JSON' };
    owner('ssm', 'CreateDocument', { ...document, Content: book(assumeRole) });
    role('ssm', 'StartAutomationExecution', { DocumentName: 'book', Parameters });
    await pass(60);
    settle(world, services);
    expect(asked.slice(1)).toEqual(expected);
  });

  test('and fails if the role has no permission', async () => {
    const { owner, pass, world } = simulate({ action: 'ec2:DescribeRegions', resource: '*' });
    const document = { Name: 'book', DocumentType: 'Automation', DocumentFormat: 'JSON' };
    owner('ssm', 'CreateDocument', { ...document, Content: book(executor) });
    const { AutomationExecutionId } = owner('ssm', 'StartAutomationExecution', { DocumentName: 'book' });
    await pass(60);
    settle(world, services);
    const told = owner('ssm', 'GetAutomationExecution', { AutomationExecutionId });
    expect(told).toMatchObject({
      AutomationExecution: {
        AutomationExecutionStatus: 'Failed',
        FailureMessage: expect.stringContaining(
          `assumed-role/executor/Automation-${AutomationExecutionId} is not authorized to perform: ec2:DescribeRegions`,
        ),
      },
    });
  });
});

test('a state machine invokes functions with its role', async () => {
  const { world, start, run } = simulateStates({ Work: task({ End: true }) }, { work: async () => 'done' });
  const { asked, authorize } = guard({ action: 'lambda:InvokeFunction', resource: functionNamed('work') });
  world.authorize = authorize;
  const { status, error, cause } = await run(start().execution.result);
  expect([status, error]).toEqual(['FAILED', 'Lambda.AWSLambdaException']);
  expect(cause).toMatch(
    /^User: \S+assumed-role\/bake\/\w+ is not authorized to perform: lambda:InvokeFunction .* \(Service: AWSLambda; Status Code: 403; Error Code: AccessDeniedException; /,
  );
  expect(asked).toEqual(['bake lambda:Invoke']);
});

describe('an execution is started with the role', () => {
  const denial = { action: 'states:StartExecution', resource: MACHINE };
  const isStart = ({ operation }: AccessRequest) => operation === 'StartExecution';

  test('of a rule; without the permission the event goes to the dead-letter queue', async () => {
    const { world, rule, put, pass, started, deadLetters } = simulateEvents();
    await rule('r', { source: ['my.app'] }, { DeadLetterConfig: { Arn: LETTERS } });
    const { asked, authorize } = guard(denial, isStart);
    world.authorize = authorize;
    await put({});
    await pass(60);
    expect([asked, started]).toEqual([['events sfn:StartExecution'], []]);
    expect(deadLetters()).toMatchObject([{ attributes: { ERROR_CODE: 'NO_PERMISSIONS' } }]);
  });

  test('of a schedule, which also sends the dead letter', async () => {
    const { world, schedules, run, pass, started, deadLetters } = simulateEvents();
    const Target = { Arn: MACHINE, RoleArn: ROLE, Input: '{}', DeadLetterConfig: { Arn: LETTERS } };
    const ScheduleExpression = 'rate(1 hour)';
    const FlexibleTimeWindow = { Mode: 'OFF' } as const;
    const schedule = { Name: 's', ScheduleExpression, FlexibleTimeWindow, Target };
    const { asked, authorize } = guard(denial, isStart);
    world.authorize = authorize;
    await run(schedules().send(new CreateScheduleCommand(schedule)));
    await pass(120);
    expect([asked, started]).toEqual([['events sfn:StartExecution', 'events sqs:SendMessage'], []]);
    expect(deadLetters()).toMatchObject([{ attributes: { ERROR_CODE: 'AccessDeniedException' } }]);
  });
});

test.each([
  ['with it', undefined, 1],
  ['without the permission, the event is lost', { action: 'sqs:SendMessage', resource: QUEUE }, 0],
])(
  'the role of a function decides whether its failed event reaches the queue: %s',
  async (_, denial, letters) => {
    const invoke = async () => {
      throw new Error('no');
    };
    const name = functionNamed('failing');
    const role = `arn:aws:iam::${ACCOUNT}:role/failing`;
    const { world, client, run, pass, queue, failures } = simulateLambda({
      more: { [name]: { invoke, role } },
    });
    await queue();
    const { asked, authorize } = guard(denial);
    world.authorize = authorize;
    const DestinationConfig = { OnFailure: { Destination: QUEUE } };
    const config = { FunctionName: name, MaximumRetryAttempts: 0, DestinationConfig };
    await run(client().send(new PutFunctionEventInvokeConfigCommand(config)));
    await run(client().send(new InvokeCommand({ FunctionName: name, InvocationType: 'Event' })));
    await pass(600);
    expect(asked).toEqual(['failing sqs:SendMessage']);
    expect(await failures()).toHaveLength(letters);
  },
);
