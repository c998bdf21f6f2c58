import {
  DescribeAutomationExecutionsCommand,
  type DescribeAutomationExecutionsCommandInput,
  StartAutomationExecutionCommand,
  type StartAutomationExecutionCommandInput,
  StopAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, automationOf, REGION, simulateSsm, statuses } from '../simulated-ssm.ts';
import { listen } from './listening.ts';

const nap = (name: string, seconds = 60) => ({
  name,
  action: 'aws:sleep',
  inputs: { Duration: `PT${seconds}S` },
});

async function withRunbook(options: Parameters<typeof simulateSsm>[0] = {}) {
  const simulated = simulateSsm(options);
  const { run, client, document } = simulated;
  await document('book', { schemaVersion: '0.3', mainSteps: [nap('one'), nap('two')] });
  await document('other', { schemaVersion: '0.3', mainSteps: [nap('one', 3600)] });
  return {
    ...simulated,
    start: async (input: Partial<StartAutomationExecutionCommandInput> = {}) => {
      const answer = await run(
        client.send(new StartAutomationExecutionCommand({ DocumentName: 'book', ...input })),
      );
      return answer.AutomationExecutionId ?? '';
    },
    stop: (AutomationExecutionId: string, Type?: 'Cancel' | 'Complete') =>
      run(client.send(new StopAutomationExecutionCommand({ AutomationExecutionId, Type }))),
    list: async (input: DescribeAutomationExecutionsCommandInput = {}) =>
      run(client.send(new DescribeAutomationExecutionsCommand(input))),
  };
}

describe('StartAutomationExecution', () => {
  const ClientToken = '01234567-89ab-5def-a123-456789abcdef';

  test('returns the first execution for a repeated call with the same token', async () => {
    const { start } = await withRunbook();
    expect(await start({ ClientToken })).toBe(await start({ ClientToken }));
  });

  test('refuses a repeated token in a world with that behavior', async () => {
    const { start, world } = await withRunbook({ repeatedAutomationTokens: 'refused' });
    await start({ ClientToken });
    await expect(start({ ClientToken })).rejects.toMatchObject({ name: 'IdempotentParameterMismatch' });
    expect(world.automations.all()).toHaveLength(1);
  });

  test('is visible in lists after a delay, and by its id immediately', async () => {
    const simulated = await withRunbook({ faults: [{ reads: 'lag', of: 'automation', seconds: 30 }] });
    const id = await simulated.start();
    expect((await automationOf(simulated, id)).AutomationExecutionId).toBe(id);
    expect((await simulated.list()).AutomationExecutionMetadataList).toEqual([]);
    await simulated.pass(31);
    expect((await simulated.list()).AutomationExecutionMetadataList).toMatchObject([
      { AutomationExecutionId: id },
    ]);
  });
});

describe('StopAutomationExecution', () => {
  test('Cancel: the status is Cancelling, and Cancelled a moment later', async () => {
    const simulated = await withRunbook();
    const { start, stop, pass } = simulated;
    const id = await start();
    await pass(20);
    await stop(id);
    const cancelling = await automationOf(simulated, id);
    expect(cancelling.AutomationExecutionStatus).toBe('Cancelling');
    expect(cancelling.ExecutionEndTime).toBeUndefined();
    await expect(stop(id)).rejects.toMatchObject({ name: 'InvalidAutomationStatusUpdateException' });
    await pass(3600);
    const cancelled = await automationOf(simulated, id);
    expect(cancelled.AutomationExecutionStatus).toBe('Cancelled');
    expect(cancelled.ExecutionEndTime).toBeInstanceOf(Date);
    expect(statuses(cancelled.StepExecutions)).toEqual({ one: 'Cancelled', two: 'Pending' });
  });

  test('Complete: the current step is the last', async () => {
    const simulated = await withRunbook();
    const { start, stop, pass } = simulated;
    const id = await start();
    await pass(20);
    await stop(id, 'Complete');
    expect((await automationOf(simulated, id)).AutomationExecutionStatus).toBe('InProgress');
    await pass(3600);
    const completed = await automationOf(simulated, id);
    expect(completed.AutomationExecutionStatus).toBe('Success');
    expect(statuses(completed.StepExecutions)).toEqual({ one: 'Success', two: 'Pending' });
    await expect(stop(id, 'Complete')).rejects.toMatchObject({
      name: 'InvalidAutomationStatusUpdateException',
    });
  });

  test('Complete ends an automation without a current step immediately', async () => {
    const simulated = await withRunbook();
    const id = await simulated.start();
    await simulated.stop(id, 'Complete');
    await simulated.pass(600);
    expect(statuses((await automationOf(simulated, id)).StepExecutions)).toEqual({
      one: 'Pending',
      two: 'Pending',
    });
  });

  test.each<[object, string]>([
    [
      { AutomationExecutionId: '0f6ae1c0-2f8e-4d22-8e11-0a1b2c3d4e5f' },
      'AutomationExecutionNotFoundException',
    ],
    [{ AutomationExecutionId: 'x' }, 'ValidationException'],
    [{ Type: 'Kill' }, 'ValidationException'],
  ])('refuses %j', async (input, name) => {
    const { start, run, client } = await withRunbook();
    const AutomationExecutionId = await start();
    const command = new StopAutomationExecutionCommand({ AutomationExecutionId, ...input });
    await expect(run(client.send(command))).rejects.toMatchObject({ name });
  });
});

describe('a version of a runbook', () => {
  test('is the default or the requested version', async () => {
    const { start, world } = await withRunbook();
    const id = await start({ DocumentVersion: '1' });
    expect(world.automations.get(id)?.documentVersion).toBe(1);
    await expect(start({ DocumentVersion: '2' })).rejects.toMatchObject({
      name: 'AutomationDefinitionVersionNotFoundException',
    });
  });
});

