import { expect, test } from 'vitest';
import { perform } from '../../src/core/operation.ts';
import { settle } from '../../src/core/transitions.ts';
import { eventbridge } from '../../src/eventbridge/index.ts';
import {
  ACCOUNT,
  addStateMachine,
  executionNamed,
  MACHINE,
  REGION,
  simulateStates,
} from './simulated-states.ts';

const FOLLOWER = MACHINE.replace(/bake$/, 'follow');
const caller = { account: ACCOUNT, region: REGION };

/** A state machine that waits or fails, and another that a rule starts on every change of its status. */
async function simulateFollower() {
  const States = {
    'Fail?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.fail', BooleanEquals: true, Next: 'Failed' }],
      Default: 'Pause',
    },
    Pause: { Type: 'Wait', Seconds: 60, End: true },
    Failed: { Type: 'Fail', Error: 'Broken', Cause: 'It was asked to.' },
  };
  const simulated = simulateStates(States, {}, { others: { eventbridge } });
  const { world, services, pass } = simulated;
  addStateMachine(world, FOLLOWER, { StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
  const put = (operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service: 'eventbridge', operation, ...caller, input });
  const EventPattern = JSON.stringify({ source: ['aws.states'], detail: { stateMachineArn: [MACHINE] } });
  put('PutRule', { Name: 'changes', EventPattern });
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/events`;
  put('PutTargets', { Rule: 'changes', Targets: [{ Id: 'follow', Arn: FOLLOWER, RoleArn }] });
  // A rule takes a while to be in force.
  await pass(30);
  return {
    ...simulated,
    /** The events that the rule delivered, in order of time. */
    told: async () => {
      for (let turn = 0; turn < 20; turn++) {
        await pass(60);
        settle(world, services);
      }
      const inputs = world.executions
        .all()
        .filter(({ stateMachineArn }) => stateMachineArn === FOLLOWER)
        .map(({ input }) => JSON.parse(input));
      // A delivery may be made twice, and events may arrive in any order.
      const events = [...new Map(inputs.map((event) => [event.id, event])).values()];
      return events.toSorted((a, b) => (a.detail.stopDate ?? 0) - (b.detail.stopDate ?? 0));
    },
  };
}

test('EventBridge gets each change of status', async () => {
  const { start, run, told } = await simulateFollower();
  const { execution } = start({ fail: true });
  await run(execution.result);
  const arn = executionNamed('one');
  const at = Date.parse('2026-11-20T03:00:30.000Z');
  const common = {
    executionArn: arn,
    stateMachineArn: MACHINE,
    name: 'one',
    startDate: at,
    input: '{"fail":true}',
    inputDetails: { included: true },
    output: null,
    outputDetails: null,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveCount: 0,
    redriveDate: null,
  };
  const event = {
    version: '0',
    id: expect.any(String),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    ...caller,
    time: '2026-11-20T03:00:30Z',
    resources: [arn],
  };
  expect(await told()).toEqual([
    {
      ...event,
      detail: {
        ...common,
        status: 'RUNNING',
        stopDate: null,
        redriveStatus: 'NOT_REDRIVABLE',
        redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
        error: null,
        cause: null,
      },
    },
    {
      ...event,
      detail: {
        ...common,
        status: 'FAILED',
        stopDate: at,
        redriveStatus: 'REDRIVABLE',
        redriveStatusReason: 'Execution is FAILED and is redrivable',
        error: 'Broken',
        cause: 'It was asked to.',
      },
    },
  ]);
});

test('the event of a success contains the output, unless it is too large', async () => {
  const { start, run, told } = await simulateFollower();
  await run(start({ fail: false }, 'small').execution.result);
  // 20 % of the output are quotes, which the event escapes with a backslash.
  await run(start({ fail: false, large: '"a"b"'.repeat(30_000) }, 'large').execution.result);
  const ended = (await told()).filter(({ detail }) => detail.status === 'SUCCEEDED');
  const included = { included: true };
  const left = { included: false };
  const input = '{"fail":false}';
  expect(ended.map(({ detail }) => detail)).toMatchObject([
    { name: 'small', input, inputDetails: included, output: input, outputDetails: included },
    { name: 'large', input: null, inputDetails: left, output: null, outputDetails: left },
  ]);
});

test.each(['ABORTED', 'TIMED_OUT'] as const)(
  'the event of an execution with the status %s is sent',
  async (status) => {
    const { start, told, pass, world } = await simulateFollower();
    if (status === 'TIMED_OUT') {
      const machine = world.stateMachines.get(MACHINE);
      if (machine === undefined) throw new Error('there is no machine');
      addStateMachine(world, MACHINE, { ...JSON.parse(machine.definition), TimeoutSeconds: 20 });
    }
    const { execution } = start({ fail: false });
    await pass(10);
    if (status === 'ABORTED') execution.stop({ error: 'Enough' });
    const [begun, ended] = await told();
    expect(begun.detail).toMatchObject({ status: 'RUNNING', stopDate: null });
    expect(ended.detail).toMatchObject({ status, output: null, redriveStatus: 'REDRIVABLE' });
  },
);
