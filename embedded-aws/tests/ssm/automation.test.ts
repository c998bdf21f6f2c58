import {
  DescribeAutomationStepExecutionsCommand,
  GetAutomationExecutionCommand,
  StartAutomationExecutionCommand,
  type StartAutomationExecutionCommandInput,
  StopAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callApi } from '../../src/ssm/automation/dispatch.ts';
import { select } from '../../src/ssm/automation/select.ts';
import { ACCOUNT, automationOf, REGION, type SimulatedSsm, simulateSsm, statuses } from '../simulated-ssm.ts';

const guide = 'Please refer to Automation Service Troubleshooting Guide for more diagnosis details.';

const runbook = (mainSteps: object[], more: object = {}) => ({ schemaVersion: '0.3', mainSteps, ...more });
const nap = (name: string, more: object = {}) => ({
  name,
  action: 'aws:sleep',
  inputs: { Duration: 'PT10S' },
  ...more,
});
/** A step that fails because its instance does not exist. */
const bad = (name: string, more: object = {}) => ({
  name,
  action: 'aws:runCommand',
  inputs: { DocumentName: 'AWS-RunShellScript', InstanceIds: ['i-0'], Parameters: { commands: ['true'] } },
  ...more,
});

async function outcome(mainSteps: object[], more: object = {}, parameters: Record<string, string[]> = {}) {
  const simulated = simulateSsm();
  await simulated.document('book', runbook(mainSteps, more));
  return automationOf(simulated, await simulated.automation('book', parameters));
}

describe('the order of steps', () => {
  test('is the order of the document', async () => {
    const execution = await outcome([nap('one'), nap('two')]);
    expect(execution).toMatchObject({
      AutomationExecutionStatus: 'Success',
      DocumentName: 'book',
      DocumentVersion: '1',
      Mode: 'Auto',
      StepExecutionsTruncated: false,
    });
    expect(execution.FailureMessage).toBeUndefined();
    expect(execution.CurrentStepName).toBeUndefined();
    expect(statuses(execution.StepExecutions)).toEqual({ one: 'Success', two: 'Success' });
  });

  test('follows nextStep and stops at isEnd; steps that are not reached stay Pending', async () => {
    const execution = await outcome([
      nap('one', { nextStep: 'three' }),
      nap('two'),
      nap('three', { isEnd: true }),
      nap('four'),
    ]);
    expect(statuses(execution.StepExecutions)).toEqual({
      one: 'Success',
      two: 'Pending',
      three: 'Success',
      four: 'Pending',
    });
    expect(execution.AutomationExecutionStatus).toBe('Success');
  });

  const branch = (choice: object) => [
    {
      name: 'choose',
      action: 'aws:branch',
      inputs: { Choices: [{ NextStep: 'chosen', ...choice }], Default: 'usual' },
    },
    nap('chosen', { isEnd: true }),
    nap('usual'),
  ];
  test.each<[object, 'chosen' | 'usual']>([
    [{ Variable: '{{ word }}', StringEquals: 'Ab' }, 'chosen'],
    [{ Variable: '{{ word }}', StringEquals: 'ab' }, 'usual'],
    [{ Variable: '{{ word }}', EqualsIgnoreCase: 'ab' }, 'chosen'],
    [{ Variable: '{{ word }}', StartsWith: 'A' }, 'chosen'],
    [{ Variable: '{{ word }}', EndsWith: 'A' }, 'usual'],
    [{ Variable: '{{ word }}', Contains: 'b' }, 'chosen'],
    [{ Variable: '{{ none }}', StringEquals: '' }, 'chosen'],
    [{ Not: { Variable: '{{ word }}', StringEquals: '' } }, 'chosen'],
    [{ Variable: '{{ number }}', NumericGreater: 4 }, 'chosen'],
    [{ Variable: '{{ number }}', NumericLesserOrEquals: '4' }, 'usual'],
    [{ Variable: '{{ word }}', NumericEquals: 0 }, 'usual'],
    [{ Variable: 'true', BooleanEquals: true }, 'chosen'],
    [
      {
        And: [
          { Variable: 'a', StringEquals: 'a' },
          { Variable: 'a', StringEquals: 'b' },
        ],
      },
      'usual',
    ],
    [
      {
        Or: [
          { Variable: 'a', StringEquals: 'a' },
          { Variable: 'a', StringEquals: 'b' },
        ],
      },
      'chosen',
    ],
  ])('aws:branch on %j goes to %s', async (choice, step) => {
    const parameters = {
      word: { type: 'String', default: 'Ab' },
      none: { type: 'String', default: '' },
      number: { type: 'String', default: '5' },
    };
    const execution = await outcome(branch(choice), { parameters });
    const taken = execution.StepExecutions?.filter(({ StepName }) => StepName !== 'choose').find(
      ({ StepStatus }) => StepStatus === 'Success',
    );
    expect(taken?.StepName).toBe(step);
  });
});

