import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { perform } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { endTurn, readChannels, readDeadTurn, takeTurn } from '../../shared/aws/channels-table.ts';
import { type Channels, type Mover, withMove, withRelease } from '../../shared/build/channels.ts';
import type { Release } from '../../shared/build/execution-document.ts';
import { versionOf } from '../../shared/build/version.ts';
import {
  AT,
  failureOf,
  plainRecipe,
  recipeFile,
  type SimulatedBuild,
  simulateBuild,
  withoutSpent,
} from '../simulated-build.ts';

const version = versionOf('test-execution', AT.toISOString());
const stable = '/golden-images/plain/stable';

/** A published release, and a function that moves a channel as the execution `move` of the machine does. */
async function simulateMoves(publish?: object) {
  const build = simulateBuild(publish && { recipe: { ...plainRecipe, publish } });
  await build.through('publish');
  const { images } = build.document.release as Release;
  const document: Record<string, unknown> = {};
  const invoke = async (request: object, execution = 'move') => {
    const event = { execution, startTime: AT.toISOString(), document: { ...request, ...document } };
    const answer = await build.run(build.pipeline.invoke('moveChannel', structuredClone(event)));
    document.move = answer;
    return withoutSpent(answer as Record<string, unknown>);
  };
  const move = async (request: object, execution?: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const answer = await invoke(request, execution);
      if (answer.status !== 'pending') {
        delete document.move;
        return answer;
      }
      await build.pass(Number(answer.waitSeconds));
    }
  };
  /** Changes the channels as another execution does. */
  const change = async (changed: (channels: Channels, mover: Mover) => Channels) => {
    const table = tableOf(build);
    const now = new Date(build.world.now());
    const mover = { at: now.toISOString(), execution: 'other', by: 'a person' };
    const turn = await build.run(takeTurn(table, 'plain', 'other', now));
    if ('heldBy' in turn) throw new Error(turn.heldBy);
    await build.run(endTurn(table, 'plain', 'other', changed(turn.channels, mover)));
  };
  const forget = () => {
    delete document.move;
  };
  return {
    ...build,
    change,
    forget,
    images: Object.fromEntries(images.map((one) => [one.region, one.imageId])),
    invoke,
    move,
  };
}

const tableOf = ({ pipeline: { deps } }: Pick<SimulatedBuild, 'pipeline'>) => ({
  dynamodb: deps.dynamodb,
  table: deps.settings.table,
});
const namedBy = ({ world }: Pick<SimulatedBuild, 'world'>, name: string) =>
  Object.fromEntries(
    world.parameters.all().flatMap((one) => (one.name === name ? [[one.region, one.value]] : [])),
  );
const promote = { action: 'promote', recipe: 'plain', by: 'arn:aws:iam::999988887777:user/lead' };

