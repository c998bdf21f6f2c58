import { type Fault, services, settle } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { Builder, Cleanup } from '../../shared/build/execution-document.ts';
import { failureOf, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

/** As the rule on aborted executions calls it: with the execution's name and nothing else. */
function forgetAll(build: SimulatedBuild): void {
  for (const noun of Object.keys(build.document)) delete build.document[noun];
}

describe('CleanUp', () => {
  it('keeps a release and removes the builder', async () => {
    const build = simulateBuild();
    const cleanup = await build.through<Cleanup>('cleanUp');
    expect(cleanup).toMatchObject({ remaining: [], removed: [{ kind: 'instance' }, { kind: 'volume' }] });
    expect(build.standing()).toEqual([
      'image eu-west-1',
      'image us-east-1',
      'snapshot eu-west-1',
      'snapshot us-east-1',
    ]);
  });

  it.each(['launch', 'patch', 'stop', 'createImage', 'copyImages'] as const)(
    'finds and removes everything after %s, by the name of the execution alone',
    async (stage) => {
      const build = simulateBuild();
      await build.through(stage);
      forgetAll(build);
      const { remaining } = await build.finish<Cleanup>('cleanUp');
      expect(remaining).toEqual([]);
      expect(build.standing()).toEqual([]);
    },
  );

  it.each(['launch', 'createImage', 'copyImages'] as const)(
    'removes also what %s has only begun and nobody can see yet',
    async (stage) => {
      const before = { launch: 'plan', createImage: 'stop', copyImages: 'createImage' } as const;
      const build = simulateBuild();
      await build.through(before[stage]);
      await build.turn(stage);
      forgetAll(build);
      await build.finish('cleanUp');
      expect(build.standing()).toEqual([]);
    },
  );

  it('keeps a whole release also by name, but nothing of a build that failed', async () => {
    const build = simulateBuild();
    await build.through('shareImages');
    forgetAll(build);
    await build.finish('cleanUp');
    expect(build.standing()).toHaveLength(4);

    forgetAll(build);
    build.document.failure = { Error: 'Transient', Cause: '' };
    await build.finish('cleanUp');
    expect(build.standing()).toEqual([]);
  });

  it.each([
    ['failed', { failure: { Error: 'Transient', Cause: '' } }],
    ['was stopped', {}],
    ['failed, as the janitor tells', { marks: 'void' }],
  ])(
    'keeps what an earlier execution released under the same name, when a later one %s',
    async (_, known) => {
      const build = simulateBuild();
      await build.through('shareImages');
      forgetAll(build);
      await build.finish('cleanUp');
      await build.pass(91 * 86_400);
      // The later one got as far as its candidate.
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
      expect(build.standing()).toEqual([
        'image eu-west-1',
        'image us-east-1',
        'snapshot eu-west-1',
        'snapshot us-east-1',
      ]);
    },
  );

  it('removes a release that is not whole', async () => {
    const build = simulateBuild({
      faults: [{ call: 'CreateTags', region: 'us-east-1', error: 'UnauthorizedOperation', status: 403 }],
    });
    await failureOf(build.through('shareImages'));
    forgetAll(build);
    await build.finish('cleanUp');
    expect(build.standing()).toEqual([]);
  });

  it('finds nothing to do when it is repeated', async () => {
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

  it('tries again what resists for a while', async () => {
    const build = simulateBuild({
      faults: [{ call: 'DeregisterImage', times: 7, error: 'InternalError', status: 500 }],
    });
    await build.through('createImage');
    forgetAll(build);
    expect(await build.finish<Cleanup>('cleanUp')).toMatchObject({ remaining: [] });
    expect(build.standing()).toEqual([]);
  });

  it('reports what it cannot remove, with the reason, and removes the rest', async () => {
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
    expect(build.standing()).toEqual(['image eu-west-1', 'snapshot eu-west-1']);
  });

  it('removes what it finds elsewhere when one region may not be looked into, and says so', async () => {
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
    expect(build.standing()).toEqual([]);
  });

  it('stops the automation of a build that failed', async () => {
    const build = simulateBuild();
    await build.through('launch');
    await build.turn('patch');
    build.document.failure = { Error: 'BuildFailed', Cause: '' };
    await build.turn('cleanUp');
    await build.pass(60);
    settle(build.world, services);
    expect(build.world.automations.all().map(({ status }) => status)).toEqual(['Cancelled']);
  });

  it('keeps a whole release by name although a failed attempt still stands beside it', async () => {
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
    const images = build.standing().filter((one) => one.startsWith('image'));
    expect(images).toContain('image us-east-1');
    expect(images).toContain('image eu-west-1');
    const released = build.world.images.all().filter(({ tags }) => tags['golden-image:role'] === 'release');
    expect(released.map(({ state }) => state)).toEqual(['available', 'available']);
  });

  it('does not say of what it lost sight of that it is gone', async () => {
    const denied = { times: 'always', error: 'UnauthorizedOperation', message: 'No.', status: 403 } as const;
    const faults: Fault[] = [{ call: 'TerminateInstances', ...denied }];
    const build = simulateBuild({ faults });
    const { instanceId } = await build.through<Builder>('launch');
    forgetAll(build);
    await build.turn('cleanUp');
    faults.push({ call: 'DescribeInstances', ...denied });
    const { removed, remaining } = await build.finish<Cleanup>('cleanUp');
    expect(removed.map(({ id }) => id)).not.toContain(instanceId);
    expect(remaining).toContainEqual(
      expect.objectContaining({
        id: instanceId,
        reason: expect.stringMatching(/^whether it is gone cannot be seen/),
      }),
    );
  });

  it('never touches what another execution made', async () => {
    const build = simulateBuild();
    await build.through('createImage');
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
    const before = build.standing();
    forgetAll(build);
    await build.finish('cleanUp');
    expect(build.standing()).toEqual(before);
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