describe('failure', () => {
  test('aborts: the failure message is on the automation and on the step', async () => {
    const execution = await outcome([bad('broken'), nap('after')]);
    const message =
      /^Automation Step Execution fails when it is sending the command\. Get Exception from SendCommand API of ssm Service\. Exception Message from SendCommand API: \[Instances \[\[i-0\]\] not in a valid state for account 999988887777 \(Service: Ssm, Status Code: 400, Error Code: InvalidInstanceId; Request ID: [0-9a-f-]{36}\)\]\. Please refer/;
    expect(execution.AutomationExecutionStatus).toBe('Failed');
    expect(execution.FailureMessage).toMatch(message);
    expect(execution.StepExecutions?.[0]).toMatchObject({
      StepStatus: 'Failed',
      FailureMessage: execution.FailureMessage,
      FailureDetails: { FailureStage: 'Invocation' },
    });
    expect(execution.StepExecutions?.[1]?.StepStatus).toBe('Pending');
  });

  test.each([
    [{ onFailure: 'Continue' }, 'Success', 'Success'],
    [{ onFailure: 'Continue', isCritical: true }, 'Failed', 'Success'],
    [{ onFailure: 'step:repair' }, 'Failed', 'Pending'],
    [{ onFailure: 'step:repair', isCritical: false }, 'Success', 'Pending'],
    [{ isCritical: false }, 'Success', 'Pending'],
  ])('%j ends %s', async (how, status, after) => {
    const execution = await outcome([bad('broken', how), nap('after'), nap('repair')]);
    expect(execution.AutomationExecutionStatus).toBe(status);
    expect(statuses(execution.StepExecutions)).toMatchObject({ broken: 'Failed', after });
  });

  test('a failed step is retried up to maxAttempts times', async () => {
    const simulated = simulateSsm({ faults: [{ automation: 'once', message: 'Not now.' }] });
    await simulated.document('book', runbook([nap('once', { maxAttempts: 2 })]));
    const id = await simulated.automation('book');
    expect(simulated.world.automations.get(id)).toMatchObject({
      status: 'Success',
      steps: [{ status: 'Success', attempts: 2 }],
    });
  });

  test('an injected fault fails a step with an internal server error', async () => {
    const simulated = simulateSsm({ faults: [{ automation: 'one' }] });
    await simulated.document('book', runbook([nap('one')]));
    const execution = await automationOf(simulated, await simulated.automation('book'));
    expect(execution).toMatchObject({
      AutomationExecutionStatus: 'Failed',
      FailureMessage: `Internal Server Error. ${guide}`,
    });
  });

  test('an injected fault makes a step hang until its timeout, even if it would have ended', async () => {
    const simulated = simulateSsm({ faults: [{ automation: 'one', hangs: true }] });
    await simulated.document('book', runbook([nap('one', { timeoutSeconds: 600 })]));
    const execution = await automationOf(simulated, await simulated.automation('book'));
    expect(execution).toMatchObject({
      AutomationExecutionStatus: 'TimedOut',
      FailureMessage: `Step timed out while step is Execute/Cancelling action. ${guide}`,
    });
    const [step] = execution.StepExecutions ?? [];
    expect((Number(step?.ExecutionEndTime) - Number(step?.ExecutionStartTime)) / 1000).toBe(600);
  });

  test('an invalid input fails the step', async () => {
    const execution = await outcome([nap('one', { inputs: { Duration: 'an hour' } })]);
    expect(execution.FailureMessage).toBe(
      `Step fails when it is Execute/Cancelling action. The duration an hour is not in ISO 8601. ${guide}`,
    );
  });
});

