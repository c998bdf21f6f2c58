import { diskOf } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Builder, Patches, PendingPatches } from '../../shared/build/document.ts';
import {
  failureOf,
  plainRecipe,
  type SimulatedBuild,
  simulateBuild,
  windowsRecipe,
} from '../simulated-build.ts';

const steps = [
  { name: 'web server', shell: 'set -eu\ndnf install -y nginx' },
  {
    name: 'agent',
    document: 'AWS-ConfigureAWSPackage',
    parameters: { action: 'Install', name: 'AmazonCloudWatchAgent' },
  },
];
const withSteps = { ...plainRecipe, steps };

const guestOf = (build: SimulatedBuild) => {
  const disk = diskOf(build.pipeline, (build.document.builder as Builder).instanceId);
  if (disk === undefined) throw new Error('there is no disk');
  return disk;
};

const automations = (build: SimulatedBuild) => build.world.automations.all();

describe('Patch', () => {
  it('installs what is pending, runs the steps and sanitises last', async () => {
    const build = simulateBuild({ recipe: withSteps });
    await build.through('launch');
    await build.pass(300);
    const before = guestOf(build);
    await build.finish<Patches>('patch');
    const after = guestOf(build);

    expect(after.packages).not.toEqual(before.packages);
    expect(after.packages).toHaveProperty('amazon-cloudwatch-agent');
    expect(after.rebootPending).toBe(false);
    expect(after.journal.map(({ step }) => step)).toContain('step01_web_server');
    expect(after.journal.at(-1)?.script).toContain('ssh_host_');
    expect(before.files.some((path) => path.includes('/etc/ssh/ssh_host_'))).toBe(true);
    expect(after.files.some((path) => path.includes('/etc/ssh/ssh_host_'))).toBe(false);
  });

  it('leaves packages alone where the recipe says so', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, patch: { install: false } } });
    await build.through('launch');
    await build.pass(300);
    const before = guestOf(build);
    await build.finish('patch');
    expect(guestOf(build).packages).toEqual(before.packages);
  });

  it('installs the agent by user data on a base image without one', async () => {
    const build = simulateBuild({
      recipe: {
        ...plainRecipe,
        base: { filter: { name: 'debian-12-amd64-*', owner: '136693071363' } },
        build: { ...plainRecipe.build, ssmAgent: 'install' },
      },
    });
    await build.through('patch');
    expect(guestOf(build).packages).toHaveProperty('amazon-ssm-agent');
    expect(guestOf(build).journal[0]?.script).toContain('gpg --batch --verify');
  });

  it('starts one automation however often it is called, also when the answer to the first call was lost', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'StartAutomationExecution', error: 'InternalServerError', status: 500, afterEffect: true },
      ],
    });
    await build.through('launch');
    await build.turn('patch');
    delete build.document.patches;
    await build.turn('patch');
    delete build.document.patches;
    await build.finish('patch');
    expect(automations(build)).toHaveLength(1);
    expect(automations(build)[0]?.status).toBe('Success');
  });

  it('says in a sentence that the base image has no agent, and what to change', async () => {
    const build = simulateBuild({
      recipe: { ...plainRecipe, base: { filter: { name: 'debian-12-amd64-*', owner: '136693071363' } } },
    });
    const { name, message } = await failureOf(build.through('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(
      /^The SSM agent of i-[0-9a-f]+ never came online: the recipe says build\.ssmAgent: preinstalled, but the base image debian-12-amd64-/,
    );
    expect(message).toContain('set build.ssmAgent: install');
  });

  it('names the step of the recipe that failed, its exit code and the end of its output', async () => {
    const build = simulateBuild({
      recipe: withSteps,
      faults: [
        {
          command: 'step01_web_server',
          exitCode: 1,
          output: 'Last metadata check\nError: Unable to find a match: nginx',
        },
      ],
    });
    const { name, message } = await failureOf(build.through('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(
      /^The recipe's step "web server" ended Failed with exit code 1 on i-[0-9a-f]+; its output ends: .*Unable to find a match: nginx/,
    );
  });

  it('says so when installing patches fails', async () => {
    const build = simulateBuild({
      faults: [{ command: 'AWS-RunPatchBaseline', exitCode: 1, output: 'No space left on device' }],
    });
    const { message } = await failureOf(build.through('patch'));
    expect(message).toMatch(/^Installing patches ended Failed with exit code 1 .*No space left on device/);
  });

  it('says so when the builder is terminated from outside, without waiting for the automation', async () => {
    const build = simulateBuild({
      faults: [
        {
          instance: 'terminates',
          afterSeconds: 200,
          reason: 'Server.SpotInstanceTermination',
          message: 'Taken back',
        },
      ],
    });
    await build.through('launch');
    const began = build.world.now();
    const { name, message } = await failureOf(build.finish('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toContain('was terminated while it was being patched');
    expect(message).toContain('Taken back');
    expect((build.world.now() - began) / 1000).toBeLessThan(1200);
  });

  it('notices soon when a step has switched the builder off', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, steps: [{ name: 'off', shell: 'poweroff' }] } });
    await build.through('launch');
    const began = build.world.now();
    const { name, message } = await failureOf(build.finish('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toContain(
      'was stopped while it was being patched; EC2 says: Client.InstanceInitiatedShutdown',
    );
    expect((build.world.now() - began) / 1000).toBeLessThan(3600);
  });

  it('says which step never ended', async () => {
    const build = simulateBuild({
      recipe: windowsRecipe,
      faults: [{ command: 'AWS-RunPatchBaseline', hangs: true }],
    });
    const { name, message } = await failureOf(build.through('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(/^Installing patches did not end in time on i-[0-9a-f]+/);
    expect(automations(build)[0]?.endTime).toBeDefined();
  });

  it('waits for room when too many automations run', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'StartAutomationExecution', times: 2, error: 'AutomationExecutionLimitExceededException' },
      ],
    });
    await build.through('launch');
    expect(await build.turn<PendingPatches>('patch')).toMatchObject({
      status: 'pending',
      awaiting: 'room for one more automation',
    });
    expect(await build.finish('patch')).toMatchObject({ status: 'ready' });
  });

  it('passes a refusal on', async () => {
    const build = simulateBuild({
      faults: [{ call: 'StartAutomationExecution', error: 'AccessDeniedException', message: 'No.' }],
    });
    expect(await failureOf(build.through('patch'))).toMatchObject({ name: 'Denied' });
  });

  it('refuses a document without a builder', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.turn('patch'))).toMatchObject({ name: 'Defect' });
  });
});
