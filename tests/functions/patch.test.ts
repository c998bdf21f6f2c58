import { diskOf, type Fault, schedule } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Builder, Patches, PendingPatches, Plan } from '../../shared/build/execution-document.ts';
import {
  failureOf,
  plainRecipe,
  type SimulatedBuild,
  simulateBuild,
  windowsRecipe,
} from '../simulated-build.ts';

const steps = [
  { name: 'web server', shell: 'dnf install -y nginx' },
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
  it('installs pending updates, runs the steps, then sanitises', async () => {
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

  it('installs no updates when the recipe says so', async () => {
    const build = simulateBuild({ recipe: { ...plainRecipe, patch: { install: false } } });
    await build.through('launch');
    await build.pass(300);
    const before = guestOf(build);
    await build.finish('patch');
    expect(guestOf(build).packages).toEqual(before.packages);
  });

  it('installs the agent by user data on a base image without an agent', async () => {
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

  describe.each(['answered', 'refused'] as const)(
    'when SSM has %s a client token that it knows',
    (repeated) => {
      const lost: Fault = {
        call: 'StartAutomationExecution',
        error: 'InternalServerError',
        status: 500,
        afterEffect: true,
      };
      const lagging: Fault = { reads: 'lag', of: 'automation', seconds: 90 };

      it.each([
        ['immediately', []],
        ['a while later', [lagging]],
      ])('starts one automation when it is called repeatedly; lists show it %s', async (_, faults) => {
        const build = simulateBuild({ faults, repeatedAutomationTokens: repeated });
        await build.through('launch');
        for (const _turn of [1, 2, 3]) {
          delete build.document.patches;
          await build.invoke('patch');
        }
        delete build.document.patches;
        expect(await build.finish('patch')).toEqual({
          status: 'ready',
          readyAt: expect.any(String),
          automationExecutionId: automations(build)[0]?.id,
        });
        expect(automations(build).map(({ status }) => status)).toEqual(['Success']);
      });

      it.each([
        ['immediately', []],
        ['a while later', [lagging]],
      ])('adopts the automation when the answer was lost; lists show it %s', async (_, faults) => {
        const build = simulateBuild({ faults: [lost, ...faults], repeatedAutomationTokens: repeated });
        await build.through('launch');
        expect(await build.finish('patch')).toEqual({
          status: 'ready',
          readyAt: expect.any(String),
          automationExecutionId: automations(build)[0]?.id,
        });
        expect(automations(build).map(({ status }) => status)).toEqual(['Success']);
      });
    },
  );

  it('says what it waits for while SSM knows the token but does not list the automation', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'StartAutomationExecution', error: 'InternalServerError', status: 500, afterEffect: true },
        { reads: 'lag', of: 'automation', seconds: 90 },
      ],
      repeatedAutomationTokens: 'refused',
    });
    await build.through('launch');
    const { instanceId } = build.document.builder as Builder;
    expect(await build.invoke<PendingPatches>('patch')).toMatchObject({
      status: 'pending',
      automationExecutionId: '',
      awaiting: `SSM to list the automation of ${instanceId}`,
    });
  });

  it('uses the default version of the build document if the plan is from before versions were pinned', async () => {
    const build = simulateBuild();
    await build.through('launch');
    const { buildDocumentVersion, ...formerPlan } = build.document.plan as Plan;
    expect(buildDocumentVersion).toBe('1');
    build.document.plan = formerPlan;
    const [document] = build.world.documents.all().filter(({ name }) => name === formerPlan.buildDocument);
    if (document === undefined) throw new Error('there is no document');
    // A later version that is not the default.
    const content = 'schemaVersion: "0.3"\nmainSteps: []';
    const later = { ...document.versions[0], version: 2, content } as (typeof document.versions)[number];
    build.world.documents.put(
      { ...document, latestVersion: 2, versions: [...document.versions, later] },
      build.world.now(),
      0,
    );
    await build.finish('patch');
    expect(automations(build).map(({ documentVersion, status }) => [documentVersion, status])).toEqual([
      [1, 'Success'],
    ]);
  });

  describe('when SSM knows the token but never lists the automation', () => {
    const unlisted: Fault[] = [
      { call: 'StartAutomationExecution', error: 'InternalServerError', status: 500, afterEffect: true },
      { reads: 'lag', of: 'automation', seconds: 100_000, times: 'always' },
    ];

    it('fails after minutes, and says what it found', async () => {
      const build = simulateBuild({ faults: unlisted, repeatedAutomationTokens: 'refused' });
      const { instanceId } = await build.through<Builder>('launch');
      const began = build.world.now();
      const { name, message } = await failureOf(build.finish('patch'));
      expect(name).toBe('BuildFailed');
      expect(message).toMatch(
        new RegExp(
          `^SSM knows the client token of the automation on ${instanceId} \\(".+"\\), but has listed no automation with the tag ` +
            `golden-image:builder:${instanceId} since 2026-11-22T\\S+Z: start the build again$`,
        ),
      );
      const seconds = (build.world.now() - began) / 1000;
      expect(seconds).toBeGreaterThanOrEqual(300);
      expect(seconds).toBeLessThan(400);
      expect(automations(build)).toHaveLength(1);
      build.document.failure = { Error: name };
      await build.finish('cleanUp');
      expect(build.resources()).toEqual([]);
    });

    it('counts from the first refusal', async () => {
      const build = simulateBuild({ faults: unlisted, repeatedAutomationTokens: 'refused' });
      await build.through('launch');
      const first = await build.invoke<PendingPatches>('patch');
      expect(first.waitSeconds).toBeLessThanOrEqual(60);
      await build.pass(first.waitSeconds);
      expect(await build.invoke('patch')).toMatchObject({
        conflictSince: expect.stringMatching(first.conflictSince ?? 'a time'),
      });
    });

    it('reports soon that the builder is gone', async () => {
      const build = simulateBuild({
        faults: [...unlisted, { instance: 'terminates', afterSeconds: 60, reason: 'Server.ScheduledStop' }],
        repeatedAutomationTokens: 'refused',
      });
      await build.through('launch');
      const began = build.world.now();
      expect(await failureOf(build.finish('patch'))).toMatchObject({
        name: 'BuildFailed',
        message: expect.stringContaining('was terminated while it was being patched'),
      });
      expect((build.world.now() - began) / 1000).toBeLessThan(200);
    });
  });

  it('reports that the builder is gone while it waits for a free slot', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'StartAutomationExecution',
          times: 'always',
          error: 'AutomationExecutionLimitExceededException',
        },
        { instance: 'terminates', afterSeconds: 60, reason: 'Server.ScheduledStop' },
      ],
    });
    await build.through('launch');
    const began = build.world.now();
    expect(await failureOf(build.finish('patch'))).toMatchObject({
      name: 'BuildFailed',
      message: expect.stringContaining('was terminated while it was being patched'),
    });
    expect((build.world.now() - began) / 1000).toBeLessThan(900);
  });

  it('does not adopt the automation of another builder', async () => {
    const build = simulateBuild();
    await build.through('patch');
    const [first] = automations(build);
    build.document.builder = { ...(build.document.builder as Builder), instanceId: 'i-0123456789abcdef0' };
    delete build.document.patches;
    await build.invoke('patch').catch(() => undefined);
    expect(automations(build).map(({ parameters }) => parameters.InstanceId)).toEqual([
      first?.parameters.InstanceId,
      ['i-0123456789abcdef0'],
    ]);
  });

  it('says that the base image has no agent, and what to change', async () => {
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

  it('names the failed step of the recipe, its exit code and the end of its output', async () => {
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
      /^The recipe's step "web server" ended with status Failed and exit code 1 on i-[0-9a-f]+; last lines of its output: .*Unable to find a match: nginx/,
    );
  });

  it.each([
    [undefined, 60],
    [150, 150],
  ])('stops a step that never ends after its timeoutMinutes (%s)', async (timeoutMinutes, minutes) => {
    const step = { name: 'slow', shell: 'sleep infinity', ...(timeoutMinutes && { timeoutMinutes }) };
    const build = simulateBuild({
      recipe: { ...plainRecipe, patch: { install: false }, steps: [step] },
      faults: [{ command: 'step01_slow', hangs: true }],
    });
    await build.through('launch');
    const { name, message } = await failureOf(build.finish('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(
      /^The recipe's step "slow" timed out on i-[0-9a-f]+ \(if the step needs more time, set timeoutMinutes;/,
    );
    const run = automations(build)[0]?.steps.find((one) => one.name === 'runSteps');
    const took = (Number(run?.endTime) - Number(run?.startTime)) / 60_000;
    expect(took).toBeGreaterThanOrEqual(minutes);
    expect(took).toBeLessThan(minutes + 10);
  });

  it.each([
    ['linux', plainRecipe, { shell: 'touch /etc/built\nexit 3' }],
    ['windows', windowsRecipe, { powershell: 'exit 3' }],
  ])('runs a strict script on %s, and uses its exit code', async (_, recipe, step) => {
    const build = simulateBuild({ recipe: { ...recipe, steps: [{ name: 'a step', ...step }] } });
    const { message } = await failureOf(build.through('patch'));
    expect(message).toMatch(/^The recipe's step "a step" ended with status Failed and exit code 3 on i-/);
    const [strict] = 'shell' in step ? ['set -eu'] : ["$ErrorActionPreference = 'Stop'"];
    const { script } = guestOf(build).journal.find(({ step: name }) => name === 'step01_a_step') ?? {};
    expect(script?.split('\n').slice(0, 2)).toContain(strict);
  });

  it('reports that installing patches failed', async () => {
    const build = simulateBuild({
      faults: [{ command: 'AWS-RunPatchBaseline', exitCode: 1, output: 'No space left on device' }],
    });
    const { message } = await failureOf(build.through('patch'));
    expect(message).toMatch(
      /^Installing patches ended with status Failed and exit code 1 .*No space left on device/,
    );
  });

  it('reports that the builder was terminated from outside, without waiting for the automation', async () => {
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

  it('reports soon that a step has shut the builder down', async () => {
    const build = simulateBuild();
    const { instanceId } = await build.through<Builder>('launch');
    const began = build.world.now();
    // A program that a step runs can do this. A recipe with such a command in its script is refused.
    schedule(build.world, 'instance.shutdown-by-guest', instanceId, began + 60_000);
    const { name, message } = await failureOf(build.finish('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toContain(
      'was stopped while it was being patched; EC2 says: Client.InstanceInitiatedShutdown',
    );
    expect((build.world.now() - began) / 1000).toBeLessThan(3600);
  });

  it('names the step that never ended', async () => {
    const build = simulateBuild({
      recipe: windowsRecipe,
      faults: [{ command: 'AWS-RunPatchBaseline', hangs: true }],
    });
    const { name, message } = await failureOf(build.through('patch'));
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(/^Installing patches timed out on i-[0-9a-f]+/);
    expect(automations(build)[0]?.endTime).toBeDefined();
  });

  it('waits when the limit on running automations is reached', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'StartAutomationExecution', times: 2, error: 'AutomationExecutionLimitExceededException' },
      ],
    });
    await build.through('launch');
    expect(await build.invoke<PendingPatches>('patch')).toMatchObject({
      status: 'pending',
      awaiting: 'a free slot for an automation',
    });
    expect(await build.finish('patch')).toMatchObject({ status: 'ready' });
  });

  it('reports a refusal', async () => {
    const build = simulateBuild({
      faults: [{ call: 'StartAutomationExecution', error: 'AccessDeniedException', message: 'No.' }],
    });
    expect(await failureOf(build.through('patch'))).toMatchObject({ name: 'Denied' });
  });

  it('refuses a document without a builder', async () => {
    const build = simulateBuild();
    await build.through('plan');
    expect(await failureOf(build.invoke('patch'))).toMatchObject({ name: 'Defect' });
  });
});
