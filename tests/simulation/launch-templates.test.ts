import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type { Fault } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { deploy } from '../../local/pipeline.ts';
import type { Cleanup, Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const HOUR_SECONDS = 3600;
const REGION = 'eu-west-1';
const former = 'ami-0123456789abcdef0';
const promote = { action: 'promote', recipe: 'plain' } as const;
const rollback = { action: 'rollback', recipe: 'plain' } as const;

/** A pipeline, and launch templates in a region: one whose default version follows a channel, and one that only gets versions. */
function simulateTemplates(
  channel = 'candidate',
  { faults = [], triggers = false }: { faults?: Fault[]; triggers?: boolean } = {},
) {
  const simulation = simulateLeftovers({ recipes: [recipeFile(plainRecipe)], faults, triggers });
  const { world, run, call } = simulation;
  const template = (LaunchTemplateName: string, ImageId: string): string => {
    const LaunchTemplateData = { ImageId, InstanceType: 'm7i.large' };
    const { LaunchTemplate } = call(
      'ec2',
      'CreateLaunchTemplate',
      { LaunchTemplateName, LaunchTemplateData },
      REGION,
    );
    return (LaunchTemplate as { LaunchTemplateId: string }).LaunchTemplateId;
  };
  const ids = { moving: template('moving', former), growing: template('growing', former) };
  const launchTemplates = [
    { region: REGION, id: ids.moving, channel, default: true },
    { region: REGION, id: ids.growing, channel },
  ];
  const deployWith = (publish: object) =>
    deploy(world, [recipeFile({ ...plainRecipe, publish })], { triggers });
  const pipeline = deployWith({ launchTemplates });
  const versions = (LaunchTemplateId: string) =>
    (
      call('ec2', 'DescribeLaunchTemplateVersions', { LaunchTemplateId }, REGION) as {
        LaunchTemplateVersions: LaunchTemplateVersion[];
      }
    ).LaunchTemplateVersions;
  /** The versions of a template, the newest first: the image, and whether it is the default. */
  const images = (id: string) =>
    versions(id).map(({ LaunchTemplateData, DefaultVersion }) =>
      DefaultVersion ? `default ${LaunchTemplateData?.ImageId}` : LaunchTemplateData?.ImageId,
    );
  const both = () => [images(ids.moving), images(ids.growing)];
  /** Bakes a release. Returns its image in the region of the templates. */
  const released = async (): Promise<string> => {
    const { status, cause, output } = await run(pipeline.start('plain').result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    const release = (output as { release: Release }).release;
    return release.images.find(({ region }) => region === REGION)?.imageId ?? '';
  };
  const ask = async (request: Parameters<typeof pipeline.moveChannel>[0]) =>
    run(pipeline.moveChannel(request).result);
  return { ...simulation, pipeline, ids, template, deployWith, versions, images, both, released, ask };
}

describe('launch templates that follow a channel', () => {
  test('get a version that differs only in its image, which becomes the default if the recipe asks', async () => {
    const { ids, released, images, versions } = simulateTemplates();
    const first = await released();
    expect(images(ids.moving)).toEqual([`default ${first}`, former]);
    expect(images(ids.growing)).toEqual([first, `default ${former}`]);
    const [newest] = versions(ids.moving);
    expect(newest?.LaunchTemplateData).toEqual({ ImageId: first, InstanceType: 'm7i.large' });
    expect(newest?.VersionDescription).toMatch(/^golden-image plain 20261122-\d{6}-\w{6}, execution .+$/);
  });

  test('are named in the output of builds and moves', async () => {
    const { ids, run, pipeline, ask } = simulateTemplates();
    const named = (version: number) => [
      { region: REGION, id: ids.moving, version, default: true },
      { region: REGION, id: ids.growing, version, default: false },
    ];
    const first = await run(pipeline.start('plain').result);
    expect(first.output).toMatchObject({ publication: { launchTemplates: named(2) } });
    await run(pipeline.start('plain').result);
    const back = await ask({ ...rollback, channel: 'candidate' });
    expect(back.output).toMatchObject({ move: { launchTemplates: named(4) } });
  });

  test('move with promotions and go back with rollbacks, and keep later changes of their owner', async () => {
    const { ids, call, pass, released, images, versions, ask, both } = simulateTemplates('stable');
    const first = await released();
    expect(both()).toEqual([[`default ${former}`], [`default ${former}`]]);
    expect(await ask(promote)).toMatchObject({ status: 'SUCCEEDED' });
    expect(images(ids.moving)).toEqual([`default ${first}`, former]);

    const change = { SourceVersion: '2', LaunchTemplateData: { InstanceType: 'm6i.large' } };
    call('ec2', 'CreateLaunchTemplateVersion', { LaunchTemplateId: ids.moving, ...change }, REGION);
    await pass(60);
    call('ec2', 'ModifyLaunchTemplate', { LaunchTemplateId: ids.moving, DefaultVersion: '3' }, REGION);
    await pass(60);
    const second = await released();
    expect(await ask(promote)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await ask(rollback)).toMatchObject({ status: 'SUCCEEDED' });
    expect(images(ids.moving)).toEqual([`default ${first}`, second, first, first, former]);
    expect(versions(ids.moving)[0]?.LaunchTemplateData).toEqual({
      ImageId: first,
      InstanceType: 'm6i.large',
    });
  });

  test.each([
    ['a version cannot be created', { call: 'CreateLaunchTemplateVersion' }],
    ['the default version cannot be changed', { call: 'ModifyLaunchTemplate' }],
    ['a parameter cannot be written', { call: 'PutParameter', region: 'eu-west-1', skip: 1 }],
  ])('go back if %s, and so do the parameters', async (_, fault) => {
    const faults: Fault[] = [];
    const { world, run, pipeline, released, both, resources } = simulateTemplates('candidate', { faults });
    await released();
    const parameters = () => world.parameters.all().map(({ region, name, value }) => [region, name, value]);
    const before = [both(), parameters(), resources()];
    faults.push({ ...fault, error: 'ValidationException', message: 'No.', status: 400 });
    const { status, error } = await run(pipeline.start('plain').result);
    expect([status, error]).toEqual(['FAILED', 'Refused']);
    expect([both(), parameters(), resources()]).toEqual(before);
  });

  test('are reported by clean-up with the default version that they have again', async () => {
    const faults: Fault[] = [];
    const { ids, run, pipeline, released } = simulateTemplates('stable', { faults });
    await released();
    // The default version moves together with the channel, so this parameter fails after it.
    faults.push({
      ...{ call: 'PutParameter', region: REGION, times: 5 },
      ...{ error: 'ValidationException', message: 'No.', status: 400 },
    });
    const execution = pipeline.moveChannel(promote);
    const cleanups: Cleanup[] = [];
    execution.listen(({ type, state }) => {
      if (type !== 'StateExited' || state?.name !== 'CleanUp') return;
      cleanups.push((state.output as { cleanup: Cleanup }).cleanup);
    });
    expect(await run(execution.result)).toMatchObject({ status: 'FAILED' });
    expect(cleanups.at(-1)?.removed).toContainEqual({
      region: REGION,
      kind: 'launch template version',
      id: `${ids.moving}:2`,
      putBack: '1',
    });
  });

  test.each(['killed before', 'killed after', 'invoked twice'] as const)(
    'get one version if the function is %s',
    async (happens) => {
      const faults: Fault[] = [{ lambda: 'Publish', happens, times: 3 }];
      const { ids, released, images } = simulateTemplates('candidate', { faults });
      const image = await released();
      expect(images(ids.moving)).toEqual([`default ${image}`, former]);
      expect(images(ids.growing)).toEqual([image, `default ${former}`]);
    },
  );

  test.each([0.2, 1, 3, 8])('follow the channel if the execution is stopped after %s s', async (seconds) => {
    const { pipeline, run, pass, released, ask, both, world, ids, images } = simulateTemplates('stable', {
      triggers: true,
    });
    await released();
    await ask(promote);
    const before = both();
    await released();
    const execution = pipeline.moveChannel(promote);
    setTimeout(execution.stop, seconds * 1000);
    await run(execution.result);
    await pass(HOUR_SECONDS);
    const named = world.parameters
      .all()
      .find(({ region, name }) => region === REGION && name === '/golden-images/plain/stable')?.value;
    expect(images(ids.moving)).toContain(`default ${named}`);
    if (before[0]?.includes(`default ${named}`)) expect(both()).toEqual(before);
  });

  test('stay as they are for trials', async () => {
    const { run, pipeline, released, both } = simulateTemplates();
    await released();
    const before = both();
    const trial = { recipe: 'plain', overrides: { description: 'A trial' } };
    expect(await run(pipeline.start(trial).result)).toMatchObject({ status: 'SUCCEEDED' });
    expect(both()).toEqual(before);
  });
});

describe('a launch template that cannot follow a channel', () => {
  const parameter = 'resolve:ssm:/golden-images/plain/stable';

  test.each([
    [
      'does not exist',
      undefined,
      /cannot be read \(ec2:.*InvalidLaunchTemplateId.NotFound.*\): correct the id/,
    ],
    ['follows a parameter', parameter, /already follows the parameter \/golden-images\/plain\/stable/],
  ])('because it %s is refused before launch, and before a channel moves', async (_, image, reason) => {
    const { run, released, deployWith, template, resources, world } = simulateTemplates();
    await released();
    const id = image === undefined ? 'lt-0123456789abcdef0' : template('resolving', image);
    const pipeline = deployWith({ launchTemplates: [{ region: REGION, id, channel: 'stable' }] });
    const before = [resources(), world.parameters.all().length];
    for (const execution of [pipeline.start('plain'), pipeline.moveChannel(promote)]) {
      const { status, error, cause } = await run(execution.result);
      expect([status, error]).toEqual(['FAILED', 'InvalidInput']);
      expect(cause).toMatch(reason);
    }
    expect([resources(), world.parameters.all().length]).toEqual(before);
  });
});
