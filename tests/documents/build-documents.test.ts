import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateDocumentCommand, DescribeInstanceInformationCommand } from '@aws-sdk/client-ssm';
import {
  automationActions as actions,
  baseDisk,
  type Fault,
  namesIn,
  parametersOf,
  pendingUpdates,
  stepsOf,
  systems,
  targetsOf,
} from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  automationOf,
  type SimulatedSsm,
  simulateSsm,
  statuses,
} from '../../embedded-aws/tests/simulated-ssm.ts';

const documents = {
  linux: readDocument('linux'),
  windows: readDocument('windows'),
};

function readDocument(platform: string) {
  const text = readFileSync(join(import.meta.dirname, `../../documents/build-${platform}.yml`), 'utf8');
  return { text, content: parse(text) };
}

describe.each(Object.entries(documents))('build-%s.yml', (_, { text, content }) => {
  const steps = stepsOf(content);
  const names = steps.map(({ name }) => name);

  test('is an Automation document that SSM accepts', () => {
    expect(content.schemaVersion).toBe('0.3');
    expect(Buffer.byteLength(text)).toBeLessThan(64 * 1024);
    expect(content.assumeRole).toBe('{{ AutomationAssumeRole }}');
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_]{3,128}$/);
    expect(new Set(names).size).toBe(names.length);
  });

  test('uses actions and inputs that the interpreter knows', () => {
    for (const { action, inputs } of steps) {
      const known = actions[action]?.inputs ?? [];
      expect(actions, action).toHaveProperty([action]);
      if (!known.includes('*')) expect(known).toEqual(expect.arrayContaining(Object.keys(inputs)));
    }
  });

  test('has a parameter for every name in braces, and uses all parameters', () => {
    const used = new Set(namesIn(content));
    expect([...used].sort()).toEqual(Object.keys(parametersOf(content)).sort());
  });

  test('refers only to later steps that exist', () => {
    for (const [index, step] of steps.entries()) {
      for (const target of targetsOf(step)) expect(names.indexOf(target)).toBeGreaterThan(index);
    }
  });

  test('has parameters whose values fit Automation, and requires only the instance', () => {
    const parameters = parametersOf(content);
    expect(Object.values(parameters).every(({ type }) => type === 'String')).toBe(true);
    const required = Object.entries(parameters).flatMap(([name, parameter]) =>
      parameter.default === undefined ? [name] : [],
    );
    expect(required).toEqual(['InstanceId']);
  });

  test('has a limit for every wait', () => {
    for (const { action, fields } of steps) {
      if (action !== 'aws:branch') expect(fields.timeoutSeconds).toEqual(expect.any(Number));
    }
  });

  test('sanitises in the last step', () => {
    expect(steps.at(-1)).toMatchObject({ name: 'sanitise', fields: { isEnd: true } });
  });
});

test('the two documents differ only in their timeouts and in how they sanitise', () => {
  const skeleton = ({ content }: { content: unknown }) =>
    stepsOf(content)
      .filter(({ name }) => name !== 'sanitise')
      .map(({ name, action, inputs }) => ({ name, action, inputs }));
  expect(skeleton(documents.windows)).toEqual(skeleton(documents.linux));
});

async function published(faults: Fault[] = [], seed = 7) {
  const simulated = simulateSsm({ faults, seed });
  const { run, client } = simulated;
  for (const [platform, { text }] of Object.entries(documents)) {
    await run(
      client.send(
        new CreateDocumentCommand({
          Name: platform,
          Content: text,
          DocumentType: 'Automation',
          DocumentFormat: 'YAML',
        }),
      ),
    );
  }
  await simulated.document('steps', {
    schemaVersion: '2.2',
    mainSteps: [
      {
        name: 'web',
        action: 'aws:runShellScript',
        inputs: { runCommand: ['dnf install -y nginx', 'systemctl enable nginx'], onFailure: 'exit' },
      },
    ],
  });
  return simulated;
}

async function built(
  simulated: SimulatedSsm,
  platform: 'linux' | 'windows',
  parameters: Record<string, string[]>,
) {
  return automationOf(simulated, await simulated.automation(platform, parameters));
}

