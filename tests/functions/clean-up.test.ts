import { type Fault, services, settle } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Builder, Cleanup } from '../../shared/build/execution-document.ts';
import { failureOf, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

/** The input of the rule for stopped executions: only the execution's name. */
function forgetAll(build: SimulatedBuild): void {
  for (const noun of Object.keys(build.document)) delete build.document[noun];
}

describe('CleanUp', () => {
  const release = ['image eu-west-1', 'image us-east-1', 'snapshot eu-west-1', 'snapshot us-east-1'];

  it('keeps a release, and ends with a few calls, because CreateImage has terminated the builder', async () => {
    const build = simulateBuild();
    const cleanup = await build.through<Cleanup>('cleanUp');
    expect(cleanup).toMatchObject({ removed: [], remaining: [] });
    expect(build.resources()).toEqual(release);
    expect(build.document.cleanup).toMatchObject({ spent: { calls: 4, polls: 0 } });
  });

  it('removes the builder of a release if CreateImage could not terminate it', async () => {
    const denied = { error: 'UnauthorizedOperation', message: 'No.', status: 403 };
    const build = simulateBuild({ faults: [{ call: 'TerminateInstances', times: 1, ...denied }] });
    const cleanup = await build.through<Cleanup>('cleanUp');
    expect(cleanup).toMatchObject({ remaining: [], removed: [{ kind: 'instance' }, { kind: 'volume' }] });
    expect(build.resources()).toEqual(release);
  });

  it('searches the regions of a release in which a copy needed a second attempt', async () => {
    const build = simulateBuild({ faults: [{ image: 'fails', by: 'CopyImage', times: 1, message: 'No.' }] });
    await build.through('copyImages');
    // The failed copy that CopyImages could not remove.
    const copies = build.world.images.all().filter(({ tags }) => tags['golden-image:role'] === 'copy');
    const [copy] = copies;
    if (copy === undefined) throw new Error('there is no copy');
    const failed = {
      ...copy,
      id: 'ami-0123456789abcdef0',
      name: 'failed',
      state: 'failed',
      blockDeviceMappings: [],
    };
    build.world.images.put(failed as never, build.world.now(), 0);
    await build.finish('shareImages');
    const { removed } = await build.finish<Cleanup>('cleanUp');
    expect(removed).toEqual([{ region: 'eu-west-1', kind: 'image', id: failed.id }]);
    expect(build.resources()).toEqual(release);
  });

  it.each(['launch', 'patch', 'stop', 'createImage', 'copyImages'] as const)(
    'removes everything after %s, given only the name of the execution',
    async (stage) => {
      const build = simulateBuild();
      await build.through(stage);
      forgetAll(build);
      const { remaining } = await build.finish<Cleanup>('cleanUp');
      expect(remaining).toEqual([]);
      expect(build.resources()).toEqual([]);
    },
  );

  it.each(['launch', 'createImage', 'copyImages'] as const)(
    'also removes resources that %s has just created and that are not visible yet',
    async (stage) => {
      const before = { launch: 'plan', createImage: 'stop', copyImages: 'createImage' } as const;
      const build = simulateBuild();
      await build.through(before[stage]);
      await build.invoke(stage);
      forgetAll(build);
      await build.finish('cleanUp');
      expect(build.resources()).toEqual([]);
    },
  );

  it('keeps a complete release when given only the name, and keeps nothing of a failed build', async () => {
    const build = simulateBuild();
    await build.through('shareImages');
    forgetAll(build);
    await build.finish('cleanUp');
    expect(build.resources()).toHaveLength(4);

    forgetAll(build);
    build.document.failure = { Error: 'Transient', Cause: '' };
    await build.finish('cleanUp');
    expect(build.resources()).toEqual([]);
  });

  it.each([
    ['failed', { failure: { Error: 'Transient', Cause: '' } }],
    ['was stopped', {}],
    ['failed, according to the janitor', { marks: 'void' }],
  ])(
    'keeps the release of an earlier execution of the same name when a later execution %s',
    async (_, known) => {
      const build = simulateBuild();
      await build.through('shareImages');
      forgetAll(build);
      await build.finish('cleanUp');
      await build.pass(91 * 86_400);
      // The later execution created its candidate.
      const { world, execution, pipeline, run, pass } = build;
      const released = world.images.all().find(({ tags }) => tags['golden-image:role'] === 'release');
      if (released === undefined) throw new Error('nothing was released');
      const tags = { ...released.tags, 'golden-image:version': 'later', 'golden-image:role': 'candidate' };
      world.images.put({ ...released, id: 'ami-00000000000000001', name: 'later', tags }, world.now(), 0);

      const startTime = new Date(world.now()).toISOString();
      let cleanup: { status?: string; waitSeconds?: number } | undefined;
      while (cleanup?.status !== 'ready') {
        await pass(cleanup?.waitSeconds ?? 0);
        const event = { execution, startTime, document: { ...known, cleanup } };
        cleanup = (await run(pipeline.invoke('cleanUp', event))) as typeof cleanup;
      }
      expect(build.resources()).toEqual([
        'image eu-west-1',
        'image us-east-1',
        'snapshot eu-west-1',
        'snapshot us-east-1',
      ]);
    },
  );

  it('removes an incomplete release', async () => {
    const build = simulateBuild({
      faults: [{ call: 'CreateTags', region: 'us-east-1', error: 'UnauthorizedOperation', status: 403 }],
    });
    await failureOf(build.through('shareImages'));
    forgetAll(build);
    await build.finish('cleanUp');
    expect(build.resources()).toEqual([]);
  });

  it('does nothing when it is repeated', async () => {
    const build = simulateBuild();
    await build.through('stop');
    forgetAll(build);
    await build.finish('cleanUp');
    forgetAll(build);
    expect(await build.finish('cleanUp')).toEqual({
      status: 'ready',
      removed: [],
      remaining: [],
      summary: 'test-execution: removed nothing, nothing remains',
      outcome: 'clean',
    });
  });

  it('retries a removal that fails for a while', async () => {
    const build = simulateBuild({
      faults: [{ call: 'DeregisterImage', times: 7, error: 'InternalError', status: 500 }],
    });
    await build.through('createImage');
    forgetAll(build);
    expect(await build.finish<Cleanup>('cleanUp')).toMatchObject({ remaining: [] });
    expect(build.resources()).toEqual([]);
  });

  it('reports resources that it cannot remove, with the reason, and removes the rest', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'DeregisterImage',
          region: 'eu-west-1',
          times: 'always',
          error: 'UnauthorizedOperation',
          message: 'No.',
          status: 403,
        },
      ],
    });
    await build.through('copyImages');
    forgetAll(build);
    const { remaining } = await build.finish<Cleanup>('cleanUp');
    expect(remaining).toMatchObject([
      { kind: 'image', region: 'eu-west-1', reason: expect.stringContaining('UnauthorizedOperation: No.') },
      { kind: 'snapshot', region: 'eu-west-1' },
    ]);
    expect(build.resources()).toEqual(['image eu-west-1', 'snapshot eu-west-1']);
  });

  it('removes resources in other regions when one region denies access, and reports that region', async () => {
    const build = simulateBuild({
      faults: [
        {
          call: 'DescribeImages',
          region: 'ap-south-1',
          times: 'always',
          error: 'UnauthorizedOperation',
          message: 'No.',
          status: 403,
        },
      ],
    });
    await build.through('copyImages');
    forgetAll(build);
    const { remaining } = await build.finish<Cleanup>('cleanUp');
    expect(remaining).toEqual([
      {
        region: 'ap-south-1',
        kind: 'region',
        id: 'ap-south-1',
        reason: expect.stringContaining('UnauthorizedOperation: No.'),
      },
    ]);
    expect(build.resources()).toEqual([]);
  });

  it('stops the automation of a failed build', async () => {
    const build = simulateBuild();
    await build.through('launch');
    await build.invoke('patch');
    build.document.failure = { Error: 'BuildFailed', Cause: '' };
    await build.invoke('cleanUp');
    await build.pass(60);
    settle(build.world, services);
    expect(build.world.automations.all().map(({ status }) => status)).toEqual(['Cancelled']);
  });

  it('keeps a complete release when given only the name, although the image of a failed attempt still exists', async () => {
    const build = simulateBuild({
      faults: [
        { image: 'fails', by: 'CopyImage' },
        {
          call: 'DeregisterImage',
          region: 'eu-west-1',
          times: 40,
          error: 'UnauthorizedOperation',
          message: 'No.',
          status: 403,
        },
      ],
    });
    await build.through('shareImages');
    forgetAll(build);
    await build.finish<Cleanup>('cleanUp');
    const images = build.resources().filter((one) => one.startsWith('image'));
    expect(images).toContain('image us-east-1');
    expect(images).toContain('image eu-west-1');
    const released = build.world.images.all().filter(({ tags }) => tags['golden-image:role'] === 'release');
    expect(released.map(({ state }) => state)).toEqual(['available', 'available']);
  });

  it('does not report resources as removed when their list can no longer be read', async () => {
    const denied = { times: 'always', error: 'UnauthorizedOperation', message: 'No.', status: 403 } as const;
    const faults: Fault[] = [{ call: 'TerminateInstances', ...denied }];
    const build = simulateBuild({ faults });
    const { instanceId } = await build.through<Builder>('launch');
    forgetAll(build);
    await build.invoke('cleanUp');
    faults.push({ call: 'DescribeInstances', ...denied });
    const { removed, remaining } = await build.finish<Cleanup>('cleanUp');
    expect(removed.map(({ id }) => id)).not.toContain(instanceId);
    expect(remaining).toContainEqual(
      expect.objectContaining({
        id: instanceId,
        reason: expect.stringMatching(/^could not check whether it still exists/),
      }),
    );
  });

  it('never touches resources of another execution', async () => {
    const build = simulateBuild();
    await build.through('stop');
    await build.invoke('createImage');
    for (const table of [
      build.world.instances,
      build.world.images,
      build.world.snapshots,
      build.world.volumes,
    ]) {
      for (const record of table.all()) {
        if (record.account === '999988887777') {
          table.put(
            { ...record, tags: { ...record.tags, 'golden-image:execution': 'other' } } as never,
            build.world.now(),
            0,
          );
        }
      }
    }
    const before = build.resources();
    forgetAll(build);
    await build.finish('cleanUp');
    expect(build.resources()).toEqual(before);
  });

  it('refuses an event without an execution', async () => {
    const build = simulateBuild();
    expect(
      await failureOf(
        build.run(build.pipeline.invoke('cleanUp', { startTime: '2026-11-22T03:00:00Z', document: {} })),
      ),
    ).toMatchObject({ name: 'Defect' });
  });
});
