import { perform, publishBaseImage } from 'embedded-aws';
import { describe, expect, test } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import type { BuildRequest, Decision } from '../../shared/build/execution-document.ts';
import { plainRecipe, recipeFile, type Simulation, simulate, type TestRecipe } from '../simulated-build.ts';

const DAY = 86_400;
const OTHER = '444455556666';

/** Only in the home region and not shared, so that the bake is short. */
const small = { ...plainRecipe, regions: ['us-east-1'], share: {} };
const al2023 = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64';

/** A deployment with its triggers. */
function deployed(recipes: TestRecipe[], at = new Date('2026-11-20T03:00:00Z'), seed = 7) {
  const simulation = simulate({ recipes: recipes.map(recipeFile), triggers: true, at, seed });
  const { pipeline, world } = simulation;
  const call = (service: string, operation: string, input: object, account: string = HOME.account) =>
    perform(pipeline.services, world, {
      service,
      operation,
      input: input as Record<string, unknown>,
      account,
      region: HOME.region,
    });
  return { ...simulation, call };
}

interface Build {
  readonly recipe: string;
  readonly startedAt: string;
  readonly status: string;
  readonly trigger: NonNullable<BuildRequest['trigger']> | undefined;
  readonly decision: Decision | undefined;
}

/** All executions of the bake machine so far, in the order of their start. */
function buildsOf({ world }: Simulation): Build[] {
  return world.executions
    .all()
    .filter(({ stateMachineArn }) => stateMachineArn.endsWith(':golden-image-bake'))
    .toSorted((a, b) => a.startDate - b.startDate)
    .map(({ input, output, startDate, status }) => {
      const { recipe, trigger } = JSON.parse(input) as { recipe: string; trigger?: Build['trigger'] };
      return {
        recipe,
        startedAt: new Date(startDate).toISOString(),
        status,
        trigger,
        decision: output === undefined ? undefined : (JSON.parse(output) as { decision: Decision }).decision,
      };
    });
}

/** The builds that created an image, and why they were started. */
const madeBy = (simulation: Simulation) =>
  buildsOf(simulation).flatMap(({ recipe, trigger, decision, status }) =>
    decision?.verdict === 'build' && status === 'SUCCEEDED' ? [`${recipe}: ${trigger?.type}`] : [],
  );

describe('three weeks of schedules', () => {
  // The clocks go back in Berlin on 25 October, in New York on 1 November.
  const recipes = [
    { ...small, name: 'berlin', schedule: { cron: '0 3 ? * SUN *', timezone: 'Europe/Berlin' } },
    { ...small, name: 'berlin-twice-shown', schedule: { cron: '30 2 ? * SUN *', timezone: 'Europe/Berlin' } },
    { ...small, name: 'new-york', schedule: { cron: '30 1 ? * SUN *', timezone: 'America/New_York' } },
    { ...small, name: 'rate', schedule: { rate: '7 days' } },
    { ...small, name: 'never' },
  ];

  test('fire at the right times and start one build each, across the end of daylight saving time', async () => {
    const simulation = deployed(recipes, new Date('2026-10-15T00:00:00Z'));
    await simulation.pass(21 * DAY);
    const all = buildsOf(simulation);
    const builds = all.filter(({ decision }) => decision?.verdict === 'build');
    const timesOf = (name: string) =>
      builds.flatMap(({ recipe, startedAt }) => (recipe === name ? [startedAt.slice(0, 16)] : []));

    expect(timesOf('berlin')).toEqual(['2026-10-18T01:00', '2026-10-25T02:00', '2026-11-01T02:00']);
    expect(timesOf('berlin-twice-shown')).toEqual([
      '2026-10-18T00:30',
      '2026-10-25T00:30',
      '2026-11-01T01:30',
    ]);
    expect(timesOf('new-york')).toEqual(['2026-10-18T05:30', '2026-10-25T05:30', '2026-11-01T05:30']);
    expect(timesOf('rate')).toEqual(['2026-10-15T00:00', '2026-10-22T00:00', '2026-10-29T00:00']);
    expect(timesOf('never')).toEqual([]);
    expect(builds.map(({ status }) => status)).toEqual(builds.map(() => 'SUCCEEDED'));
    // All other executions are second deliveries of the same schedule time.
    const others = all.filter((build) => !builds.includes(build));
    expect(others.map(({ decision }) => decision?.rule)).toEqual(others.map(() => 'same-trigger'));
  });

  test('fire at the right times across the start of daylight saving time', async () => {
    // An hour is skipped: in Berlin on 28 March at two, in New York on 14 March at two.
    const skipped = { cron: '30 2 ? * SUN *', timezone: 'Europe/Berlin' };
    const simulation = deployed(
      [
        { ...small, name: 'skipped', schedule: skipped },
        { ...small, name: 'new-york', schedule: { cron: '0 4 ? * SUN *', timezone: 'America/New_York' } },
      ],
      new Date('2027-03-10T00:00:00Z'),
    );
    await simulation.pass(21 * DAY);
    const times = (name: string) =>
      buildsOf(simulation).flatMap(({ recipe, decision, startedAt }) =>
        recipe === name && decision?.verdict === 'build' ? [startedAt.slice(0, 16)] : [],
      );
    expect(times('skipped')).toEqual(['2027-03-14T01:30', '2027-03-21T01:30']);
    expect(times('new-york')).toEqual(['2027-03-14T08:00', '2027-03-21T08:00', '2027-03-28T08:00']);
  });
});