describe('on the embedded AWS', () => {
  test.each(['amazon-linux-2023', 'ubuntu-24.04'] as const)(
    '%s is patched, built and imaged, with everything of the recipe and nothing of the builder',
    async (os) => {
      const simulated = await published();
      const id = simulated.launch(os, { generation: 2 });
      const execution = await built(simulated, 'linux', { InstanceId: [id], StepsDocument: ['steps'] });
      expect(execution.FailureMessage).toBeUndefined();
      expect(statuses(execution.StepExecutions)).toEqual({
        waitForAgent: 'Success',
        choosePatches: 'Success',
        installPatches: 'Success',
        chooseSteps: 'Success',
        runSteps: 'Success',
        sanitise: 'Success',
      });
      const disk = simulated.disk(id);
      expect(pendingUpdates(disk, simulated.world.now())).toEqual([]);
      expect(disk.packages.nginx).toBeDefined();
      expect(disk.services).toContain('nginx');
      // The update adds its kernel.
      const kernel = disk.files.filter((file) => file.startsWith('/boot/vmlinuz-')).at(-1);
      expect(disk.files).toEqual([...baseDisk(os, 2).files, kernel]);
      expect(disk.rebootPending).toBe(false);
      // The pipeline stops the builder, so that Automation gets the result first.
      expect(simulated.instance(id).state).toBe('running');
    },
  );

  test('instances of a sanitised image get their own identity', async () => {
    const simulated = await published();
    const id = simulated.launch('ubuntu-24.04');
    await built(simulated, 'linux', { InstanceId: [id] });
    const baked = simulated.disk(id);
    const fresh = await simulated.online('ubuntu-24.04', { disk: baked });
    expect(simulated.disk(fresh).files).toEqual(
      expect.arrayContaining([...systems['ubuntu-24.04'].bootFiles]),
    );
  });

  test('Windows is patched and generalised, and shuts down after the document has succeeded', async () => {
    const simulated = await published();
    const id = simulated.launch('windows-2022', { generation: 2 });
    const execution = await built(simulated, 'windows', { InstanceId: [id] });
    expect(execution.AutomationExecutionStatus).toBe('Success');
    expect(statuses(execution.StepExecutions)).toMatchObject({ runSteps: 'Pending', sanitise: 'Success' });
    expect(simulated.instance(id).state).toBe('running');
    await simulated.pass(3600);
    expect(simulated.instance(id).state).toBe('stopped');
    const disk = simulated.disk(id);
    expect(disk.generalised).toBe(true);
    expect(pendingUpdates(disk, simulated.world.now())).toEqual([]);
    expect(disk.files).toEqual(baseDisk('windows-2022', 2).files);
  });

  test('installs no patches and runs no steps when the parameters say so', async () => {
    const simulated = await published();
    const id = simulated.launch('amazon-linux-2023');
    const before = simulated.disk(id).packages;
    const execution = await built(simulated, 'linux', { InstanceId: [id], InstallPatches: ['false'] });
    expect(statuses(execution.StepExecutions)).toMatchObject({
      installPatches: 'Pending',
      runSteps: 'Pending',
      sanitise: 'Success',
    });
    expect(simulated.disk(id).packages).toEqual(before);
  });

  test('without a reboot, the reboot stays pending', async () => {
    const simulated = await published();
    const id = simulated.launch('amazon-linux-2023');
    await built(simulated, 'linux', { InstanceId: [id], RebootOption: ['NoReboot'] });
    expect(simulated.instance(id).boots).toBe(1);
    expect(simulated.disk(id).rebootPending).toBe(true);
  });

  test('waits 35 minutes for an agent that never comes online', async () => {
    const simulated = await published([{ agent: 'silent' }]);
    const id = simulated.launch('amazon-linux-2023');
    const execution = await built(simulated, 'linux', { InstanceId: [id] });
    expect(execution.AutomationExecutionStatus).toBe('TimedOut');
    const [wait] = execution.StepExecutions ?? [];
    expect(wait).toMatchObject({ StepName: 'waitForAgent', StepStatus: 'TimedOut' });
    expect((Number(wait?.ExecutionEndTime) - Number(wait?.ExecutionStartTime)) / 1000).toBe(2100);
    const nodes = await simulated.run(simulated.client.send(new DescribeInstanceInformationCommand({})));
    expect(nodes.InstanceInformationList).toEqual([]);
  });

  test.each([
    ['AWS-RunPatchBaseline', 'installPatches'],
    ['steps', 'runSteps'],
    ['AWS-RunShellScript', 'sanitise'],
  ])('a failure of %s fails the step %s, and no later step runs', async (command, step) => {
    const simulated = await published([{ command, exitCode: 100, output: 'No space left on device' }]);
    const id = simulated.launch('amazon-linux-2023');
    const execution = await built(simulated, 'linux', { InstanceId: [id], StepsDocument: ['steps'] });
    expect(execution.AutomationExecutionStatus).toBe('Failed');
    expect(execution.FailureMessage).toContain('ResponseCode=[100], Output=[No space left on device');
    const failed = execution.StepExecutions?.filter(({ StepStatus }) => StepStatus === 'Failed');
    expect(failed?.map(({ StepName }) => StepName)).toEqual([step]);
    expect(failed?.[0]?.Outputs?.CommandId).toEqual([expect.any(String)]);
  });

  test.each(Array.from({ length: 20 }, (_, index) => index + 1))('seed %i ends', async (seed) => {
    const simulated = await published([], seed);
    const machines = [
      ['linux', 'ubuntu-24.04'],
      ['windows', 'windows-2022'],
    ] as const;
    for (const [platform, os] of machines) {
      const id = simulated.launch(os);
      const execution = await built(simulated, platform, { InstanceId: [id] });
      expect(['Success', 'Failed', 'TimedOut']).toContain(execution.AutomationExecutionStatus);
      const messages = execution.AutomationExecutionStatus === 'Success' ? 0 : 1;
      expect([execution.FailureMessage].filter(Boolean)).toHaveLength(messages);
    }
  });

  test.each([
    [{ InstanceId: ['web-1'] }, /does not match/],
    [{ InstanceId: ['i-0123456789abcdef0'], StepsDocument: ['a b'] }, /does not match/],
    [
      { InstanceId: ['i-0123456789abcdef0'], RebootOption: ['Always'] },
      /not one of \[RebootIfNeeded, NoReboot\]/,
    ],
    [{}, /InstanceId is required/],
  ])('%j is refused', async (parameters, message) => {
    const simulated = await published();
    await expect(simulated.automation('linux', parameters as Record<string, string[]>)).rejects.toMatchObject(
      {
        name: 'InvalidAutomationExecutionParametersException',
        message: expect.stringMatching(message),
      },
    );
  });
});