describe('DescribeAutomationExecutions', () => {
  async function three() {
    const simulated = await withRunbook();
    const { start, pass } = simulated;
    const first = await start({ Tags: [{ Key: 'build', Value: '1' }] });
    await pass(600);
    const second = await start({ DocumentName: 'other' });
    await pass(60);
    return { ...simulated, first, second };
  }

  test('lists the newest first, without steps and parameters', async () => {
    const { list, first, second } = await three();
    const { AutomationExecutionMetadataList: [newest, oldest] = [] } = await list();
    expect(newest).toMatchObject({
      AutomationExecutionId: second,
      DocumentName: 'other',
      AutomationExecutionStatus: 'InProgress',
      CurrentStepName: 'one',
      CurrentAction: 'aws:sleep',
      AutomationType: 'Local',
      Mode: 'Auto',
    });
    expect(oldest).toMatchObject({ AutomationExecutionId: first, AutomationExecutionStatus: 'Success' });
    expect(Object.keys(oldest ?? {})).not.toContain('StepExecutions');
    expect(Object.keys(oldest ?? {})).not.toContain('Parameters');
  });

  test.each<[DescribeAutomationExecutionsCommandInput['Filters'], ('first' | 'second')[]]>([
    [[{ Key: 'ExecutionStatus', Values: ['Success', 'Failed'] }], ['first']],
    [[{ Key: 'DocumentNamePrefix', Values: ['oth'] }], ['second']],
    [[{ Key: 'CurrentAction', Values: ['aws:sleep'] }], ['second']],
    [[{ Key: 'TagKey', Values: ['build'] }], ['first']],
    [[{ Key: 'AutomationType', Values: ['Local'] }], ['second', 'first']],
    [[{ Key: 'AutomationType', Values: ['CrossAccount'] }], []],
    [[{ Key: 'StartTimeBefore', Values: ['2026-11-20T03:05:00Z'] }], ['first']],
    [[{ Key: 'StartTimeAfter', Values: ['2026-11-20T03:05:00Z'] }], ['second']],
    [[{ Key: 'ParentExecutionId', Values: ['x'] }], []],
    [
      [
        { Key: 'ExecutionStatus', Values: ['Success'] },
        { Key: 'DocumentNamePrefix', Values: ['oth'] },
      ],
      [],
    ],
  ])('with %j finds %j', async (Filters, expected) => {
    const simulated = await three();
    const { AutomationExecutionMetadataList = [] } = await simulated.list({ Filters });
    expect(AutomationExecutionMetadataList.map((one) => one.AutomationExecutionId)).toEqual(
      expected.map((name) => simulated[name]),
    );
  });

  test('returns pages', async () => {
    const { list, first } = await three();
    const { NextToken } = await list({ MaxResults: 1 });
    expect((await list({ MaxResults: 1, NextToken })).AutomationExecutionMetadataList).toMatchObject([
      { AutomationExecutionId: first },
    ]);
  });

  test.each<[DescribeAutomationExecutionsCommandInput, string, RegExp]>([
    [
      { Filters: [{ Key: 'Colour' as 'TagKey', Values: ['x'] }] },
      'ValidationException',
      /at 'filters\.1\.member\.key'/,
    ],
    [{ Filters: [] }, 'ValidationException', /at 'filters'/],
    [{ Filters: [{ Key: 'StartTimeAfter', Values: ['noon'] }] }, 'InvalidFilterValue', /noon/],
    [{ Filters: [{ Key: 'TargetResourceGroup', Values: ['x'] }] }, 'NotEmulated', /TargetResourceGroup/],
    [{ NextToken: 'x' }, 'InvalidNextToken', /not valid/],
    [{ MaxResults: 51 }, 'ValidationException', /less than or equal to 50/],
  ])('refuses %j', async (input, name, message) => {
    const { list } = await three();
    await expect(list(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});

test('EventBridge receives events of automations and their steps', async () => {
  const simulated = await withRunbook();
  const heard = listen(simulated);
  const id = await simulated.start();
  await simulated.pass(600);
  const events = heard();
  const execution = events.filter(
    ({ detailType }) => detailType === 'EC2 Automation Execution Status-change Notification',
  );
  const time = expect.stringMatching(/^Nov 20, 2026 3:0\d:\d\d AM$/);
  expect(execution.map(({ detail }) => detail)).toEqual([
    {
      ExecutionId: id,
      Definition: 'book',
      DefinitionVersion: 1,
      Status: 'InProgress',
      StartTime: time,
      ExecutedBy: expect.stringContaining(ACCOUNT),
    },
    {
      ExecutionId: id,
      Definition: 'book',
      DefinitionVersion: 1,
      Status: 'Success',
      StartTime: time,
      EndTime: time,
      Time: expect.any(Number),
      ExecutedBy: expect.stringContaining(ACCOUNT),
    },
  ]);
  expect(execution[0]?.resources).toEqual([
    `arn:aws:ssm:${REGION}:${ACCOUNT}:automation-execution/${id}`,
    `arn:aws:ssm:${REGION}:${ACCOUNT}:automation-definition/book:1`,
  ]);
  const steps = events.filter(
    ({ detailType }) => detailType === 'EC2 Automation Step Status-change Notification',
  );
  expect(steps.map(({ detail }) => detail)).toMatchObject(
    ['one', 'two'].flatMap((StepName) =>
      ['InProgress', 'Success'].map((Status) => ({ StepName, Action: 'aws:sleep', Status })),
    ),
  );
});
