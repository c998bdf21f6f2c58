import type { LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import type { Fault } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { deploy } from '../../local/pipeline.ts';
import { plainRecipe, recipeFile } from '../simulated-build.ts';
import { simulateLeftovers } from '../simulated-leftovers.ts';

const [CONSUMER, OTHER] = ['111122223333', '444455556666'] as const;
const roleIn = (account: string) => `arn:aws:iam::${account}:role/golden-image-pointers`;
const candidate = '/golden-images/plain/candidate';
const REGION = 'eu-west-1';

/** The turn to move the channels of the recipe: the execution that has it; absent: none. */
const turnIn = ({ call, pipeline }: ReturnType<typeof simulateLeftovers>) => {
  const Key = { id: { S: 'channels#plain' } };
  const { Item } = call('dynamodb', 'GetItem', { TableName: pipeline.deps.settings.table, Key });
  return (Item as { moving?: { S: string } } | undefined)?.moving?.S;
};

/** A pipeline with two consumer accounts. `closed`: what the second account refuses, region by region. */
function simulateConsumers() {
  const recipe = {
    ...plainRecipe,
    share: { accounts: [CONSUMER, OTHER] },
    publish: { roles: [roleIn(CONSUMER), roleIn(OTHER)] },
  };
  const simulation = simulateLeftovers({ recipes: [recipeFile(recipe)], triggers: true });
  const { world } = simulation;
  const closed: { operation: string; region?: string }[] = [];
  world.authorize = ({ account, operation, region }) =>
    account === OTHER &&
    closed.some((one) => one.operation === operation && (one.region ?? region) === region)
      ? { action: `ssm:${operation}`, resource: '*' }
      : undefined;
  /** What the parameter of a channel names in each place. */
  const named = () =>
    world.parameters
      .all()
      .filter(({ name }) => name === candidate)
      .map(({ account, region, value }) => ({ account, region, value }));
  return { ...simulation, closed, named, turn: () => turnIn(simulation) };
}

describe('a failed publication of which a place cannot be read any more', () => {
  test('keeps the images that a consumer parameter may name, and removes them when the place is put back', async () => {
    const { world, run, pipeline, pass, cleanUp, resources, closed, named, turn } = simulateConsumers();
    expect((await run(pipeline.start('plain').result)).status).toBe('SUCCEEDED');
    const before = named();
    const execution = pipeline.start('plain', ({ type, state }) => {
      // The account accepts the parameters of the version, and the channel in its first region.
      const { publication } = (state?.output ?? {}) as { publication?: { phase?: string } };
      if (type === 'StateExited' && state?.name === 'Publish' && publication?.phase === 'versions')
        closed.push({ operation: 'PutParameter', region: REGION });
      if (type === 'StateEntered' && state?.name === 'CleanUp') closed.push({ operation: 'GetParameters' });
    });
    const { status, error, output } = await run(execution.result);
    expect([status, error]).toEqual(['FAILED', 'Denied']);
    const other = named().find(({ account, region }) => account === OTHER && region === 'us-east-1');
    expect(before).not.toContainEqual(other);
    expect(world.images.get(other?.value ?? '')?.state).toBe('available');
    expect(output).toBeUndefined();
    // Nobody but the owner can use the images of a failed build.
    const kept = world.images.all().filter(({ tags }) => tags['golden-image:execution'] === execution.name);
    expect(kept.map(({ launchPermissions }) => launchPermissions)).toEqual([[], []]);

    // As long as the place cannot be read, the scheduled clean-up says what remains, and why.
    await pass(7 * 3600);
    expect(world.images.get(other?.value ?? '')?.state).toBe('available');
    const report = await cleanUp();
    expect(report.status).toBe('FAILED');
    expect(report.cause).toContain(
      `image ${other?.value} in us-east-1 (us-east-1 of ${OTHER} could not be read`,
    );

    closed.length = 0;
    expect(await cleanUp()).toMatchObject({ status: 'SUCCEEDED' });
    expect(named()).toEqual(before);
    expect(resources(execution)).toEqual([]);
    expect(turn()).toBeUndefined();
  });

  test('keeps the image that a default launch template version may name', async () => {
    const faults: Fault[] = [];
    const simulation = simulateLeftovers({ recipes: [recipeFile(plainRecipe)], faults });
    const { world, run, call, cleanUp, resources } = simulation;
    const former = { ImageId: 'ami-0123456789abcdef0', InstanceType: 'm7i.large' };
    const input = { LaunchTemplateName: 'web', LaunchTemplateData: former };
    const { LaunchTemplate } = call('ec2', 'CreateLaunchTemplate', input, REGION);
    const { LaunchTemplateId: id = '' } = LaunchTemplate as { LaunchTemplateId?: string };
    const launchTemplates = [{ region: REGION, id, default: true }];
    const pipeline = deploy(world, [recipeFile({ ...plainRecipe, publish: { launchTemplates } })]);
    const deny = (operation: string, region: string) =>
      faults.push({ call: operation, region, error: 'UnauthorizedOperation', status: 403, times: 'always' });
    const defaultImage = () => {
      const { LaunchTemplateVersions } = call(
        'ec2',
        'DescribeLaunchTemplateVersions',
        { LaunchTemplateId: id },
        REGION,
      ) as { LaunchTemplateVersions: LaunchTemplateVersion[] };
      return LaunchTemplateVersions.find(({ DefaultVersion }) => DefaultVersion)?.LaunchTemplateData?.ImageId;
    };
    const execution = pipeline.start('plain', ({ type, state }) => {
      const { publication } = (state?.output ?? {}) as { publication?: { phase?: string } };
      if (type === 'StateExited' && state?.name === 'Published' && publication?.phase === 'channel')
        deny('GetParameters', 'us-east-1');
      if (type === 'StateEntered' && state?.name === 'CleanUp')
        deny('DescribeLaunchTemplateVersions', REGION);
    });
    expect(await run(execution.result)).toMatchObject({ status: 'FAILED', error: 'Denied' });
    faults.length = 0;
    const named = defaultImage() ?? '';
    expect(named).not.toBe(former.ImageId);
    expect(world.images.get(named)?.state).toBe('available');

    expect(await cleanUp({ executions: [{ execution: execution.name, marks: 'void' }] })).toMatchObject({
      status: 'SUCCEEDED',
    });
    expect(defaultImage()).toBe(former.ImageId);
    expect(resources(execution)).toEqual([]);
  });

  test('keeps the images while the table cannot be read, because a parameter may name them', async () => {
    const faults: Fault[] = [];
    const simulation = simulateLeftovers({ recipes: [recipeFile(plainRecipe)], faults });
    const { world, run, pipeline, cleanUp, resources } = simulation;
    const denied = { error: 'AccessDeniedException', message: 'No.', status: 400, times: 'always' } as const;
    const execution = pipeline.start('plain', ({ type, state }) => {
      const { publication } = (state?.output ?? {}) as { publication?: { phase?: string } };
      if (type === 'StateExited' && state?.name === 'Publish' && publication?.phase === 'channel')
        faults.push({ call: 'GetItem', ...denied });
    });
    expect((await run(execution.result)).status).toBe('FAILED');
    const named = world.parameters.all().filter(({ name }) => name === candidate);
    expect(named.map(({ value }) => world.images.get(value)?.state)).toEqual(['available', 'available']);
    faults.length = 0;
    expect(await cleanUp({ executions: [{ execution: execution.name, marks: 'void' }] })).toMatchObject({
      status: 'SUCCEEDED',
    });
    expect(world.parameters.all().filter(({ name }) => name === candidate)).toEqual([]);
    expect(resources(execution)).toEqual([]);
  });
});

describe('an execution that fails before its first write', () => {
  test('because a consumer account refuses it has no turn any more when its clean-up ends', async () => {
    const { run, pipeline, closed, turn, resources } = simulateConsumers();
    const execution = pipeline.start('plain', ({ type, state }) => {
      if (type === 'StateEntered' && state?.name === 'Publish') closed.push({ operation: 'GetParameters' });
    });
    expect(await run(execution.result)).toMatchObject({ status: 'FAILED', error: 'Denied' });
    expect([turn(), resources(execution)]).toEqual([undefined, []]);
  });

  test('and is stopped has no turn any more when it is cleaned up', async () => {
    const { call, pipeline, run, pass, turn } = simulateConsumers();
    const execution = pipeline.start('plain', ({ type, state }) => {
      if (type === 'StateEntered' && state?.name === 'Publish') execution.stop();
    });
    await run(execution.result);
    // The function had taken the turn when its execution was stopped.
    call('dynamodb', 'UpdateItem', {
      TableName: pipeline.deps.settings.table,
      Key: { id: { S: 'channels#plain' } },
      UpdateExpression: 'SET #moving = :me, #until = :until',
      ExpressionAttributeNames: { '#moving': 'moving', '#until': 'until' },
      ExpressionAttributeValues: {
        ':me': { S: execution.name },
        ':until': { S: '2027-01-01T00:00:00.000Z' },
      },
    });
    await pass(1800);
    expect(turn()).toBeUndefined();
  });

  test('and was forgotten is reported by the scheduled clean-up once, and then no longer', async () => {
    const { call, pipeline, cleanUp, pass, turn } = simulateConsumers();
    call('dynamodb', 'PutItem', {
      TableName: pipeline.deps.settings.table,
      Item: {
        id: { S: 'channels#plain' },
        moving: { S: 'forgotten' },
        until: { S: '2026-11-22T03:00:00.000Z' },
        died: { S: '[]' },
      },
    });
    await pass(60);
    expect((await cleanUp()).output?.found).toContain('forgotten: did not finish moving a channel of plain');
    expect(turn()).toBeUndefined();
    expect((await cleanUp()).output?.found).toBe('No leftovers found.');
  });

  test('because the account of a role refuses it lets the next move begin at once', async () => {
    const { run, pipeline, closed, turn } = simulateConsumers();
    expect((await run(pipeline.start('plain').result)).status).toBe('SUCCEEDED');
    const held: unknown[] = [];
    closed.push({ operation: 'GetParameters' });
    const execution = pipeline.moveChannel({ action: 'promote', recipe: 'plain' });
    execution.listen(({ type, state }) => {
      if (type === 'StateEntered' && state?.name === 'CleanUp') held.push(turn());
    });
    expect(await run(execution.result)).toMatchObject({ status: 'FAILED', error: 'Denied' });
    expect(held[0]).toBeUndefined();
  });
});
