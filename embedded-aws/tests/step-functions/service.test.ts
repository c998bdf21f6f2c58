import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  type SFNClient,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { stepFunctions } from '../../src/step-functions/index.ts';
import {
  addStateMachine,
  describeWith,
  executionNamed,
  MACHINE,
  ROLE,
  refusal,
  START,
  simulateStates,
  startWith,
  task,
} from './simulated-states.ts';

const pause = { Pause: { Type: 'Wait', Seconds: 60, End: true } };
const DAY_SECONDS = 24 * 3600;
const unknown = executionNamed('nobody');

const validation = (text: string) => ({
  code: 'ValidationException',
  message: `1 validation error detected: ${text}`,
  status: 400,
});
const missing = (name: string) =>
  validation(`Value null at '${name}' failed to satisfy constraint: Member must not be null`);

describe('StartExecution', () => {
  test('starts an execution, with a generated name unless a name is given', async () => {
    const { client, run, world, pass } = simulateStates(pause);
    const first = await run(startWith(client(), { traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793' }));
    const [, name] =
      /^.*:execution:bake:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(first.executionArn ?? '') ??
      [];
    expect(first.executionArn).toBe(executionNamed(name ?? ''));
    const second = await run(startWith(client(), { input: '{"a": 1}' }));
    expect(second.executionArn).not.toBe(first.executionArn);
    expect(world.executions.get(second.executionArn ?? '')).toMatchObject({
      status: 'RUNNING',
      input: '{"a": 1}',
    });
    expect(world.running.get(second.executionArn ?? '')).toBeDefined();
    await pass(61);
    const described = await run(describeWith(client(), first.executionArn ?? ''));
    expect(described).toMatchObject({
      status: 'SUCCEEDED',
      input: '{}',
      output: '{}',
      startDate: first.startDate,
      traceHeader: 'Root=1-5759e988-bd862e3fe1be46a994272793',
    });
    expect(world.running.get(first.executionArn ?? '')).toBeUndefined();
  });

  test('returns the running execution for the same name and input, and refuses other input', async () => {
    const { client, run, world, pass } = simulateStates(pause);
    const start = (input: string) => run(startWith(client(), { name: 'one', input }));
    const first = await start('{"a":1}');
    expect(await start('{ "a": 1 }')).toMatchObject({
      executionArn: first.executionArn,
      startDate: first.startDate,
    });
    expect(world.executions.all()).toHaveLength(1);
    const exists = {
      code: 'ExecutionAlreadyExists',
      message: `Execution Already Exists: '${executionNamed('one')}'`,
      status: 400,
    };
    expect(await refusal(start('{"a":2}'))).toEqual(exists);
    await pass(61);
    expect(await refusal(start('{"a":1}'))).toEqual(exists);
  });

  test('accepts a name again 90 days after its execution ended, which is then deleted', async () => {
    const { client, run, pass } = simulateStates(pause);
    const first = await run(startWith(client(), { name: 'one' }));
    await pass(90 * DAY_SECONDS);
    expect((await refusal(run(startWith(client(), { name: 'one' })))).code).toBe('ExecutionAlreadyExists');
    await pass(61);
    expect((await refusal(run(describeWith(client(), executionNamed('one'))))).code).toBe(
      'ExecutionDoesNotExist',
    );
    const again = await run(startWith(client(), { name: 'one' }));
    expect(again.executionArn).toBe(first.executionArn);
    expect(again.startDate).not.toEqual(first.startDate);
  });

  const invalidInput = (reason: string) => ({
    code: 'InvalidExecutionInput',
    message: `Invalid State Machine Execution Input: '${reason}'`,
    status: 400,
  });
  test.each<[string, Parameters<typeof startWith>[1], object]>([
    [
      'a word as input',
      { input: 'not some json' },
      invalidInput(
        "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
      ),
    ],
    [
      'single quotes in the input',
      { input: "{'not': 'json'" },
      invalidInput("Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
    ],
    ['an empty input', { input: '' }, invalidInput('Invalid execution input.')],
    [
      'an input with too many levels',
      { input: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
      invalidInput('Invalid execution input.'),
    ],
    [
      'an input with too many bytes',
      { input: `"${'é'.repeat(131_072)}"` },
      invalidInput('Invalid execution input.'),
    ],
    [
      'an input that is too long',
      { input: `"${'x'.repeat(262_143)}"` },
      validation(
        "Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144",
      ),
    ],
    [
      'a name that is too long',
      { name: 'x'.repeat(81) },
      validation(
        `Value '${'x'.repeat(81)}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 80`,
      ),
    ],
    [
      'an unknown machine',
      { stateMachineArn: `${MACHINE}d` },
      {
        code: 'StateMachineDoesNotExist',
        message: `State Machine Does Not Exist: '${MACHINE}d'`,
        status: 400,
      },
    ],
    [
      'a missing version',
      { stateMachineArn: `${MACHINE}:1` },
      {
        code: 'StateMachineDoesNotExist',
        message: `State Machine Does Not Exist: '${MACHINE}:1'`,
        status: 400,
      },
    ],
    [
      'no ARN',
      { stateMachineArn: 'bake' },
      { code: 'InvalidArn', message: "Invalid Arn: 'Invalid ARN prefix: bake'", status: 400 },
    ],
    [
      'the ARN of an execution',
      { stateMachineArn: unknown },
      {
        code: 'InvalidArn',
        message: "Invalid Arn: 'Resource type not valid in this context: execution'",
        status: 400,
      },
    ],
    ['no machine', { stateMachineArn: undefined as never }, missing('stateMachineArn')],
  ])('refuses %s', async (_what, input, expected) => {
    const { client, run, world } = simulateStates(pause);
    expect(await refusal(run(startWith(client(), input)))).toEqual(expected);
    expect(world.executions.all()).toEqual([]);
  });

  test.each(['a b', 'a:b', 'a/b', 'a{b', 'a\tb', 'a\u007fb', 'a*', 'a#b', 'a\ud800'])(
    'refuses the name %j',
    async (name) => {
      const { client, run } = simulateStates(pause);
      expect(await refusal(run(startWith(client(), { name })))).toEqual({
        code: 'InvalidName',
        message: `Invalid Name: '${name}'`,
        status: 400,
      });
    },
  );

  test.each(['1', '"text"', 'null', '[]'])('accepts %s as input', async (input) => {
    const { client, run, pass } = simulateStates(pause);
    await run(startWith(client(), { name: 'one', input }));
    await pass(61);
    expect(await run(describeWith(client(), executionNamed('one')))).toMatchObject({ output: input });
  });

  test('accepts other letters in a name', async () => {
    const { client, run } = simulateStates(pause);
    const name = 'Überprüfung_1.2-(a)';
    expect((await run(startWith(client(), { name }))).executionArn).toBe(executionNamed(name));
  });

  test("accepts only state machines of the caller's account and region", async () => {
    const { client, run } = simulateStates(pause);
    expect(await refusal(run(startWith(client({ account: '111122223333' }))))).toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('is not authorized to perform: states:StartExecution'),
    });
    expect((await refusal(run(startWith(client({ region: 'us-east-1' }))))).code).toBe(
      'StateMachineDoesNotExist',
    );
  });

  test.each<[string, object]>([
    [
      'another integration',
      { StartAt: 'Work', States: { Work: task({ Resource: 'arn:aws:states:::sns:publish', End: true }) } },
    ],
    ['JSONata', { QueryLanguage: 'JSONata', StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }],
  ])('refuses %s by name', async (_what, definition) => {
    const { client, run, world } = simulateStates(pause);
    addStateMachine(world, `${MACHINE}-2`, definition);
    expect((await refusal(run(startWith(client(), { stateMachineArn: `${MACHINE}-2` })))).code).toBe(
      'NotEmulated',
    );
  });
});

describe('DescribeExecution', () => {
  test('describes a running, failed, stopped or timed-out execution', async () => {
    const work = async () => {
      throw new Error('no');
    };
    const { client, run, start } = simulateStates({ Work: task({ End: true }) }, { work });
    const { execution } = start({ a: 1 });
    const running = await run(describeWith(client(), execution.arn));
    // The execution has failed before the response arrives, but the response has the record at the time of the call.
    expect(running.status).toMatch(/RUNNING|FAILED/);
    await run(execution.result);
    const { $metadata: _, cause, stopDate, ...failed } = await run(describeWith(client(), execution.arn));
    expect(failed).toEqual({
      executionArn: execution.arn,
      stateMachineArn: MACHINE,
      name: 'one',
      status: 'FAILED',
      startDate: START,
      input: '{"a":1}',
      inputDetails: { included: true },
      error: 'Error',
      redriveCount: 0,
      redriveStatus: 'REDRIVABLE',
    });
    expect(JSON.parse(cause ?? '')).toMatchObject({ errorMessage: 'no' });
    expect(stopDate).toBeInstanceOf(Date);
  });

  test('says what can be redriven, for two weeks', async () => {
    const { client, run, start, pass } = simulateStates(pause);
    const { execution } = start();
    const redrive = async () => {
      const { redriveStatus, redriveStatusReason } = await run(describeWith(client(), execution.arn));
      return [redriveStatus, redriveStatusReason];
    };
    expect(await redrive()).toEqual(['NOT_REDRIVABLE', 'Execution is RUNNING and cannot be redriven']);
    execution.stop();
    expect(await redrive()).toEqual(['REDRIVABLE', undefined]);
    await pass(14 * DAY_SECONDS);
    expect(await redrive()).toEqual(['NOT_REDRIVABLE', 'Execution redrivable period exceeded']);
  });
});

describe('StopExecution', () => {
  const stop = (client: SFNClient, input: object = {}) =>
    client.send(new StopExecutionCommand({ executionArn: executionNamed('one'), ...input }));

  test('stops immediately, with the given reason', async () => {
    const { client, run, start } = simulateStates(pause);
    const { execution } = start();
    const reason = { error: 'Enough', cause: 'It is late.' };
    const { stopDate } = await run(stop(client(), reason));
    expect(await run(execution.result)).toEqual({ status: 'ABORTED', ...reason });
    expect(await run(describeWith(client(), execution.arn))).toMatchObject({
      status: 'ABORTED',
      stopDate,
      ...reason,
    });
  });

  test('does not change an ended execution', async () => {
    const { client, run, start, pass, world } = simulateStates(pause);
    start();
    await pass(61);
    const before = world.executions.all();
    const { stopDate } = await run(stop(client(), { error: 'Late' }));
    expect(stopDate).toEqual(new Date(START.getTime() + 60_000));
    expect(world.executions.all()).toEqual(before);
  });

  test.each<[string, object, object]>([
    [
      'an unknown execution',
      { executionArn: unknown },
      { code: 'ExecutionDoesNotExist', message: `Execution Does Not Exist: '${unknown}'`, status: 400 },
    ],
    [
      'a machine',
      { executionArn: MACHINE },
      {
        code: 'InvalidArn',
        message: "Invalid Arn: 'Resource type not valid in this context: statemachine'",
        status: 400,
      },
    ],
    ['nothing', { executionArn: undefined }, missing('executionArn')],
    [
      'a long error',
      { error: 'x'.repeat(257) },
      validation(
        `Value '${'x'.repeat(257)}' at 'error' failed to satisfy constraint: Member must have length less than or equal to 256`,
      ),
    ],
  ])('refuses %s', async (_what, input, expected) => {
    const { client, run, start, world } = simulateStates(pause);
    start();
    expect(await refusal(run(stop(client(), input)))).toEqual(expected);
    expect(world.executions.get(executionNamed('one'))?.status).toBe('RUNNING');
  });
});

describe('ListExecutions', () => {
  const list = (client: SFNClient, input: object = {}) =>
    client.send(new ListExecutionsCommand({ stateMachineArn: MACHINE, ...input }));
  const simulateFive = async () => {
    const simulated = simulateStates(pause);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      simulated.start({}, name);
      // The last two start at the same time.
      if (name < 'd') await simulated.pass(10);
    }
    return simulated;
  };

  test('shows the newest first, page by page, even if executions start between the pages', async () => {
    const { client, run, start } = await simulateFive();
    const first = await run(list(client(), { maxResults: 2 }));
    expect(first.executions).toEqual([
      {
        executionArn: executionNamed('e'),
        stateMachineArn: MACHINE,
        name: 'e',
        status: 'RUNNING',
        startDate: new Date(START.getTime() + 30_000),
        redriveCount: 0,
      },
      expect.objectContaining({ name: 'd' }),
    ]);
    start({}, 'f');
    const { nextToken } = first;
    const second = await run(list(client(), { maxResults: 3, nextToken }));
    expect(second.executions?.map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(second.nextToken).toBeUndefined();
    // 0 asks for the usual 100.
    expect((await run(list(client(), { maxResults: 0 }))).executions).toHaveLength(6);
  });

  test('shows the executions with one status', async () => {
    const { client, run, pass } = await simulateFive();
    await pass(35);
    const names = async (statusFilter: string) =>
      (await run(list(client(), { statusFilter }))).executions?.map(({ name }) => name);
    expect(await names('SUCCEEDED')).toEqual(['a']);
    expect(await names('RUNNING')).toEqual(['e', 'd', 'c', 'b']);
    expect(await names('PENDING_REDRIVE')).toEqual([]);
  });

  test('refuses a token after a day', async () => {
    const { client, run, pass } = await simulateFive();
    const { nextToken } = await run(list(client(), { maxResults: 2 }));
    await pass(DAY_SECONDS);
    expect(await refusal(run(list(client(), { nextToken })))).toEqual({
      code: 'InvalidToken',
      message: "Invalid Token: 'Invalid token'",
      status: 400,
    });
  });

  test.each<[string, object, object]>([
    [
      'a page size that is too large',
      { maxResults: 1001 },
      validation(
        "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000",
      ),
    ],
    [
      'a negative page size',
      { maxResults: -1 },
      validation(
        "Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0",
      ),
    ],
    [
      'an empty token',
      { nextToken: '' },
      validation(
        "Value '' at 'nextToken' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    ],
    [
      'an unknown status',
      { statusFilter: 'STOPPED' },
      validation(
        "Value 'STOPPED' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: [RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE]",
      ),
    ],
    [
      'an unknown machine',
      { stateMachineArn: `${MACHINE}d` },
      {
        code: 'StateMachineDoesNotExist',
        message: `State Machine Does Not Exist: '${MACHINE}d'`,
        status: 400,
      },
    ],
    [
      'a list without a state machine',
      { stateMachineArn: undefined },
      { code: 'ValidationException', message: 'Must specify a stateMachineArn or a mapRunArn.', status: 400 },
    ],
    ['a map run', { mapRunArn: MACHINE }, expect.objectContaining({ code: 'NotEmulated' })],
  ])('refuses %s', async (_what, input, expected) => {
    const { client, run } = simulateStates(pause);
    expect(await refusal(run(list(client(), input)))).toEqual(expected);
  });
});

describe('state machines', () => {
  test('are described and listed, with their tags', async () => {
    const { client, run, world } = simulateStates(pause);
    addStateMachine(world, `${MACHINE.replace(/bake$/, 'alpha')}`, {
      StartAt: 'A',
      States: { A: { Type: 'Succeed' } },
    });
    const { $metadata: _, ...described } = await run(
      client().send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE })),
    );
    expect(described).toEqual({
      stateMachineArn: MACHINE,
      name: 'bake',
      status: 'ACTIVE',
      type: 'STANDARD',
      definition: JSON.stringify({ StartAt: 'Pause', States: pause }),
      roleArn: ROLE,
      creationDate: START,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: true },
    });
    const first = await run(client().send(new ListStateMachinesCommand({ maxResults: 1 })));
    expect(first.stateMachines).toEqual([
      {
        stateMachineArn: MACHINE.replace(/bake$/, 'alpha'),
        name: 'alpha',
        type: 'STANDARD',
        creationDate: START,
      },
    ]);
    const { nextToken } = first;
    const second = await run(client().send(new ListStateMachinesCommand({ nextToken })));
    expect(second.stateMachines?.map(({ name }) => name)).toEqual(['bake']);
    const elsewhere = client({ region: 'us-east-1' }).send(new ListStateMachinesCommand({}));
    expect((await run(elsewhere)).stateMachines).toEqual([]);
    const { tags } = await run(client().send(new ListTagsForResourceCommand({ resourceArn: MACHINE })));
    expect(tags).toEqual([{ key: 'team', value: 'platform' }]);
  });

  test('are shown for an execution as they were at its start', async () => {
    const { client, run, start, world, pass } = simulateStates(pause);
    const { execution } = start();
    const before = world.stateMachines.get(MACHINE);
    if (before === undefined) throw new Error('there is no machine');
    await pass(10);
    const after = { definition: '{}', updateDate: world.now(), revisionId: 'second' };
    world.stateMachines.put({ ...before, ...after }, world.now(), 0);
    const { $metadata: _, ...shown } = await run(
      client().send(new DescribeStateMachineForExecutionCommand({ executionArn: execution.arn })),
    );
    expect(shown).toEqual({
      stateMachineArn: MACHINE,
      name: 'bake',
      definition: before.definition,
      roleArn: ROLE,
      updateDate: START,
      loggingConfiguration: { level: 'OFF', includeExecutionData: false },
      tracingConfiguration: { enabled: true },
    });
    const described = await run(client().send(new DescribeStateMachineCommand({ stateMachineArn: MACHINE })));
    expect(described).toMatchObject({ definition: '{}', revisionId: 'second' });
  });
});

describe('a missing resource, or an ARN of another kind, is refused by', () => {
  const noMachine = {
    code: 'StateMachineDoesNotExist',
    message: `State Machine Does Not Exist: '${MACHINE}d'`,
  };
  const noExecution = { code: 'ExecutionDoesNotExist', message: `Execution Does Not Exist: '${unknown}'` };
  const byExecution = {
    DescribeExecution: describeWith,
    GetExecutionHistory: (client: SFNClient, executionArn: string) =>
      client.send(new GetExecutionHistoryCommand({ executionArn })),
    DescribeStateMachineForExecution: (client: SFNClient, executionArn: string) =>
      client.send(new DescribeStateMachineForExecutionCommand({ executionArn })),
  };
  test.each(Object.entries<(client: SFNClient, arn: string) => Promise<unknown>>(byExecution))(
    '%s',
    async (_operation, call) => {
      const { client, run } = simulateStates(pause);
      expect(await refusal(run(call(client(), unknown)))).toMatchObject(noExecution);
      expect(await refusal(run(call(client(), MACHINE)))).toMatchObject({ code: 'InvalidArn' });
      expect(await refusal(run(call(client(), 'one')))).toMatchObject({
        code: 'InvalidArn',
        message: "Invalid Arn: 'Invalid ARN prefix: one'",
      });
      expect(await refusal(run(call(client(), 'arn:aws:states:one')))).toMatchObject({ code: 'InvalidArn' });
      expect(await refusal(run(call(client(), undefined as never)))).toEqual(missing('executionArn'));
    },
  );

  test('DescribeStateMachine', async () => {
    const { client, run } = simulateStates(pause);
    const call = (stateMachineArn: string) =>
      run(client().send(new DescribeStateMachineCommand({ stateMachineArn })));
    expect(await refusal(call(`${MACHINE}d`))).toMatchObject(noMachine);
    expect(await refusal(call(unknown))).toMatchObject({ code: 'InvalidArn' });
    expect(await refusal(call(undefined as never))).toEqual(missing('stateMachineArn'));
  });

  test('ListTagsForResource', async () => {
    const { client, run } = simulateStates(pause);
    const call = (resourceArn: string) => run(client().send(new ListTagsForResourceCommand({ resourceArn })));
    expect(await refusal(call(`${MACHINE}d`))).toEqual({
      code: 'ResourceNotFound',
      message: `Resource not found: '${MACHINE}d'`,
      status: 400,
    });
    expect(await refusal(call(unknown))).toMatchObject({ code: 'InvalidArn' });
    expect(await refusal(call(undefined as never))).toEqual(missing('resourceArn'));
  });

  test('METADATA_ONLY is not emulated', async () => {
    const { client, run } = simulateStates(pause);
    const described = client().send(
      new DescribeStateMachineCommand({ stateMachineArn: MACHINE, includedData: 'METADATA_ONLY' }),
    );
    expect((await refusal(run(described))).code).toBe('NotEmulated');
  });
});

test('each operation has a row in the documentation', () => {
  const file = join(import.meta.dirname, '../../docs/step-functions.md');
  const [, table = ''] =
    /^\| operation \|.*\n\|[-|]+\|\n((?:\|.*\n)*)/m.exec(readFileSync(file, 'utf8')) ?? [];
  const rows = table
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));
  for (const row of rows) expect(row, row[1]).toHaveLength(6);
  const documented = rows.flatMap(([, operations = '']) => operations.split(', '));
  expect(documented.toSorted()).toEqual(Object.keys(stepFunctions.operations).toSorted());
});