describe('aws:runCommand', () => {
  const script = (commands: string, more: object = {}) => ({
    name: 'script',
    action: 'aws:runCommand',
    inputs: {
      DocumentName: 'AWS-RunShellScript',
      InstanceIds: ['{{ InstanceId }}'],
      Parameters: { commands: [commands], executionTimeout: '600' },
    },
    ...more,
  });
  const parameters = { InstanceId: { type: 'String' } };

  test('waits for the command and returns its output', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    const steps = [script('echo {{ automation:EXECUTION_ID }} {{ global:REGION }} > /x')];
    await simulated.document(
      'book',
      runbook(steps, { parameters, outputs: ['script.Status', 'script.Nothing'] }),
    );
    const execution = await automationOf(simulated, await simulated.automation('book', { InstanceId: [id] }));
    expect(execution.StepExecutions?.[0]).toMatchObject({
      StepStatus: 'Success',
      ResponseCode: '0',
      Inputs: { InstanceIds: JSON.stringify([id]) },
      Outputs: { CommandId: [expect.any(String)], Status: ['Success'], ResponseCode: ['0'] },
    });
    expect(execution.Outputs).toEqual({
      'script.Status': ['Success'],
      'script.Nothing': ['No output available yet because the step is not successfully executed'],
    });
    expect(simulated.disk(id).journal[0]?.script).toBe(
      `echo ${execution.AutomationExecutionId} ${REGION} > /x`,
    );
  });

  test('fails with the message that Image Builder quotes', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    await simulated.document('book', runbook([script('exit 1')], { parameters }));
    const execution = await automationOf(simulated, await simulated.automation('book', { InstanceId: [id] }));
    const commandId = execution.StepExecutions?.[0]?.Outputs?.CommandId?.[0];
    const output = '\n----------ERROR-------\nfailed to run commands: exit status 1';
    const payload = JSON.stringify({
      Status: 'Failed',
      ResponseCode: 1,
      Output: output,
      CommandId: commandId,
    });
    expect(execution.FailureMessage).toBe(
      `Step fails when it is verifying the command has completed. Command ${commandId} returns unexpected invocation result: ` +
        `\n{Status=[Failed], ResponseCode=[1], Output=[${output}], OutputPayload=[${payload}], CommandId=[${commandId}]}. ${guide}`,
    );
    expect(execution.StepExecutions?.[0]).toMatchObject({
      StepStatus: 'Failed',
      ResponseCode: '1',
      FailureDetails: { FailureStage: 'Verification' },
    });
  });

  test('times out if the command does not end in time', async () => {
    const simulated = simulateSsm({ faults: [{ command: 'AWS-RunShellScript', hangs: true }] });
    const id = await simulated.online('amazon-linux-2023');
    await simulated.document('book', runbook([script('true', { timeoutSeconds: 120 })], { parameters }));
    const execution = await automationOf(simulated, await simulated.automation('book', { InstanceId: [id] }));
    expect(execution).toMatchObject({
      AutomationExecutionStatus: 'TimedOut',
      FailureMessage: `Step timed out while step is verifying the command has been completed. ${guide}`,
    });
    expect(statuses(execution.StepExecutions)).toEqual({ script: 'TimedOut' });
  });

  const running = async (simulated: SimulatedSsm, id: string, more: object = {}) => {
    const { run, client, document, pass } = simulated;
    await document('book', runbook([script('touch /x', more), nap('after')], { parameters }));
    const { AutomationExecutionId = '' } = await run(
      client.send(
        new StartAutomationExecutionCommand({ DocumentName: 'book', Parameters: { InstanceId: [id] } }),
      ),
    );
    await pass(40);
    expect(simulated.world.commands.all()).toMatchObject([{ status: 'InProgress' }]);
    return AutomationExecutionId;
  };
  const hanging = [{ command: 'AWS-RunShellScript', hangs: true }];

  test('gets no report from a terminated instance, and times out', async () => {
    const simulated = simulateSsm({ faults: hanging });
    const id = await simulated.online('amazon-linux-2023');
    const execution = await running(simulated, id, { timeoutSeconds: 1200 });
    simulated.change(id, { state: 'terminated' });
    await simulated.pass(1000);
    expect((await automationOf(simulated, execution)).AutomationExecutionStatus).toBe('InProgress');
    await simulated.pass(300);
    expect(await automationOf(simulated, execution)).toMatchObject({
      AutomationExecutionStatus: 'TimedOut',
      FailureMessage: `Step timed out while step is verifying the command has been completed. ${guide}`,
    });
    // The command itself ends after all its timeouts: one hour for its delivery, and ten minutes
    // for its execution.
    await simulated.pass(4200);
    expect(simulated.world.commands.all()).toMatchObject([
      { status: 'TimedOut', statusDetails: 'ExecutionTimedOut' },
    ]);
  });

  test('fails with its command, if the command ends first', async () => {
    const simulated = simulateSsm({ faults: hanging });
    const id = await simulated.online('amazon-linux-2023');
    const execution = await running(simulated, id, { timeoutSeconds: 86_400 });
    simulated.change(id, { state: 'terminated' });
    await simulated.pass(5000);
    const { AutomationExecutionStatus, FailureMessage } = await automationOf(simulated, execution);
    expect(AutomationExecutionStatus).toBe('Failed');
    expect(FailureMessage).toMatch(/returns unexpected invocation result: \n\{Status=\[TimedOut\]/);
  });

  test('is cancelled within a moment, although its instance was terminated', async () => {
    const simulated = simulateSsm({ faults: hanging });
    const { run, client, pass, world } = simulated;
    const id = await simulated.online('amazon-linux-2023');
    const AutomationExecutionId = await running(simulated, id);
    simulated.change(id, { state: 'terminated' });
    await pass(60);
    await run(client.send(new StopAutomationExecutionCommand({ AutomationExecutionId, Type: 'Cancel' })));
    expect((await automationOf(simulated, AutomationExecutionId)).AutomationExecutionStatus).toBe(
      'Cancelling',
    );
    await pass(15);
    const execution = await automationOf(simulated, AutomationExecutionId);
    expect(execution.AutomationExecutionStatus).toBe('Cancelled');
    expect(statuses(execution.StepExecutions)).toEqual({ script: 'Cancelled', after: 'Pending' });
    expect(world.commands.all()).toMatchObject([{ status: 'Cancelled' }]);
    // The step stays cancelled when later transitions are due.
    await pass(90_000);
    expect((await automationOf(simulated, AutomationExecutionId)).AutomationExecutionStatus).toBe(
      'Cancelled',
    );
    expect(world.commands.all()).toMatchObject([{ status: 'Cancelled' }]);
  });

  test('is cancelled together with its command', async () => {
    const simulated = simulateSsm();
    const { run, client } = simulated;
    const id = await simulated.online('amazon-linux-2023');
    await simulated.document('book', runbook([script('touch /x'), nap('after')], { parameters }));
    const { AutomationExecutionId } = await run(
      client.send(
        new StartAutomationExecutionCommand({ DocumentName: 'book', Parameters: { InstanceId: [id] } }),
      ),
    );
    await simulated.pass(5);
    await run(client.send(new StopAutomationExecutionCommand({ AutomationExecutionId })));
    await simulated.pass(15);
    const execution = await automationOf(simulated, AutomationExecutionId ?? '');
    expect(execution.AutomationExecutionStatus).toBe('Cancelled');
    await simulated.pass(3600);
    expect(simulated.disk(id).files).not.toContain('/x');
    expect(simulated.world.commands.all().map(({ status }) => status)).not.toContain('Success');
    await expect(
      run(client.send(new StopAutomationExecutionCommand({ AutomationExecutionId }))),
    ).rejects.toMatchObject({ name: 'InvalidAutomationStatusUpdateException' });
  });
});

