import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { MovedChannel, Release } from '../../shared/build/execution-document.ts';
import { versionOf } from '../../shared/build/version.ts';
import { listen } from '../simulated-announcements.ts';
import { AT, failureOf, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

const version = versionOf('test-execution', AT.toISOString());

async function released(options: Parameters<typeof simulateBuild>[0] = {}) {
  const build = simulateBuild(options);
  const { events, messages } = await listen(build);
  await build.through('publish');
  return { ...build, events, messages, images: imagesOf(build) };
}

const imagesOf = ({ document }: SimulatedBuild): Record<string, string> =>
  Object.fromEntries((document.release as Release).images.map(({ region, imageId }) => [region, imageId]));

/** Announces the move of a channel, as an execution of the machine for channels does. */
function announceMove({ pipeline, run }: SimulatedBuild, move: Partial<MovedChannel>, by?: string) {
  const full = {
    status: 'ready',
    recipe: 'plain',
    channel: 'stable',
    how: 'promoted',
    to: version,
    parameter: '/golden-images/plain/stable',
    images: { 'us-east-1': 'ami-1' },
    unmoved: [],
    ...move,
  };
  const document = { action: 'promote', recipe: 'plain', ...(by && { by }), move: full };
  return run(pipeline.invoke('announce', { execution: 'move', startTime: AT.toISOString(), document }));
}

describe('Announce', () => {
  it('says what was released, to programs and to people', async () => {
    const { invoke, events, messages, images } = await released();
    expect(await invoke('announce')).toEqual({
      status: 'ready',
      event: 'Golden Image Released',
      notified: true,
    });
    expect(await events()).toMatchObject([
      {
        source: 'golden-image',
        'detail-type': 'Golden Image Released',
        detail: {
          execution: 'test-execution',
          recipe: 'plain',
          version,
          how: 'released',
          by: 'a person',
          channel: 'candidate',
          parameter: '/golden-images/plain/candidate',
          images,
        },
      },
    ]);
    const [message, ...others] = await messages();
    expect(others).toEqual([]);
    expect(message?.Subject).toBe(`Golden image plain: released ${version}`);
    expect(message?.Message).toBe(
      [
        `The version ${version} of plain (A recipe for tests) was released.`,
        '',
        '  Channel    candidate',
        '  Parameter  /golden-images/plain/candidate',
        `  us-east-1  ${images['us-east-1']}`,
        `  eu-west-1  ${images['eu-west-1']}`,
        '  By         a person',
        '  Execution  test-execution',
        '',
      ].join('\n'),
    );
  });

  it('says it again when it is repeated, so that receivers see the same execution', async () => {
    const { invoke, events } = await released();
    await invoke('announce');
    await invoke('announce');
    const details = (await events()).map(({ detail }) => detail);
    expect(details).toHaveLength(2);
    expect(details[0]).toEqual(details[1]);
  });

  it('says why a release entered no channel, and sends no message about a trial', async () => {
    const { invoke, document, events, messages } = await released();
    Object.assign(document.plan as object, { trial: true });
    document.publication = {
      status: 'ready',
      parameter: '/golden-images/plain/versions/1',
      reason: 'a trial',
    };
    expect(await invoke('announce')).toMatchObject({ notified: false });
    const [event] = await events();
    expect(event?.detail).toMatchObject({ reason: 'a trial', parameter: '/golden-images/plain/versions/1' });
    expect(event?.detail).not.toHaveProperty('channel');
    expect(await messages()).toEqual([]);
  });

  it.each([
    ['a region', { regions: ['eu-west-1'] }, { how: 'copied', channels: ['candidate'] }, 'was copied to'],
    [
      'an account',
      { accounts: ['222233334444'] },
      { how: 'shared', accounts: ['222233334444'] },
      'was shared with',
    ],
  ])('says that %s was added to a release', async (_, distribute, expected, says) => {
    const { invoke, document, events, messages } = await released();
    const channels = [{ name: 'candidate', parameter: '/golden-images/plain/candidate' }];
    document.distribute = distribute;
    document.publication = { status: 'ready', parameter: '/golden-images/plain/versions/1', channels };
    await invoke('announce');
    expect(await events()).toMatchObject([{ 'detail-type': 'Golden Image Distributed', detail: expected }]);
    expect((await messages())[0]?.Message).toContain(says);
  });

  it.each([
    ['promoted', 'Golden image plain: stable promoted', 'was moved to the version'],
    ['rolled back', 'Golden image plain: stable rolled back', 'was rolled back to the version'],
  ] as const)('says that a channel was %s, and by whom', async (how, subject, says) => {
    const build = await released();
    await announceMove(build, { how, from: '1', unmoved: ['eu-west-1'] }, 'lead');
    expect(await build.events()).toMatchObject([
      {
        'detail-type': 'Golden Image Channel Moved',
        detail: { execution: 'move', channel: 'stable', how, from: '1', version, by: 'lead' },
      },
    ]);
    const [message] = await build.messages();
    expect(message?.Subject).toBe(subject);
    expect(message?.Message).toContain(says);
    expect(message?.Message).toContain('stable, which named 1 before');
    expect(message?.Message).toContain('eu-west-1  has no image of this version; unchanged');
  });

  it('says nothing if the channel named the release before', async () => {
    const build = await released();
    expect(await announceMove(build, { from: version })).toMatchObject({ status: 'ready' });
    expect([await build.events(), await build.messages()]).toEqual([[], []]);
  });

  it.each<[string, Fault]>([
    ['the event', { call: 'PutEvents', error: 'AccessDeniedException' }],
    ['the message', { call: 'Publish', error: 'AuthorizationError' }],
  ])('fails if AWS refuses %s', async (_, fault) => {
    const { invoke } = await released({ faults: [fault] });
    expect((await failureOf(invoke('announce'))).name).toBe('Denied');
  });

  it('refuses a document without a release', async () => {
    const { invoke, document } = await released();
    delete document.publication;
    expect(await failureOf(invoke('announce'))).toMatchObject({
      name: 'Defect',
      message: expect.stringContaining('neither a published release nor a moved channel'),
    });
  });
});
