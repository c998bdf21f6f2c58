import { DeregisterImageCommand, DisableImageCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { type Fault, inventory } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { Decision, PendingScan, Release, Scan } from '../../shared/build/execution-document.ts';
import {
  AT,
  failureOf,
  plainRecipe,
  recipeFile,
  simulate,
  simulateBuild,
  type TestRecipe,
  windowsRecipe,
  withoutSpent,
} from '../simulated-build.ts';

const EXECUTION = 'second-execution';
const DAY_SECONDS = 86_400;

/** A release, and the invocations of a scan of its image in a later execution. Faults also apply to the first build, so they skip it. */
async function released(options: { recipe?: TestRecipe; faults?: Fault[]; days?: number } = {}) {
  const { days = 0, recipe = plainRecipe, ...rest } = options;
  // Without a test of the image, all commands and instances are those of builds and scans.
  const build = simulateBuild({ ...rest, recipe: { ...recipe, test: { boot: false } } });
  const { images } = await build.through<Release>('shareImages');
  await build.finish('cleanUp');
  await build.pass(days * DAY_SECONDS);
  const imageId = images.find(({ region }) => region === HOME.region)?.imageId ?? '';
  const before = build.resources();
  const document: Record<string, unknown> = { plan: build.document.plan, decision: { imageId } };

  const invokeScan = async (): Promise<Scan | PendingScan> => {
    const event = { execution: EXECUTION, startTime: AT.toISOString(), document: structuredClone(document) };
    const answer = (await build.run(build.pipeline.invoke('scan', event))) as Scan | PendingScan;
    document.scan = answer;
    return withoutSpent(answer);
  };
  /** Invokes the step until it reaches this phase. */
  const reach = async (phase: PendingScan['phase']): Promise<PendingScan> => {
    for (;;) {
      const answer = await invokeScan();
      if (answer.status === 'ready') throw new Error(`it is ready before it reached ${phase}`);
      if (answer.phase === phase) return answer;
      await build.pass(answer.waitSeconds);
    }
  };
  const finish = async (): Promise<Scan> => {
    for (;;) {
      const answer = await invokeScan();
      if (answer.status === 'ready') return answer;
      await build.pass(answer.waitSeconds);
    }
  };
  /** All resources except the release and terminated instances. */
  const left = () => {
    const rest = [...build.resources()];
    for (const one of before) rest.splice(rest.indexOf(one), 1);
    return rest;
  };
  const scanners = () =>
    build.world.instances.all().filter(({ tags }) => tags['golden-image:role'] === 'scanner');
  const scans = () =>
    build.world.commands.all().filter(({ parameters }) => parameters.Operation?.[0] === 'Scan');
  return { ...build, imageId, document, invokeScan, reach, finish, left, scanners, scans };
}

describe('Scan', () => {
  it.each([plainRecipe, windowsRecipe])('finds no missing updates on a new image ($name)', async (recipe) => {
    const scan = await released({ recipe });
    expect(await scan.finish()).toEqual({ status: 'ready', imageId: scan.imageId, missing: 0, failed: 0 });
  });

  it.each([plainRecipe, windowsRecipe])('finds missing updates a week later ($name)', async (recipe) => {
    const scan = await released({ recipe, days: 7 });
    const { missing, ...rest } = await scan.finish();
    expect(rest).toEqual({ status: 'ready', imageId: scan.imageId, failed: 0 });
    expect(missing).toBeGreaterThan(0);
  });

  it('launches an instance like a builder, but with the role scanner and without user data', async () => {
    const recipe = {
      ...plainRecipe,
      base: { filter: { name: 'debian-12-amd64-*', owner: '136693071363' } },
      build: {
        ...plainRecipe.build,
        ssmAgent: 'install',
        volumes: [{ device: '/dev/xvda', sizeGiB: 20, type: 'gp3' }],
      },
      patch: { patchGroup: 'golden' },
      tags: { team: 'platform' },
    };
    const scan = await released({ recipe });
    await scan.reach('command');
    const [scanner] = scan.scanners();
    expect(scanner).toMatchObject({
      imageId: scan.imageId,
      state: 'running',
      instanceType: 'm7i.large',
      metadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 1 },
      tags: {
        Name: 'plain scanner',
        PatchGroup: 'golden',
        team: 'platform',
        'golden-image:execution': EXECUTION,
        'golden-image:recipe': 'plain',
      },
    });
    expect(scanner?.userData).toBeUndefined();
    expect(scanner?.securityGroupIds).toEqual([scan.pipeline.deps.settings.securityGroup]);
    const volumes = (scanner?.blockDevices ?? []).map(({ volumeId }) => scan.world.volumes.get(volumeId));
    expect(volumes).toMatchObject([{ sizeGiB: 20, tags: { 'golden-image:execution': EXECUTION } }]);
  });

  it('leaves no resources behind', async () => {
    const scan = await released();
    await scan.finish();
    await scan.pass(600);
    expect(scan.left()).toEqual([]);
    expect(scan.scanners()).toMatchObject([{ state: 'terminated' }]);
  });

  it('installs nothing', async () => {
    const scan = await released({ days: 7 });
    const { scanner } = await scan.reach('end');
    const volumeId = scan.world.instances.get(scanner.instanceId ?? '')?.blockDevices[0]?.volumeId ?? '';
    const image = scan.world.images.get(scan.imageId);
    const snapshotId = image?.blockDeviceMappings[0]?.Ebs?.SnapshotId ?? '';
    expect(scan.world.volumes.get(volumeId)?.disk?.packages).toEqual(
      scan.world.snapshots.get(snapshotId)?.disk?.packages,
    );
  });

  it.each(['launch', 'agent', 'command', 'end'] as const)(
    'creates nothing twice when the answer of the phase %s is lost',
    async (phase) => {
      const scan = await released({ days: 7 });
      await scan.reach(phase);
      delete scan.document.scan;
      await scan.finish();
      expect(scan.scanners()).toHaveLength(1);
      expect(scan.scans()).toHaveLength(1);
    },
  );

  it('launches one scanner and sends one command when the answers of these calls are lost', async () => {
    const scan = await released({
      faults: [
        { call: 'RunInstances', skip: 1, error: 'InternalError', status: 500, afterEffect: true },
        { call: 'TerminateInstances', skip: 1, error: 'InternalError', status: 500, afterEffect: true },
      ],
    });
    await scan.finish();
    expect(scan.scanners()).toHaveLength(1);
    expect(scan.scans()).toHaveLength(1);
  });

  it('accepts a terminated scanner when the result is known', async () => {
    const scan = await released();
    const { scanner } = await scan.reach('end');
    const ids = { InstanceIds: [scanner.instanceId ?? ''] };
    await scan.run(scan.pipeline.deps.ec2(HOME.region).send(new TerminateInstancesCommand(ids)));
    await scan.pass(2 * 3600);
    expect(await scan.finish()).toMatchObject({ missing: 0 });
  });

  it('tries all types in all subnets until there is capacity', async () => {
    const scan = await released({
      faults: [
        { call: 'RunInstances', skip: 1, times: 2, error: 'InsufficientInstanceCapacity', status: 500 },
      ],
    });
    const [first, second, third] = scan.pipeline.deps.settings.subnets;
    expect((await scan.reach('agent')).scanner).toMatchObject({
      instanceType: 'm7i.large',
      subnetId: third,
      refused: [{ subnetId: first }, { subnetId: second }],
    });
    expect(await scan.finish()).toMatchObject({ status: 'ready' });
  });

  it('lists all attempts when there is no capacity anywhere', async () => {
    const scan = await released({
      faults: [
        {
          call: 'RunInstances',
          skip: 1,
          times: 'always',
          error: 'InsufficientInstanceCapacity',
          status: 500,
        },
      ],
    });
    const { name, message } = await failureOf(scan.finish());
    expect(name).toBe('NoCapacity');
    expect(message).toContain(
      'EC2 has no capacity for the scanner in us-east-1: start the build again later',
    );
    expect(scan.left()).toEqual([]);
  });

  it.each<[string, (image: { ImageId: string }) => DeregisterImageCommand | DisableImageCommand]>([
    ['deregistered', (image) => new DeregisterImageCommand(image)],
    ['disabled', (image) => new DisableImageCommand(image)],
  ])('reports that the owner has %s the image', async (_, command) => {
    const scan = await released();
    const ec2 = scan.pipeline.deps.ec2(HOME.region);
    await scan.run(ec2.send(command({ ImageId: scan.imageId }) as DeregisterImageCommand));
    await scan.pass(60);
    expect(await scan.invokeScan()).toEqual({
      status: 'ready',
      imageId: scan.imageId,
      gone: true,
      missing: 0,
      failed: 0,
    });
    expect(scan.scanners()).toEqual([]);
  });

  it('fails with the last output of the scan when the scan fails', async () => {
    const faults: Fault[] = [
      { command: 'AWS-RunPatchBaseline', skip: 1, exitCode: 156, output: 'Unable to download payload: 403' },
    ];
    const scan = await released({ faults });
    const { name, message } = await failureOf(scan.finish());
    expect(name).toBe('BuildFailed');
    expect(message).toMatch(
      /^The scan of the image ami-\w+ for missing updates ended on i-\w+ with status Failed and exit code 156; last lines of its output: Unable to download payload: 403$/,
    );
  });

  it('fails when the scan times out', async () => {
    const scan = await released({ faults: [{ command: 'AWS-RunPatchBaseline', skip: 1, hangs: true }] });
    const { name, message } = await failureOf(scan.finish());
    expect(name).toBe('BuildFailed');
    expect(message).toContain('with status ExecutionTimedOut');
  });

  it('fails when the agent never comes online', async () => {
    const scan = await released({ faults: [{ agent: 'silent', skip: 1 }] });
    const { name, message } = await failureOf(scan.finish());
    expect(name).toBe('DeadlinePassed');
    expect(message).toMatch(
      /^Timed out after waiting 1 h for the SSM agent of the scanner i-\w+ to come online; AWS last said: the agent has not registered$/,
    );
  });

  it.each(['agent', 'command'] as const)(
    'fails when the scanner is terminated from outside in the phase %s',
    async (phase) => {
      const scan = await released();
      const { scanner } = await scan.reach(phase);
      const ids = { InstanceIds: [scanner.instanceId ?? ''] };
      await scan.run(scan.pipeline.deps.ec2(HOME.region).send(new TerminateInstancesCommand(ids)));
      await scan.pass(30);
      const { name, message } = await failureOf(scan.finish());
      expect(name).toBe('BuildFailed');
      expect(message).toMatch(
        /^The scanner i-\w+ became (shutting-down|terminated) before the scan ended; EC2 says: Client\.UserInitiatedShutdown/,
      );
      expect(scan.scanners()).toHaveLength(1);
    },
  );

  it.each<[string, string, string]>([
    ['SendCommand', 'AccessDeniedException', 'Denied'],
    ['TerminateInstances', 'UnauthorizedOperation', 'Denied'],
    ['DescribeInstancePatchStates', 'InternalServerError', 'Transient'],
    ['ListCommandInvocations', 'ThrottlingException', 'Throttled'],
    ['SendCommand', 'InvalidInstanceId', 'NotFound'],
  ])('reports a refusal of %s with %s as %s', async (call, error, name) => {
    // The clean-up of the first build terminates its builder.
    const skip = call === 'TerminateInstances' ? 1 : 0;
    const scan = await released({ faults: [{ call, error, skip, times: 'always' }] });
    expect(await failureOf(scan.finish())).toMatchObject({ name });
  });

  it.each<[string, Record<string, unknown>]>([
    ['document.decision', { decision: { verdict: 'scan' } }],
    ['document.plan', { plan: { recipe: 'plain' } }],
    ['document.scan', { scan: { status: 'pending', phase: 'dance' } }],
  ])('refuses an invalid %s', async (where, broken) => {
    const scan = await released();
    Object.assign(scan.document, broken);
    const { name, message } = await failureOf(scan.invokeScan());
    expect(name).toBe('Defect');
    expect(message).toContain(where);
    expect(scan.scanners()).toEqual([]);
  });
});