describe('properties of resources', () => {
  const property = (action: string, more: object = {}) => ({
    name: 'look',
    action,
    inputs: {
      Service: 'ec2',
      Api: 'describe_instances',
      InstanceIds: ['{{ InstanceId }}'],
      PropertySelector: '$.Reservations[0].Instances[0].State.Name',
      DesiredValues: ['stopped'],
    },
    ...more,
  });
  const parameters = { InstanceId: { type: 'String' } };

  test('can be awaited', async () => {
    const simulated = simulateSsm();
    const id = await simulated.online('amazon-linux-2023');
    await simulated.document('book', runbook([property('aws:waitForAwsResourceProperty')], { parameters }));
    await simulated.script(id, 'shutdown -h +1');
    const execution = await automationOf(simulated, await simulated.automation('book', { InstanceId: [id] }));
    expect(execution.AutomationExecutionStatus).toBe('Success');
    expect(simulated.instance(id).state).toBe('stopped');
  });

  test('are awaited until the timeout at most', async () => {
    const simulated = simulateSsm();
    const id = simulated.launch('amazon-linux-2023');
    const step = property('aws:waitForAwsResourceProperty', { timeoutSeconds: 95 });
    await simulated.document('book', runbook([step], { parameters }));
    const execution = await automationOf(simulated, await simulated.automation('book', { InstanceId: [id] }));
    expect(execution).toMatchObject({
      AutomationExecutionStatus: 'TimedOut',
      FailureMessage: `Step timed out while step is Execute/Cancelling action. ${guide}`,
    });
    const [step1] = execution.StepExecutions ?? [];
    expect((Number(step1?.ExecutionEndTime) - Number(step1?.ExecutionStartTime)) / 1000).toBe(95);
  });

  test('can be asserted', async () => {
    const simulated = simulateSsm();
    const id = simulated.launch('amazon-linux-2023');
    await simulated.document('book', runbook([property('aws:assertAwsResourceProperty')], { parameters }));
    const execution = await automationOf(simulated, await simulated.automation('book', { InstanceId: [id] }));
    expect(execution.FailureMessage).toBe(
      "Step fails when it is Execute/Cancelling action. Property value 'running' from the API output is not in the desired " +
        `values. Desired values: ['stopped']. ${guide}`,
    );
  });

  const calling = (parameters: object) => ({
    name: 'call',
    action: 'aws:executeAwsApi',
    inputs: { Service: 'ec2', Api: 'describe_instances', ...parameters },
  });

  test('refuse an API call with a parameter that is not emulated', async () => {
    const execution = await outcome([calling({ InstanceIds: ['i-0'], MaxResults: 5 })]);
    expect(execution.FailureMessage).toContain(
      'ec2:DescribeInstances with the parameter MaxResults is not emulated',
    );
  });

  test.each([
    [undefined, 503],
    [500, 500],
  ])('an injected fault with status %s fails an API call with status %i', (status, expected) => {
    const fault = { call: 'DescribeInstances', error: 'RequestLimitExceeded', ...(status && { status }) };
    const { world, services } = simulateSsm({ faults: [fault] });
    const call = { service: 'ec2', api: 'describe_instances', account: ACCOUNT, region: REGION };
    const failed = (() => {
      try {
        return callApi(world, services, { ...call, input: { InstanceIds: ['i-0'] }, at: world.now() });
      } catch (error) {
        return error;
      }
    })();
    expect(failed).toMatchObject({ code: 'RequestLimitExceeded', httpStatus: expected });
  });

  test("report API errors in boto3's wording", async () => {
    const simulated = simulateSsm({
      faults: [
        { call: 'DescribeInstances', error: 'UnauthorizedOperation', message: 'You are not authorized.' },
      ],
    });
    const id = simulated.launch('amazon-linux-2023');
    const call = (name: string) => ({
      name,
      action: 'aws:executeAwsApi',
      inputs: { Service: 'ec2', Api: 'DescribeInstances', InstanceIds: ['{{ InstanceId }}'] },
      outputs: [{ Name: 'State', Selector: '$.Reservations[0].Instances[0].State.Name', Type: 'String' }],
    });
    await simulated.document(
      'book',
      runbook([{ ...call('first'), onFailure: 'Continue' }, call('second')], {
        parameters,
        outputs: ['second.State'],
      }),
    );
    const execution = await automationOf(simulated, await simulated.automation('book', { InstanceId: [id] }));
    expect(execution.StepExecutions?.[0]?.FailureMessage).toBe(
      'Step fails when it is Execute/Cancelling action. An error occurred (UnauthorizedOperation) when calling the ' +
        `DescribeInstances operation: You are not authorized. ${guide}`,
    );
    expect(execution.Outputs).toEqual({ 'second.State': ['running'] });
  });

  test.each([
    ['$.A[0].B', 1],
    ["$['A'][0]['B']", 1],
    ['$.A[-1].B', 2],
    ['$.A[*].B', [1, 2]],
    ['$.A[7].B', undefined],
    ['$.X.Y', undefined],
    ['$', { A: [{ B: 1 }, { B: 2 }] }],
  ])('the selector %s', (path, found) => {
    expect(select({ A: [{ B: 1 }, { B: 2 }] }, path)).toEqual(found);
  });

  test.each(['$.A[?(@.B==1)]', 'A', '$..B', ''])('the selector %s is refused', (path) => {
    expect(() => select({}, path)).toThrow(/is not emulated/);
  });
});

