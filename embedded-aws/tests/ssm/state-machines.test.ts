import {
  CreateDocumentCommand,
  GetAutomationExecutionCommand,
  SSMClient,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { ssm } from '../../src/ssm/index.ts';
import {
  ACCOUNT,
  executionNamed,
  MACHINE,
  REGION,
  simulateStates,
  task,
} from '../step-functions/simulated-states.ts';

const book = {
  schemaVersion: '0.3',
  parameters: { Word: { type: 'String', default: 'hello' } },
  outputs: ['run.status', 'run.output'],
  mainSteps: [
    {
      name: 'run',
      action: 'aws:executeStateMachine',
      inputs: {
        stateMachineArn: 'arn:aws:states:{{ global:REGION }}:{{ global:ACCOUNT_ID }}:stateMachine:bake',
        name: '{{ automation:EXECUTION_ID }}',
        input: '{"word":"{{ Word }}"}',
      },
    },
  ],
};

async function runBook(work: (input: unknown) => Promise<unknown>, content: object = book) {
  const states = { Wait: { Type: 'Wait', Seconds: 60, Next: 'Work' }, Work: task({ End: true }) };
  const { world, services, run, pass } = simulateStates(states, { work }, { others: { ssm } });
  const client = new SSMClient({ region: REGION, maxAttempts: 1 });
  answerFrom(world, services, client, ACCOUNT);
  const Content = JSON.stringify(content);
  const document = { Name: 'book', Content, DocumentType: 'Automation', DocumentFormat: 'JSON' } as const;
  await run(client.send(new CreateDocumentCommand(document)));
  const { AutomationExecutionId = '' } = await run(
    client.send(new StartAutomationExecutionCommand({ DocumentName: 'book' })),
  );
  const read = async () => {
    const command = new GetAutomationExecutionCommand({ AutomationExecutionId });
    return (await run(client.send(command))).AutomationExecution;
  };
  /** Transitions are applied when a call is made, so somebody has to look. */
  const watch = async (seconds: number) => {
    for (let passed = 0; passed < seconds; passed += 5) {
      await pass(5);
      await read();
    }
    return read();
  };
  return { id: AutomationExecutionId, watch, world };
}

test('aws:executeStateMachine starts an execution, and ends with it', async () => {
  const { id, watch, world } = await runBook(async (input) => input);
  expect(await watch(50)).toMatchObject({ AutomationExecutionStatus: 'InProgress' });
  expect(world.executions.get(executionNamed(id))?.input).toBe('{"word":"hello"}');
  expect(await watch(30)).toMatchObject({
    AutomationExecutionStatus: 'Success',
    Outputs: { 'run.status': ['SUCCEEDED'], 'run.output': ['{"word":"hello"}'] },
    StepExecutions: [
      { Outputs: { executionArn: [executionNamed(id)], stateMachineArn: [MACHINE], name: [id] } },
    ],
  });
});

test('aws:executeStateMachine fails if the execution fails', async () => {
  const { id, watch } = await runBook(async () => {
    throw new Error('no');
  });
  expect(await watch(80)).toMatchObject({
    AutomationExecutionStatus: 'Failed',
    FailureMessage: expect.stringContaining(
      `The execution ${executionNamed(id)} ended with the status FAILED`,
    ),
  });
});

test('aws:executeStateMachine fails if there is no such state machine', async () => {
  const [step] = book.mainSteps;
  const stateMachineArn = MACHINE.replace('bake', 'other');
  const content = { ...book, mainSteps: [{ ...step, inputs: { stateMachineArn } }] };
  const { watch } = await runBook(async () => ({}), content);
  expect(await watch(80)).toMatchObject({
    AutomationExecutionStatus: 'Failed',
    FailureMessage: expect.stringContaining(
      `An error occurred (StateMachineDoesNotExist) when calling the StartExecution operation`,
    ),
  });
});