describe('a build that waits for a scan', () => {
  const recipe = { ...plainRecipe, scanForUpdates: true, test: { boot: false } };
  const request = { recipe: 'plain', ifChanged: true } as const;

  /** A first build by hand and, some days later, a build that is made only if something has changed. */
  async function again(days: number, faults: Fault[] = [], file = recipeFile(recipe)) {
    const simulation = simulate({ recipes: [file], faults });
    const { pipeline, run, pass, world } = simulation;
    const first = await run(pipeline.start('plain').result);
    expect([first.status, first.cause]).toEqual(['SUCCEEDED', undefined]);
    await pass(days * DAY_SECONDS + 60);
    const before = inventory(pipeline, HOME.account);
    const visited: string[] = [];
    const execution = pipeline.start(request, ({ type, state }) => {
      if (type === 'StateEntered' && state !== undefined) visited.push(state.name);
    });
    const result = await run(execution.result);
    const { decision, release } = (result.output ?? {}) as { decision: Decision; release: Release };
    const scanners = world.instances.all().filter(({ tags }) => tags['golden-image:role'] === 'scanner');
    const left = inventory(pipeline, HOME.account).filter(({ id }) => !before.some((one) => one.id === id));
    return { ...simulation, result, decision, release, visited, scanners, left, execution };
  }

  it('is skipped with the reason when the image is up to date, and leaves no resources behind', async () => {
    const { result, decision, visited, scanners, left } = await again(0);
    expect([result.status, result.cause]).toEqual(['SUCCEEDED', undefined]);
    expect(visited.at(-1)).toBe('Skipped');
    expect(decision).toMatchObject({ verdict: 'skip', rule: 'unchanged' });
    expect(decision.reason).toMatch(/ is up to date$/);
    expect(scanners).toHaveLength(1);
    expect(visited).not.toContain('Launch');
    expect(left).toEqual([]);
  });

  it('is made when the image is missing updates', async () => {
    const { result, decision, release, visited, left } = await again(7);
    expect([result.status, result.cause]).toEqual(['SUCCEEDED', undefined]);
    expect(visited.at(-1)).toBe('Released');
    expect(decision).toMatchObject({ verdict: 'build', rule: 'changed' });
    expect(decision.reason).toMatch(/^the image of the last release, ami-\w+, is missing \d+ updates$/);
    expect(left.map(({ kind }) => kind).toSorted()).toEqual(['image', 'image', 'snapshot', 'snapshot']);
    const ids = left.filter(({ kind }) => kind === 'image').map(({ id }) => id);
    expect(ids.toSorted()).toEqual(release.images.map(({ imageId }) => imageId).toSorted());
  });

  it('is made without a scan when the image was deregistered', async () => {
    const { pipeline, run, pass, world } = simulate({ recipes: [recipeFile(recipe)] });
    const { output } = await run(pipeline.start('plain').result);
    const { images } = (output as { release: Release }).release;
    const imageId = images.find(({ region }) => region === HOME.region)?.imageId ?? '';
    await run(pipeline.deps.ec2(HOME.region).send(new DeregisterImageCommand({ ImageId: imageId })));
    await pass(60);
    const second = await run(pipeline.start(request).result);
    const { decision } = second.output as { decision: Decision };
    expect(decision).toMatchObject({
      verdict: 'build',
      reason: `the image of the last release, ${imageId}, is no longer available`,
    });
    expect(world.instances.all().map(({ tags }) => tags['golden-image:role'])).toEqual([
      'builder',
      'builder',
    ]);
  });

  it.each(['killed before', 'killed after', 'invoked twice'] as const)(
    'continues with one scanner when Scan is %s',
    async (happens) => {
      const { result, visited, scanners, left } = await again(0, [{ lambda: 'Scan', happens, times: 3 }]);
      expect([result.status, result.cause]).toEqual(['SUCCEEDED', undefined]);
      expect(visited.at(-1)).toBe('Skipped');
      expect(scanners).toHaveLength(1);
      expect(left).toEqual([]);
    },
  );

  it('fails when the scan fails, and leaves no resources behind', async () => {
    const { result, visited, left } = await again(7, [
      { command: 'AWS-RunPatchBaseline', skip: 1, exitCode: 1, output: 'No space left on device' },
    ]);
    expect(result).toMatchObject({ status: 'FAILED', error: 'BuildFailed' });
    expect(JSON.parse(result.cause ?? '').errorMessage).toContain('No space left on device');
    expect(visited).not.toContain('Launch');
    expect(left).toEqual([]);
  });

  it('leaves no resources behind after clean-up when it is stopped during the scan', async () => {
    const simulation = simulate({ recipes: [recipeFile(recipe)] });
    const { pipeline, run, pass } = simulation;
    await run(pipeline.start('plain').result);
    await pass(60);
    const before = inventory(pipeline, HOME.account);
    const execution = pipeline.start(request, ({ type, state }) => {
      if (type === 'StateEntered' && state?.name === 'ScanWait') setTimeout(execution.stop, 20_000);
    });
    expect(await run(execution.result)).toMatchObject({ status: 'ABORTED' });
    expect((await run(pipeline.cleanUp(execution))).removed.map(({ kind }) => kind)).toContain('instance');
    expect(inventory(pipeline, HOME.account)).toEqual(before);
  });
});