describe('each kind of event starts exactly one build, and the images of this build start none', () => {
  const quiet = 2 * 3600;

  test('an image of this account that becomes available', async () => {
    const base = { filter: { name: 'team-base-*', owner: 'self' } };
    const simulation = deployed([{ ...small, base, rebuildOnNewBase: true }]);
    const { call, pass } = simulation;
    await makeBase(simulation, HOME.account, 'team-base-1');
    await pass(quiet);
    expect(madeBy(simulation)).toEqual(['plain: image']);
    expect(buildsOf(simulation)).toHaveLength(1);
    const { Images } = call('ec2', 'DescribeImages', { Owners: ['self'] });
    expect(Images).toHaveLength(2);
  });

  test('an image of another recipe, found by the watcher; its own event starts nothing', async () => {
    const base = { filter: { name: 'team-*', owner: 'self' } };
    const simulation = deployed([
      { ...small, name: 'team' },
      { ...small, base, rebuildOnNewBase: true },
    ]);
    const { call, pass } = simulation;
    await pass(quiet);
    request(call, 'team', 'a first image');
    await pass(2 * quiet);
    expect(madeBy(simulation)).toEqual(['team: custom', 'plain: base']);
    expect(buildsOf(simulation)).toHaveLength(2);
  });

  test('an image of another account that forwards its events', async () => {
    const base = { filter: { name: 'team-base-*', owner: OTHER } };
    const simulation = deployed([{ ...small, base, rebuildOnNewBase: true }]);
    const { call, pass } = simulation;
    const bus = `arn:aws:events:${HOME.region}:${HOME.account}:event-bus/default`;
    call('eventbridge', 'PutPermission', {
      StatementId: 'forwarding',
      Principal: OTHER,
      Action: 'events:PutEvents',
    });
    const EventPattern = JSON.stringify({ 'detail-type': ['EC2 AMI State Change'] });
    call('eventbridge', 'PutRule', { Name: 'forward', EventPattern }, OTHER);
    const target = { Id: 'pipeline', Arn: bus, RoleArn: `arn:aws:iam::${OTHER}:role/forward` };
    call('eventbridge', 'PutTargets', { Rule: 'forward', Targets: [target] }, OTHER);
    await pass(60);
    const ImageId = await makeBase(simulation, OTHER, 'team-base-1');
    const LaunchPermission = { Add: [{ UserId: HOME.account }] };
    call('ec2', 'ModifyImageAttribute', { ImageId, Attribute: 'launchPermission', LaunchPermission }, OTHER);
    await pass(quiet);
    // The event or the watcher may be first.
    expect(madeBy(simulation)).toEqual([expect.stringMatching(/^plain: (image|base)$/)]);
  });

  test('a public image of Amazon Linux, announced by its topic', async () => {
    const simulation = deployed([{ ...small, rebuildOnNewBase: true }]);
    const { pass, world } = simulation;
    await pass(quiet);
    expect(buildsOf(simulation)).toEqual([]);
    publishBaseImage(world, { os: 'amazon-linux-2023' });
    await pass(300);
    // The watcher's next scheduled run would be up to an hour later.
    expect(buildsOf(simulation)).toHaveLength(1);
    await pass(quiet);
    expect(madeBy(simulation)).toEqual(['plain: base']);
    expect(buildsOf(simulation)).toHaveLength(1);
  });

  test('a public image without an announcement', async () => {
    const base = { filter: { name: 'debian-12-amd64-*', owner: '136693071363' } };
    const build = { instanceTypes: ['m7i.large'], ssmAgent: 'install' };
    const simulation = deployed([{ ...small, base, build, rebuildOnNewBase: true }]);
    const { pass, world } = simulation;
    await pass(quiet);
    publishBaseImage(world, { os: 'debian-12' });
    await pass(2 * quiet);
    expect(madeBy(simulation)).toEqual(['plain: base']);
    expect(buildsOf(simulation)[0]?.trigger?.reason).toMatch(/^the base changed from ami-\w+ to ami-\w+$/);
  });

  test('an SSM parameter that changes', async () => {
    const simulation = deployed([{ ...small, base: { ssmParameter: '/team/base' }, rebuildOnNewBase: true }]);
    const { call, pass } = simulation;
    const { Parameter } = call('ssm', 'GetParameter', { Name: al2023 }) as { Parameter: { Value: string } };
    await pass(60);
    call('ssm', 'PutParameter', { Name: '/team/base', Type: 'String', Value: Parameter.Value });
    call('ssm', 'PutParameter', { Name: '/team/other', Type: 'String', Value: Parameter.Value });
    await pass(quiet);
    expect(madeBy(simulation)).toEqual(['plain: parameter']);
    expect(buildsOf(simulation)).toHaveLength(1);
  });

  test('a request event, for a recipe without other triggers', async () => {
    const simulation = deployed([small]);
    const { call, pass } = simulation;
    await pass(60);
    request(call, 'plain', 'CVE-2026-1234');
    await pass(quiet);
    expect(madeBy(simulation)).toEqual(['plain: custom']);
    expect(buildsOf(simulation)[0]?.trigger?.reason).toBe('CVE-2026-1234');
  });

  test('a flood of events within minutes is one build', async () => {
    const simulation = deployed([small, { ...small, name: 'other' }]);
    const { call, pass } = simulation;
    for (let turn = 0; turn < 20; turn++) {
      request(call, 'plain', `turn ${turn}`);
      if (turn % 5 === 0) request(call, 'other', `turn ${turn}`);
      await pass(10);
    }
    await pass(quiet);
    expect(madeBy(simulation).toSorted()).toEqual(['other: custom', 'plain: custom']);
    expect(buildsOf(simulation)).toHaveLength(2);
  });

  /** The undeliverable events. */
  const deadLetters = ({ call }: Pick<ReturnType<typeof deployed>, 'call'>): { Body: string }[] => {
    const { QueueUrl } = call('sqs', 'GetQueueUrl', { QueueName: 'golden-image-dead-letters' });
    const { Messages = [] } = call('sqs', 'ReceiveMessage', { QueueUrl });
    return Messages as { Body: string }[];
  };

  test('an image that is removed before its event is handled starts nothing, and no dead letter', async () => {
    const base = { filter: { name: 'team-base-*', owner: 'self' } };
    const simulation = deployed([{ ...small, base, rebuildOnNewBase: true }]);
    const { call, pass, world } = simulation;
    await pass(60);
    const { Parameter } = call('ssm', 'GetParameter', { Name: al2023 }) as { Parameter: { Value: string } };
    const copy = { Name: 'team-base-1', SourceImageId: Parameter.Value, SourceRegion: HOME.region };
    const { ImageId } = call('ec2', 'CopyImage', copy);
    while (world.images.get(String(ImageId))?.state !== 'available') await pass(1);
    call('ec2', 'DeregisterImage', { ImageId });
    await pass(quiet);
    expect(deadLetters(simulation)).toEqual([]);
    expect(buildsOf(simulation).filter(({ status }) => status !== 'SUCCEEDED')).toEqual([]);
    expect(madeBy(simulation)).toEqual([]);
  });

  test('a parameter that is deleted before its build decides causes no failure', async () => {
    const simulation = deployed([{ ...small, base: { ssmParameter: '/team/base' }, rebuildOnNewBase: true }]);
    const { call, pass } = simulation;
    const { Parameter } = call('ssm', 'GetParameter', { Name: al2023 }) as { Parameter: { Value: string } };
    await pass(60);
    call('ssm', 'PutParameter', { Name: '/team/base', Type: 'String', Value: Parameter.Value });
    await pass(120);
    expect(buildsOf(simulation)).toMatchObject([{ status: 'RUNNING' }]);
    call('ssm', 'DeleteParameter', { Name: '/team/base' });
    await pass(quiet);
    expect(buildsOf(simulation)).toMatchObject([{ status: 'SUCCEEDED', decision: { rule: 'no-base' } }]);
    expect(deadLetters(simulation)).toEqual([]);
  });

  test('an event that no recipe matches goes to the dead-letter queue', async () => {
    const simulation = deployed([small]);
    const { call, pass } = simulation;
    await pass(60);
    request(call, 'nothing', 'a mistake');
    await pass(quiet);
    const letters = deadLetters(simulation);
    expect(letters).toHaveLength(1);
    expect(letters[0]?.Body).toContain('a mistake');
  });
});

type Call = ReturnType<typeof deployed>['call'];

function request(call: Call, recipe: string, reason: string): void {
  const Detail = JSON.stringify({ recipe, reason });
  const entry = { Source: 'security', DetailType: 'Golden Image Build Requested', Detail };
  call('eventbridge', 'PutEvents', { Entries: [entry] });
}

/** Creates an image in an account, as a team would: a copy of Amazon Linux. */
async function makeBase({ pass, call }: Simulation & { call: Call }, account: string, Name: string) {
  const { Parameter } = call('ssm', 'GetParameter', { Name: al2023 }, account) as {
    Parameter: { Value: string };
  };
  // A rule is in force after some seconds, a copy available after some minutes.
  await pass(60);
  const copy = { Name, SourceImageId: Parameter.Value, SourceRegion: HOME.region };
  const { ImageId } = call('ec2', 'CopyImage', copy, account);
  await pass(1800);
  return String(ImageId);
}