describe('MoveChannel', () => {
  it('promotes the release of the first channel in every region', async () => {
    const simulated = await simulateMoves();
    const { move, images, run } = simulated;
    expect(await move(promote)).toEqual({
      status: 'ready',
      recipe: 'plain',
      channel: 'stable',
      how: 'promoted',
      to: version,
      parameter: stable,
      images,
      unmoved: [],
    });
    expect(namedBy(simulated, stable)).toEqual(images);
    const { channels, history } = await run(readChannels(tableOf(simulated), 'plain'));
    expect(channels.stable).toMatchObject({ version, execution: 'move', by: promote.by });
    expect(history.map(({ channel, how }) => [channel, how])).toEqual([
      ['stable', 'promoted'],
      ['candidate', 'released'],
    ]);
  });

  it('moves the channel once, also if it is repeated', async () => {
    const roles = ['arn:aws:iam::111122223333:role/golden-image-pointers'];
    const simulated = await simulateMoves({ roles });
    const first = await simulated.move(promote);
    expect(first.accounts).toEqual(['111122223333']);
    const before = [
      simulated.world.parameters.all(),
      await simulated.run(readChannels(tableOf(simulated), 'plain')),
    ];
    expect(await simulated.move(promote)).toEqual(first);
    expect([
      simulated.world.parameters.all(),
      await simulated.run(readChannels(tableOf(simulated), 'plain')),
    ]).toEqual(before);
  });

  it('names the regions that the release does not have', async () => {
    const simulated = await simulateMoves();
    const { run, move } = simulated;
    const at = AT.toISOString();
    const mover = { at, execution: 'earlier', by: 'a person' };
    await run(takeTurn(tableOf(simulated), 'plain', 'earlier', new Date(simulated.world.now())));
    const wide = {
      version: '20260101-000000-000000',
      execution: 'earlier',
      at,
      images: { 'sa-east-1': 'ami-1' },
    };
    const channels = withRelease(await run(readChannels(tableOf(simulated), 'plain')), wide);
    await run(
      endTurn(
        tableOf(simulated),
        'plain',
        'earlier',
        withMove(channels, 'stable', wide.version, 'promoted', mover),
      ),
    );
    expect(await move(promote)).toMatchObject({ from: wide.version, to: version, unmoved: ['sa-east-1'] });
  });

  it('refuses a request that makes no sense, and keeps no turn', async () => {
    const simulated = await simulateMoves();
    const { move, invoke } = simulated;
    expect(await failureOf(move({ ...promote, channel: 'edge' }))).toEqual({
      name: 'InvalidInput',
      message: 'The recipe plain has no channel edge. Its channels are candidate, stable',
    });
    expect(await failureOf(move({ ...promote, recipe: 'other' }))).toEqual({
      name: 'InvalidInput',
      message: 'The recipe other is not deployed. The deployed recipes are plain',
    });
    expect(await invoke(promote, 'next')).toMatchObject({ phase: 'channel' });
  });

  it('refuses a move to images that the account of a role cannot launch', async () => {
    const simulated = await simulateMoves();
    const role = 'arn:aws:iam::444455556666:role/golden-image-pointers';
    const { recipe } = recipeFile({
      ...plainRecipe,
      share: { accounts: ['111122223333', '444455556666'] },
      publish: { roles: [role] },
    });
    Object.assign(simulated.pipeline.deps.recipes, { plain: recipe });
    expect(await failureOf(simulated.move(promote))).toEqual({
      name: 'InvalidInput',
      message: `The channel stable of plain cannot name ${version}: ${Object.entries(simulated.images)
        .map(([region, id]) => `for the account 444455556666, the image ${id} in ${region} is missing`)
        .join(', ')}`,
    });
    expect(namedBy(simulated, stable)).toEqual({});
  });

  it('that is refused gives the turn back to an execution that died before it, so that clean-up still finds that one', async () => {
    const simulated = await simulateMoves();
    const { move, pass, run, world } = simulated;
    const table = tableOf(simulated);
    const now = () => new Date(world.now());
    await run(takeTurn(table, 'plain', 'dead', now()));
    await pass(25 * 60);
    expect(await failureOf(move({ ...promote, version: '1' }, 'refused'))).toMatchObject({
      name: 'InvalidInput',
    });
    expect(await run(readDeadTurn(table, 'plain', now()))).toBe('dead');
    expect(await run(takeTurn(table, 'plain', 'next', now()))).toMatchObject({ died: ['dead'] });
  });

  it('does not move a release after its soak time if the channels have moved, and keeps no turn', async () => {
    const simulated = await simulateMoves();
    const { change, move, run } = simulated;
    const { channels } = await run(readChannels(tableOf(simulated), 'plain'));
    const trigger = { type: 'soak', channel: 'candidate', since: channels.candidate?.since };
    const request = { ...promote, version, channel: 'stable', trigger };
    await change((all, mover) => withMove(all, 'candidate', '9', 'promoted', mover));
    expect(await failureOf(move(request))).toMatchObject({
      name: 'Superseded',
      message: expect.stringContaining('the channel candidate names 9'),
    });
    expect(namedBy(simulated, stable)).toEqual({});
    const turn = await run(takeTurn(tableOf(simulated), 'plain', 'next', new Date(simulated.world.now())));
    expect(turn).not.toHaveProperty('heldBy');
  });

  it('waits while another execution moves a channel', async () => {
    const simulated = await simulateMoves();
    const { invoke, move } = simulated;
    await invoke(promote);
    expect(await invoke(promote, 'other')).toMatchObject({
      phase: 'turn',
      awaiting: 'move to move a channel of plain',
    });
    await move(promote);
    expect(namedBy(simulated, stable)).toEqual(simulated.images);
  });

  it('keeps the move that another execution made while it took the turn', async () => {
    const simulated = await simulateMoves();
    const { run, world } = simulated;
    const table = tableOf(simulated);
    const now = new Date(world.now());
    const mover = { at: now.toISOString(), execution: 'faster', by: 'a person' };
    let isDelayed = true;
    // Between the read and the write of the slow execution, another one takes the turn, moves the channel and ends its turn.
    const send = async (command: Parameters<typeof table.dynamodb.send>[0]) => {
      if (isDelayed && command instanceof UpdateItemCommand) {
        isDelayed = false;
        const turn = await takeTurn(table, 'plain', 'faster', now);
        if ('heldBy' in turn) throw new Error(turn.heldBy);
        const changed = withMove(turn.channels, 'stable', version, 'promoted', mover);
        expect(await endTurn(table, 'plain', 'faster', changed)).toBe(true);
      }
      return table.dynamodb.send(command);
    };
    const slow = { ...table, dynamodb: { send } as unknown as typeof table.dynamodb };
    expect(await run(takeTurn(slow, 'plain', 'slow', now))).toMatchObject({
      channels: { channels: { stable: { version, execution: 'faster' } } },
    });
  });

  it.each([
    ['promote', promote],
    ['rollback', { action: 'rollback', recipe: 'plain', channel: 'stable' }],
  ])('does not overwrite a later move after it lost its turn: %s', async (_, request) => {
    const simulated = await simulateMoves();
    const { run, world, invoke, pass, change } = simulated;
    const newer = '20991231-000000-000000';
    await change((channels, mover) =>
      withMove(channels, 'stable', '20260101-000000-000000', 'promoted', mover),
    );
    if (request.action === 'rollback') {
      await change((channels, mover) => withMove(channels, 'stable', version, 'promoted', mover));
      await change((channels, mover) =>
        withMove(channels, 'stable', '20260201-000000-000000', 'promoted', mover),
      );
    }
    expect(await invoke(request, 'slow')).toMatchObject({ status: 'pending', phase: 'channel' });
    await pass(21 * 60);
    await change((channels, mover) => {
      const release = { version: newer, execution: 'newer', at: mover.at, images: {} };
      return withMove(withRelease(channels, release), 'stable', newer, 'promoted', mover);
    });
    const before = world.parameters.all();
    const { name, message } = await failureOf(invoke(request, 'slow'));
    expect([name, message]).toEqual(['Conflict', expect.stringContaining(`names ${newer} now`)]);
    expect(world.parameters.all()).toEqual(before);
    expect((await run(readChannels(tableOf(simulated), 'plain'))).channels.stable?.version).toBe(newer);
  });

  it('keeps the parameters when another execution has moved the channel to the same release', async () => {
    const simulated = await simulateMoves();
    const { run, invoke, move, pass, pipeline, images } = simulated;
    await invoke(promote, 'slow');
    await pass(21 * 60);
    // Another execution keeps its own document.
    simulated.forget();
    await move(promote, 'faster');
    expect(await failureOf(invoke(promote, 'slow'))).toMatchObject({ name: 'Conflict' });
    const event = { execution: 'slow', startTime: AT.toISOString() };
    const document: Record<string, unknown> = { failure: { Error: 'Conflict' } };
    do {
      document.cleanup = await run(pipeline.invoke('cleanUp', { ...event, document }));
      await pass(60);
    } while ((document.cleanup as { status: string }).status === 'pending');
    expect(namedBy(simulated, stable)).toEqual(images);
  });

  it('refuses to promote a release whose image is disabled, and writes nothing', async () => {
    const simulated = await simulateMoves();
    const { move, images, world, invoke, pipeline } = simulated;
    const ImageId = images['eu-west-1'];
    const there = { ...HOME, region: 'eu-west-1' };
    const call = { service: 'ec2', operation: 'DisableImage', ...there, input: { ImageId }, inner: true };
    perform(pipeline.services, world, call);
    await simulated.pass(60);
    const before = world.parameters.all();
    expect(await failureOf(move(promote))).toEqual({
      name: 'InvalidInput',
      message: `The channel stable of plain cannot name ${version}: the image ${ImageId} in eu-west-1 is disabled`,
    });
    expect(world.parameters.all()).toEqual(before);
    expect((await failureOf(invoke(promote, 'next'))).name).toBe('InvalidInput');
  });

  it('rolls back past a release whose images are gone, and names it', async () => {
    const simulated = await simulateMoves();
    const { move, images, change } = simulated;
    const gone = '20260101-000000-000000';
    const present = '20260201-000000-000000';
    const missing = { 'us-east-1': 'ami-0123456789abcdef0' };
    await change((channels, mover) => withMove(channels, 'stable', version, 'promoted', mover));
    for (const one of [gone, present])
      await change((channels, mover) => {
        const release = { version: one, execution: one, at: mover.at, images: missing };
        return withMove(withRelease(channels, release), 'stable', one, 'promoted', mover);
      });
    const skipped = { [gone]: 'the image ami-0123456789abcdef0 in us-east-1 is missing' };
    const rollback = { action: 'rollback', recipe: 'plain' };
    const rolledBack = await move(rollback);
    expect(rolledBack).toMatchObject({ from: present, to: version, skipped });
    expect(namedBy(simulated, stable)).toEqual(images);
    expect(await move(rollback)).toEqual(rolledBack);
    // Nothing else is left to return to.
    expect(await failureOf(move(rollback, 'next'))).toMatchObject({ name: 'InvalidInput' });
  });

  it('reports a denied write', async () => {
    const build = simulateBuild({
      faults: [
        { call: 'PutParameter', region: 'eu-west-1', skip: 2, error: 'AccessDeniedException', status: 400 },
      ],
    });
    await build.through('publish');
    const event = { execution: 'move', startTime: AT.toISOString(), document: promote };
    expect(await failureOf(build.run(build.pipeline.invoke('moveChannel', event)))).toMatchObject({
      name: 'Denied',
    });
  });

  it('refuses an unknown action', async () => {
    const { invoke } = await simulateMoves();
    expect(await failureOf(invoke({ ...promote, action: 'push' }))).toMatchObject({ name: 'Defect' });
    expect(plainRecipe.regions).toHaveLength(2);
  });
});