describe('StartAutomationExecution', () => {
  const start = (changes: Partial<StartAutomationExecutionCommandInput> = {}) =>
    new StartAutomationExecutionCommand({ DocumentName: 'book', Parameters: { Word: ['a'] }, ...changes });
  const prepared = async () => {
    const simulated = simulateSsm();
    const parameters = {
      Word: { type: 'String', allowedPattern: '^[a-z]*$' },
      Choice: { type: 'String', default: 'x', allowedValues: ['x', 'y'] },
      Many: { type: 'StringList', default: [] },
    };
    await simulated.document('book', runbook([nap('one')], { parameters }));
    await simulated.document('command', {
      schemaVersion: '2.2',
      mainSteps: [{ name: 'one', action: 'aws:runShellScript', inputs: { runCommand: ['true'] } }],
    });
    return simulated;
  };
  const token = '0f6ae1c0-2f8e-4d22-8e11-0a1b2c3d4e5f';

  test('returns the first execution for a repeated token, and refuses a different call with the token', async () => {
    const { run, client, world } = await prepared();
    const first = await run(client.send(start({ ClientToken: token })));
    const again = await run(client.send(start({ ClientToken: token.toUpperCase() })));
    expect(again.AutomationExecutionId).toBe(first.AutomationExecutionId);
    expect(world.automations.all()).toHaveLength(1);
    await expect(
      run(client.send(start({ ClientToken: token, Parameters: { Word: ['b'] } }))),
    ).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
  });

  test.each<[Partial<StartAutomationExecutionCommandInput>, string, RegExp]>([
    [{ DocumentName: 'nothing' }, 'AutomationDefinitionNotFoundException', /nothing/],
    [{ DocumentName: 'command' }, 'AutomationDefinitionNotFoundException', /command/],
    [{ DocumentVersion: '2' }, 'AutomationDefinitionVersionNotFoundException', /does not exist/],
    [{ DocumentVersion: 'two' }, 'ValidationException', /at 'documentVersion'/],
    [{ Parameters: {} }, 'InvalidAutomationExecutionParametersException', /Parameter Word is required/],
    [
      { Parameters: { Word: ['a'], Other: ['b'] } },
      'InvalidAutomationExecutionParametersException',
      /\[Other\]/,
    ],
    [
      { Parameters: { Word: ['a', 'b'] } },
      'InvalidAutomationExecutionParametersException',
      /takes one value/,
    ],
    [{ Parameters: { Word: ['A'] } }, 'InvalidAutomationExecutionParametersException', /does not match/],
    [
      { Parameters: { Word: ['a'], Choice: ['z'] } },
      'InvalidAutomationExecutionParametersException',
      /not one of \[x, y\]/,
    ],
    [{ Parameters: { Word: ['a'.repeat(513)] } }, 'ValidationException', /less than or equal to 512/],
    [
      { Parameters: { Word: [''] } },
      'ValidationException',
      /Value '\{Word=\[\]\}' at 'parameters' .* greater than or equal to 1/,
    ],
    [
      { Parameters: { Word: ['a'], Many: Array(51).fill('x') } },
      'ValidationException',
      /Value '\{Word=\[a\], Many=\[x, x,.* less than or equal to 50/,
    ],
    [
      { Parameters: Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`P${index}`, ['x']])) },
      'ValidationException',
      /less than or equal to 200/,
    ],
    [{ ClientToken: 'mine' }, 'ValidationException', /regular expression pattern/],
    [
      { Tags: Array.from({ length: 6 }, (_, index) => ({ Key: `k${index}`, Value: 'v' })) },
      'ValidationException',
      /equal to 5/,
    ],
    [{ Mode: 'Interactive' }, 'NotEmulated', /Interactive/],
    [{ Mode: 'Manual' as 'Auto' }, 'ValidationException', /\[Auto, Interactive\]/],
    [{ MaxErrors: '1' }, 'NotEmulated', /the parameter MaxErrors/],
  ])('refuses %j', async (changes, name, message) => {
    const { run, client, world } = await prepared();
    await expect(run(client.send(start(changes)))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
    expect(world.automations.all()).toEqual([]);
  });

  test('refuses an unknown execution', async () => {
    const { run, client } = await prepared();
    const AutomationExecutionId = token;
    for (const command of [
      new GetAutomationExecutionCommand({ AutomationExecutionId }),
      new DescribeAutomationStepExecutionsCommand({ AutomationExecutionId }),
      new StopAutomationExecutionCommand({ AutomationExecutionId }),
    ]) {
      await expect(run(client.send(command as GetAutomationExecutionCommand))).rejects.toMatchObject({
        name: 'AutomationExecutionNotFoundException',
      });
    }
  });

  test('lists steps by page and by filter', async () => {
    const simulated = simulateSsm();
    const { run, client } = simulated;
    await simulated.document('book', runbook([nap('one'), nap('two', { isEnd: true }), nap('three')]));
    const AutomationExecutionId = await simulated.automation('book');
    const list = async (input: object) =>
      run(client.send(new DescribeAutomationStepExecutionsCommand({ AutomationExecutionId, ...input })));
    const pending = await list({ Filters: [{ Key: 'StepExecutionStatus', Values: ['Pending'] }] });
    expect(pending.StepExecutions?.map(({ StepName }) => StepName)).toEqual(['three']);
    const first = await list({ MaxResults: 2, ReverseOrder: true });
    expect(first.StepExecutions?.map(({ StepName }) => StepName)).toEqual(['three', 'two']);
    const rest = await list({ MaxResults: 2, ReverseOrder: true, NextToken: first.NextToken });
    expect(rest.StepExecutions?.map(({ StepName }) => StepName)).toEqual(['one']);
  });
});

