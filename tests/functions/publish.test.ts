import { GetParametersByPathCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { answerFrom, type Fault, services } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import {
  endTurn,
  readChannels,
  readPublication,
  storePublication,
  takeTurn,
} from '../../shared/aws/channels-table.ts';
import { NO_CHANNELS, withMove } from '../../shared/build/channels.ts';
import type { Published, Release } from '../../shared/build/execution-document.ts';
import type { Publication } from '../../shared/build/publication.ts';
import { versionOf } from '../../shared/build/version.ts';
import { AT, failureOf, plainRecipe, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

const version = versionOf('test-execution', AT.toISOString());
const versionName = `/golden-images/plain/versions/${version}`;
const channelName = '/golden-images/plain/candidate';

/** The parameters of the recipe in a region, and the image that each names. */
async function parametersIn(build: Pick<SimulatedBuild, 'world' | 'run'>, region: string) {
  const client = new SSMClient({ region });
  answerFrom(build.world, services, client, HOME.account);
  const { Parameters = [] } = await build.run(
    client.send(new GetParametersByPathCommand({ Path: '/golden-images', Recursive: true })),
  );
  return Object.fromEntries(Parameters.map(({ Name, Value }) => [Name, Value]));
}

/** Writes a parameter as somebody else, and waits until it has appeared. */
async function put(build: SimulatedBuild, region: string, Name: string, Value: string) {
  const client = new SSMClient({ region });
  answerFrom(build.world, services, client, HOME.account);
  const input = { Name, Value, Type: 'String', DataType: 'aws:ec2:image' } as const;
  await build.run(client.send(new PutParameterCommand(input)));
  await build.pass(60);
}

/** The image that the recipe builds from: it exists, and the build did not create it. */
const baseOf = ({ document }: SimulatedBuild): string =>
  (document.plan as { base: { imageId: string } }).base.imageId;

const tableOf = ({ pipeline: { deps } }: SimulatedBuild) => ({
  dynamodb: deps.dynamodb,
  table: deps.settings.table,
});
const channelsOf = (build: SimulatedBuild) => build.run(readChannels(tableOf(build), 'plain'));

describe('Publish', () => {
  it('makes the parameters of the version and of the channel name the image in every region', async () => {
    const build = simulateBuild();
    const published = await build.through<Published>('publish');
    expect(published).toEqual({
      status: 'ready',
      parameter: versionName,
      channel: { name: 'candidate', parameter: channelName },
    });
    for (const { region, imageId } of (build.document.release as Release).images) {
      expect(await parametersIn(build, region)).toEqual({ [versionName]: imageId, [channelName]: imageId });
      for (const { dataType } of build.world.parameters.all().filter((one) => one.account === HOME.account))
        expect(dataType).toBe('aws:ec2:image');
    }
    expect(await channelsOf(build)).toMatchObject({
      releases: [{ version, execution: 'test-execution' }],
      channels: { candidate: { version, newest: version, earlier: [], by: 'a person' } },
      history: [{ channel: 'candidate', how: 'released', to: version }],
    });
  });

  it('changes nothing when it is repeated', async () => {
    const build = simulateBuild();
    const first = await build.through<Published>('publish');
    const before = [build.world.parameters.all(), await channelsOf(build)];
    delete build.document.publication;
    expect(await build.finish('publish')).toEqual(first);
    expect([build.world.parameters.all(), await channelsOf(build)]).toEqual(before);
  });

  it('moves no channel before the parameter of the version has appeared in every region', async () => {
    const faults: Fault[] = [
      { call: 'PutParameter', region: 'eu-west-1', error: 'AccessDeniedException', times: 'always' },
    ];
    const build = simulateBuild({ faults });
    expect(await failureOf(build.through('publish'))).toMatchObject({ name: 'Denied' });
    await build.pass(60);
    for (const region of plainRecipe.regions)
      expect(await parametersIn(build, region)).not.toHaveProperty(channelName);
    faults.splice(0);
    await build.finish('publish');
    for (const region of plainRecipe.regions)
      expect(await parametersIn(build, region)).toHaveProperty(channelName);
  });

  it('fails if Parameter Store does not accept an image, and says what it waited for', async () => {
    const build = simulateBuild();
    const { images } = await build.through<Release>('shareImages');
    const image = build.world.images.get(images[1]?.imageId ?? '');
    if (image === undefined) throw new Error('there is no image');
    build.world.images.put({ ...image, state: 'disabled' }, build.world.now(), 0);
    expect(await failureOf(build.finish('publish'))).toEqual({
      name: 'DeadlinePassed',
      message: `Timed out after waiting 15 min for Parameter Store to accept ${versionName} in eu-west-1`,
    });
    for (const region of plainRecipe.regions)
      expect(await parametersIn(build, region)).not.toHaveProperty(channelName);
  });

  it('never changes the parameter of a version', async () => {
    const build = simulateBuild();
    const { images } = await build.through<Release>('shareImages');
    const other = baseOf(build);
    await put(build, 'us-east-1', versionName, other);
    expect(await failureOf(build.finish('publish'))).toEqual({
      name: 'Conflict',
      message:
        `The parameter ${versionName} in us-east-1 already names ${other}, and the parameter of a version must not change. ` +
        `This build created ${images[0]?.imageId}. Find out what wrote the parameter, then build again: each build has its own version`,
    });
    expect(await parametersIn(build, 'us-east-1')).toEqual({ [versionName]: other });
  });

  it('does not move a channel that has named a newer version', async () => {
    const build = simulateBuild();
    await build.through('shareImages');
    const newer = '20261122-040000-aaaaaa';
    const mover = { at: AT.toISOString(), execution: 'next', by: 'schedule' };
    const moved = withMove(NO_CHANNELS, 'candidate', newer, 'released', mover);
    await build.run(takeTurn(tableOf(build), 'plain', 'next', AT));
    await build.run(endTurn(tableOf(build), 'plain', 'next', moved));
    expect(await build.finish('publish')).toEqual({
      status: 'ready',
      parameter: versionName,
      reason: `candidate has already named the newer version ${newer}`,
    });
    expect(await parametersIn(build, 'us-east-1')).not.toHaveProperty(channelName);
    expect(await channelsOf(build)).toMatchObject({
      releases: [{ version }],
      channels: { candidate: { version: newer } },
    });
  });

  it("moves the recipe's first channel", async () => {
    const recipe = { ...plainRecipe, publish: { channels: ['edge', 'stable'] } };
    const build = simulateBuild({ recipe });
    const { channel } = await build.through<Published>('publish');
    expect(channel).toEqual({ name: 'edge', parameter: '/golden-images/plain/edge' });
    expect(Object.keys(await parametersIn(build, 'us-east-1')).toSorted()).toEqual([
      '/golden-images/plain/edge',
      versionName,
    ]);
  });

  it('moves no channel for a build that changed its recipe', async () => {
    const build = simulateBuild();
    build.document.overrides = { description: 'A trial' };
    const { channel, reason } = await build.through<Published>('publish');
    expect([channel, reason]).toEqual([undefined, expect.stringContaining('changed its recipe')]);
    expect(Object.keys(await parametersIn(build, 'us-east-1'))).toEqual([versionName]);
  });

  it('waits while another execution moves a channel, and takes over if that execution has died', async () => {
    const build = simulateBuild();
    const { images } = await build.through<Release>('shareImages');
    const [base, died] = [baseOf(build), 'ami-00000000000000bad'];
    const of = Object.fromEntries(images.map(({ region }) => [region, died]));
    const publication: Publication = {
      execution: 'died',
      recipe: 'plain',
      version: '20261101-000000-000000',
      channels: ['candidate'],
      images: of,
      before: { candidate: { 'us-east-1': base } },
      isRelease: true,
    };
    await build.run(takeTurn(tableOf(build), 'plain', 'died', new Date(build.world.now())));
    await build.run(storePublication(tableOf(build), publication, new Date(build.world.now())));
    expect(await build.invoke('publish')).toMatchObject({
      status: 'pending',
      phase: 'turn',
      awaiting: 'died to move a channel of plain',
    });
    expect(await parametersIn(build, 'us-east-1')).toEqual({});
    await build.pass(20 * 60);
    await build.invoke('publish');
    // The died execution had moved no parameter, so there is nothing to inherit from it.
    expect(await build.run(readPublication(tableOf(build), 'test-execution'))).toMatchObject({ before: {} });
    await build.finish('publish');
    expect(await channelsOf(build)).toMatchObject({ channels: { candidate: { version } } });
  });

  it('writes the parameters in the accounts of the roles, too, and changes nothing when it is repeated', async () => {
    const roles = ['arn:aws:iam::111122223333:role/golden-image-pointers'];
    const build = simulateBuild({ recipe: { ...plainRecipe, publish: { roles } } });
    const first = await build.through<Published>('publish');
    expect(first.accounts).toEqual(['111122223333']);
    const own = () =>
      build.world.parameters
        .all()
        .flatMap(({ account, region, name, value, version: number }) =>
          name.startsWith('/golden-images/') ? [[account, region, name, value, number].join(' ')] : [],
        )
        .toSorted();
    const { images } = build.document.release as Release;
    expect(own()).toEqual(
      ['111122223333', HOME.account]
        .flatMap((account) =>
          images.flatMap(({ region, imageId }) =>
            [channelName, versionName].map((name) => [account, region, name, imageId, 1].join(' ')),
          ),
        )
        .toSorted(),
    );
    const before = own();
    delete build.document.publication;
    expect(await build.finish('publish')).toEqual(first);
    expect(own()).toEqual(before);
  });

  it('moves no channel in any account before the version has appeared in all of them', async () => {
    const account = '111122223333';
    const roles = [`arn:aws:iam::${account}:role/golden-image-pointers`];
    const build = simulateBuild({ recipe: { ...plainRecipe, publish: { roles } } });
    build.world.authorize = (request) =>
      request.account === account && request.operation === 'PutParameter' && request.region === 'eu-west-1'
        ? { action: 'ssm:PutParameter', resource: '*' }
        : undefined;
    expect(await failureOf(build.through('publish'))).toMatchObject({
      name: 'Denied',
      message: expect.stringContaining(`ssm:PutParameter in eu-west-1 of ${account}: AccessDeniedException`),
    });
    await build.pass(60);
    expect(build.world.parameters.all().filter(({ name }) => name === channelName)).toEqual([]);
  });

  it('refuses a document without a release', async () => {
    const build = simulateBuild();
    await build.through('copyImages');
    expect(await failureOf(build.invoke('publish'))).toMatchObject({ name: 'Defect' });
  });
});
