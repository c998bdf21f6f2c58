import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { addDefaultNetwork, answerFrom, type Fault, services } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { deploy, HOME, type Pipeline } from '../../local/pipeline.ts';
import { readChannels } from '../../shared/aws/channels-table.ts';
import type { Release } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, type TestRecipe } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const HOUR_SECONDS = 3600;
const [CONSUMER, OTHER] = ['111122223333', '444455556666'] as const;
const roleIn = (account: string) => `arn:aws:iam::${account}:role/golden-image-pointers`;
const regions = ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1', 'ap-south-1', 'sa-east-1'];
const recipe = {
  ...plainRecipe,
  regions,
  share: { accounts: [CONSUMER, OTHER] },
  publish: { roles: [roleIn(CONSUMER), roleIn(OTHER)] },
};
const candidate = '/golden-images/plain/candidate';
const stable = '/golden-images/plain/stable';

function simulateConsumers(given: TestRecipe = recipe, faults: Fault[] = [], options: object = {}) {
  const simulation = simulateLeftovers({ recipes: [recipeFile(given)], faults, ...options });
  const { world, pipeline, run, call } = simulation;
  /** What every parameter of the recipe names: `111122223333 us-east-1 /golden-images/plain/candidate`. */
  const parameters = (): Record<string, string> => {
    const own = world.parameters.all().filter(({ name }) => name.startsWith('/golden-images/'));
    return Object.fromEntries(
      own.map(({ account, region, name, value }) => [`${account} ${region} ${name}`, value]),
    );
  };
  /** The images that a parameter names in an account, by region. */
  const named = (account: string, name = candidate): Record<string, string> => {
    const own = world.parameters.all().filter((one) => one.account === account && one.name === name);
    return Object.fromEntries(own.map(({ region, value }) => [region, value]));
  };
  const released = async (by: Pipeline = pipeline): Promise<Record<string, string>> => {
    const { status, cause, output } = await run(by.start('plain').result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    const { images } = (output as { release: Release }).release;
    return Object.fromEntries(images.map(({ region, imageId }) => [region, imageId]));
  };
  const ask = async (action: 'promote' | 'rollback', by: Pipeline = pipeline) =>
    run(by.moveChannel({ action, recipe: 'plain' }).result);
  const { dynamodb, settings } = pipeline.deps;
  const table = { dynamodb, table: settings.table };
  const channels = () => run(readChannels(table, 'plain'));
  const redeploy = (changed: object) => deploy(world, [recipeFile({ ...given, ...changed })]);
  const turn = () => {
    const Key = { id: { S: 'channels#plain' } };
    const { Item } = call('dynamodb', 'GetItem', { TableName: settings.table, Key }) as { Item?: object };
    return (Item as { moving?: unknown } | undefined)?.moving;
  };
  /** From now on, a role may not write parameters in one region. */
  const deny = (account: string, region: string, operation = 'PutParameter') => {
    world.authorize = (request) =>
      request.account === account && request.region === region && request.operation === operation
        ? { action: `ssm:${operation}`, resource: `arn:aws:ssm:${region}:${account}:parameter${candidate}` }
        : undefined;
  };
  return { ...simulation, parameters, named, released, ask, channels, redeploy, turn, deny };
}

describe('consumer accounts with a role', () => {
  test('do not see a trial before somebody promotes it', async () => {
    const { run, pipeline, parameters, named, channels } = simulateConsumers();
    const input = { recipe: 'plain', overrides: { description: 'A trial' } };
    expect(await run(pipeline.start(input).result)).toMatchObject({ status: 'SUCCEEDED' });
    const accounts = () => new Set(Object.keys(parameters()).map((one) => one.split(' ')[0]));
    expect(accounts()).toEqual(new Set([HOME.account]));
    const [{ version = '', images = {} } = {}] = (await channels()).releases;
    const move = { action: 'promote', recipe: 'plain', channel: 'stable', version } as const;
    expect(await run(pipeline.moveChannel(move).result)).toMatchObject({ status: 'SUCCEEDED' });
    for (const name of [stable, `/golden-images/plain/versions/${version}`])
      expect(named(CONSUMER, name)).toEqual(images);
  });

  test('have nothing of a trial that leaves out regions and accounts', async () => {
    const { run, pipeline, parameters } = simulateConsumers();
    const input = { recipe: 'plain', overrides: { regions: ['eu-central-1'], share: null } };
    const { status, cause } = await run(pipeline.start(input).result);
    expect([status, cause]).toEqual(['SUCCEEDED', undefined]);
    expect(Object.keys(parameters())).toEqual([
      expect.stringMatching(`^${HOME.account} eu-central-1 /golden-images/plain/versions/`),
    ]);
  });

  test('launch the image through the parameter in their own account and region', async () => {
    const { world, run, released, named } = simulateConsumers();
    const images = await released();
    for (const account of [HOME.account, CONSUMER, OTHER]) expect(named(account)).toEqual(images);
    for (const region of ['us-east-1', 'sa-east-1']) {
      const client = new EC2Client({ region });
      answerFrom(world, services, client, CONSUMER);
      const [subnet] = addDefaultNetwork(world, CONSUMER, region).subnets;
      const { Instances } = await run(
        client.send(
          new RunInstancesCommand({
            ImageId: `resolve:ssm:${candidate}`,
            InstanceType: 'm7i.large',
            MinCount: 1,
            MaxCount: 1,
            SubnetId: subnet?.id,
          }),
        ),
      );
      expect(Instances?.[0]?.ImageId).toBe(images[region]);
    }
  });

  test('are named in the output of builds and moves', async () => {
    const { run, pipeline, ask } = simulateConsumers();
    const built = await run(pipeline.start('plain').result);
    expect(built.output).toMatchObject({ publication: { accounts: [CONSUMER, OTHER] } });
    expect((await ask('promote')).output).toMatchObject({ move: { accounts: [CONSUMER, OTHER] } });
  });

  test('follow promotions and rollbacks', async () => {
    const { released, named, ask } = simulateConsumers();
    const images = [];
    for (let count = 0; count < 2; count++) {
      images.push(await released());
      expect(await ask('promote')).toMatchObject({ status: 'SUCCEEDED' });
      expect(named(CONSUMER, stable)).toEqual(images[count]);
    }
    expect(await ask('rollback')).toMatchObject({ status: 'SUCCEEDED' });
    for (const account of [HOME.account, CONSUMER, OTHER]) expect(named(account, stable)).toEqual(images[0]);
  });

  test('that deny a write in the third region leave every account and region at the old version', async () => {
    const { run, pipeline, parameters, channels, released, resources, turn, deny } = simulateConsumers();
    await released();
    const before = [parameters(), await channels(), resources()];
    deny(OTHER, 'eu-west-1');
    const { status, error, cause } = await run(pipeline.start('plain').result);
    expect([status, error]).toEqual(['FAILED', 'Denied']);
    expect(cause).toContain(`ssm:PutParameter in eu-west-1 of ${OTHER}: AccessDeniedException`);
    expect(cause).toContain(`Check the policies of the role ${roleIn(OTHER)}`);
    expect([parameters(), await channels(), resources()]).toEqual(before);
    expect(turn()).toBeUndefined();
  });

  test('that deny the write of the channel leave every account and region at the old version', async () => {
    const { world, parameters, channels, released, ask, turn } = simulateConsumers();
    await released();
    await ask('promote');
    await released();
    const before = [parameters(), await channels()];
    // The version is there already, so the first write is that of the channel.
    world.authorize = ({ account, region, operation }) =>
      account === OTHER && region === 'eu-west-1' && operation === 'PutParameter'
        ? { action: 'ssm:PutParameter', resource: '*' }
        : undefined;
    expect(await ask('promote')).toMatchObject({ status: 'FAILED', error: 'Denied' });
    expect([parameters(), await channels()]).toEqual(before);
    expect(turn()).toBeUndefined();
  });

  test('that cannot be read any more do not keep the others from being put back', async () => {
    const { world, run, pipeline, named, released, ask } = simulateConsumers();
    await released();
    await ask('promote');
    await released();
    const before = [named(HOME.account, stable), named(CONSUMER, stable)];
    const execution = pipeline.moveChannel({ action: 'promote', recipe: 'plain' });
    let denied = ['PutParameter'];
    execution.listen(({ type, state }) => {
      if (type === 'StateEntered' && state?.name === 'CleanUp') denied = ['PutParameter', 'GetParameters'];
    });
    world.authorize = ({ account, operation }) =>
      account === OTHER && denied.includes(operation) ? { action: operation, resource: '*' } : undefined;
    expect(await run(execution.result)).toMatchObject({ status: 'FAILED' });
    expect([named(HOME.account, stable), named(CONSUMER, stable)]).toEqual(before);
  });

  test.each([0.2, 2, 5])(
    'are put back if the execution is stopped %s s after it began to publish',
    async (s) => {
      const options = { triggers: true };
      const { pass, stopped, parameters, channels, released, named, turn } = simulateConsumers(
        recipe,
        [],
        options,
      );
      await released();
      const before = parameters();
      await stopped('Publish', s);
      await pass(HOUR_SECONDS);
      expect(turn()).toBeUndefined();
      const { releases } = await channels();
      if (releases.length === 1) expect(parameters()).toEqual(before);
      for (const account of [HOME.account, CONSUMER, OTHER])
        expect(named(account)).toEqual(releases[0]?.images);
    },
  );
});

describe('an account that joins', () => {
  const alone = { ...recipe, publish: { roles: [roleIn(CONSUMER)] } };
  const publish = { roles: [roleIn(CONSUMER), roleIn(OTHER)] };

  test('has no parameters after a failed release, and the others have the old version', async () => {
    const { run, parameters, released, redeploy, deny } = simulateConsumers(alone);
    await released();
    const before = parameters();
    const pipeline = redeploy({ publish });
    // The first write in the region is that of the version.
    deny(CONSUMER, 'eu-west-1');
    expect(await run(pipeline.start('plain').result)).toMatchObject({ status: 'FAILED', error: 'Denied' });
    expect(parameters()).toEqual(before);
    deny('', '');
    const images = await released(pipeline);
    expect([parameters()[`${OTHER} sa-east-1 ${candidate}`], images['sa-east-1']]).not.toContain(undefined);
  });

  test('keeps a channel from naming a release that it cannot launch, and a rollback leaves the account out', async () => {
    const share = { accounts: [CONSUMER] };
    const {
      world,
      run,
      ask,
      named: namedIn,
      released,
      parameters,
      redeploy,
    } = simulateConsumers({
      ...alone,
      share,
    });
    const first = await released();
    await ask('promote');
    await released();
    await ask('promote');
    const third = await released();
    const before = parameters();
    const pipeline = redeploy({ publish, share: recipe.share });
    const refused = await ask('promote', pipeline);
    expect(refused).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(refused.cause).toContain(
      `for the account ${OTHER}, the image ${third['eu-west-1']} in eu-west-1 is missing`,
    );
    expect(parameters()).toEqual(before);
    expect(await ask('rollback', pipeline)).toMatchObject({ status: 'SUCCEEDED' });
    for (const account of [HOME.account, CONSUMER]) expect(namedIn(account, stable)).toEqual(first);
    expect(namedIn(OTHER, stable)).toEqual({});
    // The next release gives the account access to the earlier ones.
    const fourth = await released(pipeline);
    expect(await ask('promote', pipeline)).toMatchObject({ status: 'SUCCEEDED' });
    const named = world.parameters.all().filter(({ account, name }) => account === OTHER && name === stable);
    expect(named.map(({ region, value }) => [region, value]).toSorted()).toEqual(
      Object.entries(fourth).toSorted(),
    );
    expect(await run(pipeline.moveChannel({ action: 'rollback', recipe: 'plain' }).result)).toMatchObject({
      status: 'SUCCEEDED',
    });
  });

  test('gets the parameters of an existing release with the share, all or none', async () => {
    const share = { accounts: [CONSUMER] };
    const { run, released, named, parameters, channels, redeploy, deny, turn } = simulateConsumers({
      ...alone,
      share,
    });
    const images = await released();
    const before = [parameters(), await channels()];
    const pipeline = redeploy({ publish, share: recipe.share });
    const distribute = () =>
      run(pipeline.distribute({ recipe: 'plain', distribute: { accounts: [OTHER] } }).result);
    deny(OTHER, 'eu-west-1');
    expect(await distribute()).toMatchObject({ status: 'FAILED', error: 'Denied' });
    expect([parameters(), await channels()]).toEqual(before);
    expect(turn()).toBeUndefined();
    deny('', '');
    expect(await distribute()).toMatchObject({ status: 'SUCCEEDED' });
    for (const account of [HOME.account, CONSUMER, OTHER]) expect(named(account)).toEqual(images);
    const after = parameters();
    expect(await distribute()).toMatchObject({ status: 'SUCCEEDED' });
    expect(parameters()).toEqual(after);
    expect((await channels()).releases[0]?.images).toEqual(images);
  });

  test.each([0.2, 1, 3])('has all parameters or none if the share is stopped after %s s', async (seconds) => {
    const { run, pass, released, named, redeploy, world } = simulateConsumers(alone, [], { triggers: true });
    const images = await released();
    const pipeline = redeploy({ publish });
    const execution = pipeline.distribute(
      { recipe: 'plain', distribute: { accounts: [OTHER] } },
      ({ type, state }) => {
        if (type === 'StateEntered' && state?.name === 'Publish') setTimeout(execution.stop, seconds * 1000);
      },
    );
    await run(execution.result);
    await pass(HOUR_SECONDS);
    const written = world.parameters.all().filter(({ account }) => account === OTHER).length;
    expect([0, 2 * regions.length]).toContain(written);
    for (const account of [HOME.account, CONSUMER]) expect(named(account)).toEqual(images);
  });
});

test('a further region of a release has the parameters in the consumer accounts, too, or nothing stays', async () => {
  const optional = { ...recipe, regions: ['us-east-1'], optionalRegions: ['eu-west-1'] };
  const { run, pipeline, released, named, parameters, channels, resources, deny } = simulateConsumers(
    optional,
    [{ image: 'fails', by: 'CopyImage', region: 'eu-west-1', times: 3 }],
  );
  await released();
  const before = [parameters(), await channels(), resources()];
  const distribute = () =>
    run(pipeline.distribute({ recipe: 'plain', distribute: { regions: ['eu-west-1'] } }).result);
  deny(OTHER, 'eu-west-1');
  expect(await distribute()).toMatchObject({ status: 'FAILED', error: 'Denied' });
  expect([parameters(), await channels(), resources()]).toEqual(before);
  deny('', '');
  expect(await distribute()).toMatchObject({ status: 'SUCCEEDED' });
  const { images } = (await channels()).releases[0] ?? {};
  for (const account of [HOME.account, CONSUMER, OTHER]) expect(named(account)).toEqual(images);
});

describe('Plan', () => {
  test('refuses before launch if a role cannot be assumed, with the policies to add', async () => {
    const { run, pipeline, resources } = simulateConsumers(recipe, [
      {
        call: 'AssumeRole',
        where: { RoleArn: roleIn(OTHER) },
        times: 'always',
        error: 'AccessDenied',
        message: 'User: … is not authorized to perform: sts:AssumeRole',
        status: 403,
      },
    ]);
    const { status, error, cause } = await run(pipeline.start('plain').result);
    expect([status, error]).toEqual(['FAILED', 'InvalidInput']);
    expect(cause).toContain(`the role ${roleIn(OTHER)} in publish.roles does not work`);
    expect(cause).toContain(`arn:aws:iam::${HOME.account}:role/golden-image-*`);
    expect(cause).toContain(`arn:aws:ssm:*:${OTHER}:parameter/golden-images/plain/*`);
    expect(cause).not.toContain(roleIn(CONSUMER));
    expect(resources()).toEqual([]);
  });

  test('refuses a region that the consumer account has not enabled, and a role of its own account', async () => {
    const own = { ...recipe, regions: ['us-east-1', 'ap-east-1'], share: { public: true } };
    const roles = [roleIn(HOME.account), roleIn(CONSUMER)];
    const { run, pipeline } = simulateConsumers({ ...own, publish: { roles } });
    // An account must enable this region. Only the account of the pipeline has done so.
    const { error, cause } = await run(pipeline.start('plain').result);
    expect(error).toBe('InvalidInput');
    expect(cause).toContain(
      `publish.roles names ${roleIn(HOME.account)}, a role of the account of the pipeline`,
    );
    expect(cause).toContain(`the role ${roleIn(CONSUMER)} in publish.roles does not work in ap-east-1 (`);
  });
});
