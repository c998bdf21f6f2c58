import { diskOf, perform, type World } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { deploy, HOME, type Pipeline } from '../../local/pipeline.ts';
import type { Release } from '../../shared/build/execution-document.ts';
import { FORMER_DOCUMENT_SECONDS } from '../../shared/build/former-documents.ts';
import { plainRecipe, recipeFile, simulate } from '../simulated-build.ts';

const withStep = (shell: string) => recipeFile({ ...plainRecipe, steps: [{ name: 'say', shell }] });

const stepsOf = (world: World) =>
  world.documents
    .all()
    .filter(({ tags }) => 'golden-image:steps' in tags)
    .map(({ name }) => name);

/** What the recipe's steps ran on a released image. */
function ranOn(pipeline: Pipeline, output: unknown): string | undefined {
  const [image] = (output as { release: Release }).release.images;
  const entry = diskOf(pipeline, image?.imageId ?? '')?.journal.find(({ step }) => step === 'step01_say');
  return entry?.script.split('\n').at(-1);
}

describe('a deployment while a build is running', () => {
  /** A build that has launched its builder, and has not started its automation. */
  async function startedBuild(seed = 7) {
    const simulation = simulate({ recipes: [withStep('echo one')], seed });
    const { pipeline, pass, world } = simulation;
    const entered: string[] = [];
    const build = pipeline.start('plain', ({ type, state }) => {
      if (type === 'StateEntered' && state !== undefined) entered.push(state.name);
    });
    while (entered.at(-1) !== 'Launch') await pass(1);
    expect(world.automations.all()).toEqual([]);
    return { ...simulation, build };
  }

  it.each([1, 2, 3])(
    'with other steps: the build succeeds with the steps that it planned with (seed %i)',
    async (seed) => {
      const { world, pipeline, run, build } = await startedBuild(seed);
      const [former] = stepsOf(world);
      const later = deploy(world, [withStep('echo two')]);
      expect(stepsOf(world)).toContain(former);

      const { status, cause, output } = await run(build.result);
      expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
      expect(ranOn(pipeline, output)).toBe('echo one');
      expect(ranOn(later, (await run(later.start('plain').result)).output)).toBe('echo two');
    },
  );

  it('without steps: the build succeeds with the steps that it planned with', async () => {
    const { world, pipeline, run, build } = await startedBuild();
    deploy(world, [recipeFile(plainRecipe)]);
    const { status, output } = await run(build.result);
    expect(status).toBe('SUCCEEDED');
    expect(ranOn(pipeline, output)).toBe('echo one');
  });

  const NAME = 'golden-image-build-linux';
  /** Publishes another build document, as a deployment of another version of the pipeline does. */
  function publishOther({ world, services }: Pipeline, duration: string): void {
    const call = (operation: string, input: Record<string, unknown>) =>
      perform(services, world, { service: 'ssm', operation, ...HOME, input, inner: true });
    const other = {
      schemaVersion: '0.3',
      mainSteps: [{ name: 'wait', action: 'aws:sleep', inputs: { Duration: duration } }],
    };
    const input = { Name: NAME, Content: JSON.stringify(other), DocumentVersion: '$LATEST' };
    const { DocumentDescription } = call('UpdateDocument', input);
    const { DocumentVersion } = DocumentDescription as { DocumentVersion: string };
    call('UpdateDocumentDefaultVersion', { Name: NAME, DocumentVersion });
  }
  const versionsOf = (world: World) => {
    const document = world.documents.all().find(({ name }) => name === NAME);
    return {
      all: document?.versions.map(({ version }) => version),
      latest: document?.latestVersion,
      default: document?.defaultVersion,
    };
  };

  it('with another build document: the build runs the version that it planned with', async () => {
    const { world, pipeline, run, build } = await startedBuild();
    publishOther(pipeline, 'PT1M');

    expect(await run(build.result)).toMatchObject({ status: 'SUCCEEDED' });
    expect(world.automations.all().map(({ documentVersion }) => documentVersion)).toEqual([1]);
  });

  it('that brings a former build document back keeps all versions, and later builds run the former content', async () => {
    const { world, pipeline, run, build } = await startedBuild();
    publishOther(pipeline, 'PT1M');
    const later = deploy(world, [withStep('echo one')]);
    expect(versionsOf(world)).toEqual({ all: [1, 2, 3], latest: 3, default: 3 });

    expect(await run(build.result)).toMatchObject({ status: 'SUCCEEDED' });
    const { status, output } = await run(later.start('plain').result);
    expect(status).toBe('SUCCEEDED');
    expect(ranOn(later, output)).toBe('echo one');
    expect(world.automations.all().map(({ documentVersion }) => documentVersion)).toEqual([1, 3]);

    // An unchanged document gets no new version. A change after that gets one, and so does the way back.
    deploy(world, [withStep('echo one')]);
    expect(versionsOf(world)).toEqual({ all: [1, 2, 3], latest: 3, default: 3 });
    publishOther(pipeline, 'PT2M');
    const last = deploy(world, [withStep('echo one')]);
    expect(versionsOf(world)).toEqual({ all: [1, 2, 3, 4, 5], latest: 5, default: 5 });
    expect(await run(last.start('plain').result)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('keeps the former steps for the build, and removes them when no build can need them', async () => {
    const { world, run, pass, build } = await startedBuild();
    const [former] = stepsOf(world);
    const later = deploy(world, [withStep('echo two')]);
    const janitor = () => run(later.invoke('findLeftovers', {}));
    await janitor();
    expect(stepsOf(world)).toHaveLength(2);
    expect(await run(build.result)).toMatchObject({ status: 'SUCCEEDED' });

    await pass(FORMER_DOCUMENT_SECONDS - 2 * 86_400);
    await janitor();
    expect(stepsOf(world)).toHaveLength(2);
    await pass(3 * 86_400);
    await janitor();
    expect(stepsOf(world)).toHaveLength(1);
    expect(stepsOf(world)).not.toContain(former);
    expect(await run(later.start('plain').result)).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('that is rolled back keeps the earlier steps, also when the janitor ran in between', async () => {
    const { world, run, pass } = await startedBuild();
    const [former] = stepsOf(world);
    const second = deploy(world, [withStep('echo two')]);
    await run(second.invoke('findLeftovers', {}));
    const third = deploy(world, [withStep('echo one')]);
    await run(third.invoke('findLeftovers', {}));
    await pass(FORMER_DOCUMENT_SECONDS + 86_400);
    await run(third.invoke('findLeftovers', {}));
    expect(stepsOf(world)).toEqual([former]);
    // It is no longer a former document. If it becomes one again, the time starts again.
    const fourth = deploy(world, [withStep('echo two')]);
    await run(fourth.invoke('findLeftovers', {}));
    expect(stepsOf(world)).toContain(former);
  });
});