test('every runbook and its steps end', async () => {
  const names = ['one', 'two', 'three', 'four'];
  const step = (name: string, index: number) =>
    fc
      .record(
        {
          broken: fc.boolean(),
          onFailure: fc.constantFrom(
            'Abort',
            'Continue',
            ...names.slice(index + 1).map((later) => `step:${later}`),
          ),
          isCritical: fc.boolean(),
          isEnd: fc.boolean(),
          maxAttempts: fc.integer({ min: 1, max: 3 }),
          nextStep: fc.constantFrom(...names.slice(index + 1), undefined),
        },
        { requiredKeys: ['broken'] },
      )
      .map(({ broken, nextStep, ...rest }) => {
        const more = { ...rest, ...(nextStep !== undefined && { nextStep }) };
        return broken ? bad(name, more) : nap(name, more);
      });
  const runbooks = fc.tuple(...names.map(step)).map((steps) => runbook(steps));
  const simulated = simulateSsm();
  let number = 0;
  await fc.assert(
    fc.asyncProperty(runbooks, async (content) => {
      const name = `book-${number++}`;
      await simulated.document(name, content);
      const execution = await automationOf(simulated, await simulated.automation(name));
      expect(['Success', 'Failed']).toContain(execution.AutomationExecutionStatus);
      const ended = execution.StepExecutions?.map(({ StepStatus }) => StepStatus);
      expect(ended?.every((status) => ['Success', 'Failed', 'Pending'].includes(status ?? ''))).toBe(true);
      if (execution.AutomationExecutionStatus === 'Failed') expect(execution.FailureMessage).toBeDefined();
    }),
    { numRuns: 50 },
  );
});
