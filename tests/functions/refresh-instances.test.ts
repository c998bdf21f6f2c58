import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  DescribeInstanceRefreshesCommand,
  StartInstanceRefreshCommand,
} from '@aws-sdk/client-auto-scaling';
import { CreateLaunchTemplateCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { answerFrom, type Fault, services } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import { HOME } from '../../local/pipeline.ts';
import { endTurn, takeTurn } from '../../shared/aws/channels-table.ts';
import { withMove } from '../../shared/build/channels.ts';
import type { InstanceRefreshes } from '../../shared/build/execution-document.ts';
import { failureOf, plainRecipe, type SimulatedBuild, simulateBuild } from '../simulated-build.ts';

const refreshed = (instanceRefresh: object[]) => ({
  ...plainRecipe,
  publish: { instanceRefresh },
});
const web = { region: 'us-east-1', autoScalingGroup: 'web' };

/** A published release, and groups whose template names the parameter of the channel. */
async function simulateGroups(instanceRefresh: object[] = [web], faults: Fault[] = []) {
  const build = simulateBuild({ recipe: refreshed(instanceRefresh), faults });
  await build.through('publish');
  const { run, world, pass } = build;
  const clientsIn = (region: string) => {
    const [ec2, autoScaling] = [new EC2Client({ region }), new AutoScalingClient({ region })];
    for (const client of [ec2, autoScaling]) answerFrom(world, services, client as never, HOME.account);
    return { ec2, autoScaling };
  };
  const create = async ({ region, autoScalingGroup }: { region: string; autoScalingGroup: string }) => {
    const { ec2, autoScaling } = clientsIn(region);
    const { Subnets = [] } = await run(ec2.send(new DescribeSubnetsCommand({})));
    await run(
      ec2.send(
        new CreateLaunchTemplateCommand({
          LaunchTemplateName: autoScalingGroup,
          LaunchTemplateData: {
            ImageId: 'resolve:ssm:/golden-images/plain/candidate',
            InstanceType: 'm7i.large',
          },
        }),
      ),
    );
    await pass(60);
    await run(
      autoScaling.send(
        new CreateAutoScalingGroupCommand({
          AutoScalingGroupName: autoScalingGroup,
          LaunchTemplate: { LaunchTemplateName: autoScalingGroup, Version: '$Latest' },
          MinSize: 2,
          MaxSize: 2,
          VPCZoneIdentifier: Subnets[0]?.SubnetId,
        }),
      ),
    );
    await pass(120);
  };
  return {
    ...build,
    create,
    start: (AutoScalingGroupName = 'web') =>
      run(clientsIn('us-east-1').autoScaling.send(new StartInstanceRefreshCommand({ AutoScalingGroupName }))),
    refreshes: async (region = 'us-east-1', AutoScalingGroupName = 'web') => {
      const { autoScaling } = clientsIn(region);
      const answer = await run(
        autoScaling.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName })),
      );
      return answer.InstanceRefreshes ?? [];
    },
  };
}

/** Moves the channel away and back, as other executions do, so that it names the release since now. */
async function moveAgain({ run, pipeline, world }: SimulatedBuild): Promise<void> {
  const { dynamodb, settings } = pipeline.deps;
  const table = { dynamodb, table: settings.table };
  const now = new Date(world.now());
  const turn = await run(takeTurn(table, 'plain', 'other', now));
  if ('heldBy' in turn) throw new Error(turn.heldBy);
  const mover = { at: now.toISOString(), execution: 'other', by: 'a person' };
  const version = turn.channels.channels.candidate?.version ?? '';
  const away = withMove(turn.channels, 'candidate', '20200101-000000-aaaaaa', 'promoted', mover);
  await run(endTurn(table, 'plain', 'other', withMove(away, 'candidate', version, 'promoted', mover)));
}

describe('RefreshInstances', () => {
  it('starts an instance refresh of each group that follows the channel, with its preferences', async () => {
    const far = { region: 'eu-west-1', autoScalingGroup: 'api', minHealthyPercentage: 50 };
    const simulated = await simulateGroups([
      web,
      far,
      { ...web, autoScalingGroup: 'later', channel: 'stable' },
    ]);
    const { create, finish, refreshes } = simulated;
    for (const group of [web, far]) await create(group);
    const { started, warnings } = await finish<InstanceRefreshes>('refreshInstances');
    const [one] = await refreshes();
    const [other] = await refreshes('eu-west-1', 'api');
    expect(started).toEqual([
      { ...web, instanceRefreshId: one?.InstanceRefreshId },
      { region: 'eu-west-1', autoScalingGroup: 'api', instanceRefreshId: other?.InstanceRefreshId },
    ]);
    expect(one?.Preferences?.MinHealthyPercentage).toBe(90);
    expect(other?.Preferences?.MinHealthyPercentage).toBe(50);
    expect(warnings).toBeUndefined();
  });

  it('starts none in a region in which a rollback left out a launch template', async () => {
    const { create, run, pipeline, refreshes } = await simulateGroups([web]);
    await create(web);
    const document = {
      recipe: 'plain',
      move: { channel: 'candidate', leftOutTemplates: [{ region: 'us-east-1', id: 'lt-0123456789abcdef0' }] },
    };
    const event = { execution: 'move', startTime: '2026-11-22T03:00:00Z', document };
    const answer = (await run(pipeline.invoke('refreshInstances', event))) as InstanceRefreshes;
    expect(answer.started).toEqual([]);
    expect(answer.warnings).toEqual([
      expect.stringContaining('a launch template in the region was not rolled back'),
    ]);
    expect(await refreshes()).toEqual([]);
  });

  it('starts no second one when it is repeated, while the first is pending, in progress, or has ended', async () => {
    const { create, finish, refreshes, pass } = await simulateGroups();
    await create(web);
    const first = await finish('refreshInstances');
    expect(await finish('refreshInstances')).toEqual(first);
    for (const seconds of [300, 6000]) {
      await pass(seconds);
      expect(await finish('refreshInstances')).toEqual(first);
    }
    expect(await refreshes()).toHaveLength(1);
  });

  it('starts another one when the first has failed', async () => {
    const fault: Fault = {
      call: 'RunInstances',
      where: { LaunchTemplate: { Version: '$Latest' } },
      skip: 2,
      error: 'InsufficientInstanceCapacity',
      status: 500,
    };
    const { create, finish, refreshes, pass } = await simulateGroups([web], [fault]);
    await create(web);
    await finish('refreshInstances');
    await pass(3000);
    expect((await refreshes()).map(({ Status }) => Status)).toEqual(['Failed']);
    await finish('refreshInstances');
    expect((await refreshes()).map(({ Status }) => Status)).toEqual(['Pending', 'Failed']);
  });

  it('reports a group whose instance refresh began before the channel moved, and does not cancel it', async () => {
    const simulated = await simulateGroups();
    const { create, start, finish, refreshes, pass } = simulated;
    await create(web);
    await start();
    await pass(200);
    // The channel has moved since then.
    await moveAgain(simulated);
    const { started, warnings } = await finish<InstanceRefreshes>('refreshInstances');
    expect(started).toEqual([]);
    expect(warnings?.[0]).toMatch(
      /^the Auto Scaling group web in us-east-1 was not refreshed: its instance refresh \S+ began before the channel named the image and is InProgress/,
    );
    expect((await refreshes()).map(({ Status }) => Status)).toEqual(['InProgress']);
  });

  it.each<[string, Partial<Fault>, RegExp]>([
    ['a call that is denied', { error: 'AccessDenied', status: 403 }, /AccessDenied/],
    [
      'an instance refresh that somebody else starts at the same time',
      { error: 'InstanceRefreshInProgress' },
      /InProgress/,
    ],
  ])('reports %s', async (_, fault, reason) => {
    const faults = [{ call: 'StartInstanceRefresh', status: 400, ...fault } as Fault];
    const { create, finish } = await simulateGroups([web], faults);
    await create(web);
    const { started, warnings } = await finish<InstanceRefreshes>('refreshInstances');
    expect(started).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(reason)]);
  });

  it('reports a group that does not exist, and refreshes the others', async () => {
    const { create, finish } = await simulateGroups([{ ...web, autoScalingGroup: 'none' }, web]);
    await create(web);
    const { started, warnings } = await finish<InstanceRefreshes>('refreshInstances');
    expect(started).toMatchObject([web]);
    expect(warnings).toEqual([
      expect.stringContaining('the Auto Scaling group none in us-east-1 was not refreshed: autoscaling:'),
    ]);
  });

  it('refreshes nothing if the build has entered no channel', async () => {
    const { create, finish, refreshes, document } = await simulateGroups();
    await create(web);
    document.publication = { status: 'ready', parameter: '/a', reason: 'superseded' };
    expect(await finish('refreshInstances')).toEqual({ status: 'ready', started: [] });
    expect(await refreshes()).toEqual([]);
  });

  it('leaves a fault of AWS to the retries of the machine', async () => {
    const fault: Fault = { call: 'StartInstanceRefresh', error: 'InternalFailure', status: 500, times: 5 };
    const { create, invoke, finish, refreshes } = await simulateGroups([web], [fault]);
    await create(web);
    expect((await failureOf(invoke('refreshInstances'))).name).toBe('Transient');
    await finish('refreshInstances');
    expect(await refreshes()).toHaveLength(1);
  });
});
