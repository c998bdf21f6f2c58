import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Fault } from 'embedded-aws';
import { describe, expect, it } from 'vitest';
import type { CopyVerdicts, PendingCopyVerdicts } from '../../shared/build/execution-document.ts';
import { failureOf, plainRecipe, simulateBuild } from '../simulated-build.ts';

const recipe = {
  ...plainRecipe,
  regions: ['us-east-1', 'eu-west-1', 'us-west-2', 'ap-south-1'],
  test: { regions: ['us-east-1', 'eu-west-1', 'us-west-2'] },
};

/** A build up to its copies, and the testers outside the region of the build. */
async function copied(options: { faults?: Fault[] } = {}) {
  const build = simulateBuild({ recipe, ...options });
  await build.through('createImage');
  await build.finish('copyImages');
  const testers = () => build.world.instances.all().filter(({ region }) => region !== 'us-east-1');
  /** Invokes the step until the copy in eu-west-1 reaches this phase. */
  const reach = async (phase: string): Promise<PendingCopyVerdicts> => {
    for (;;) {
      const answer = await build.invoke<PendingCopyVerdicts | CopyVerdicts>('testCopies');
      if (answer.status === 'ready') throw new Error(`it is ready before it reached ${phase}`);
      if (answer.regions.some((one) => one.region === 'eu-west-1' && one.phase === phase)) return answer;
      await build.pass(answer.waitSeconds);
    }
  };
  return { ...build, testers, reach };
}

describe('TestCopies', () => {
  it('boots each copy in its region, without a command, and ends the testers', async () => {
    const build = await copied();
    const { copies } = build.document as { copies: { regions: { region: string; imageId: string }[] } };
    const imageIn = (region: string) => copies.regions.find((one) => one.region === region)?.imageId;
    const commands = build.world.commands.all().length;
    expect(await build.finish('testCopies')).toEqual({
      status: 'ready',
      regions: ['eu-west-1', 'us-west-2'].map((region) => ({
        region,
        imageId: imageIn(region),
        phase: 'passed',
      })),
    });
    const testers = build.testers();
    expect(testers.map(({ region, imageId }) => [region, imageId]).toSorted()).toEqual([
      ['eu-west-1', imageIn('eu-west-1')],
      ['us-west-2', imageIn('us-west-2')],
    ]);
    for (const { state, tags } of testers) {
      expect(state).toMatch(/shutting-down|terminated/);
      expect(tags).toMatchObject({
        'golden-image:role': 'tester',
        'golden-image:execution': build.execution,
        'golden-image:home': 'us-east-1',
      });
    }
    expect(build.world.commands.all()).toHaveLength(commands);
  });

  it('launches in the default network of the region', async () => {
    const build = await copied();
    await build.reach('boot');
    for (const { vpcId, subnetId, securityGroupIds } of build.testers()) {
      expect(build.world.subnets.get(subnetId)?.defaultForAz).toBe(true);
      const groups = securityGroupIds.map((id) => build.world.securityGroups.get(id));
      expect(groups).toMatchObject([{ name: 'default', vpcId }]);
    }
  });

  it('tries the next type and subnet where EC2 has no capacity', async () => {
    const none = {
      call: 'RunInstances',
      region: 'eu-west-1',
      error: 'InsufficientInstanceCapacity',
    } as const;
    const build = await copied({ faults: [{ ...none, status: 500, times: 4 }] });
    await build.finish('testCopies');
    const types = build.testers().map(({ region, instanceType }) => [region, instanceType]);
    expect(types.toSorted()).toEqual([
      ['eu-west-1', 'm6i.large'],
      ['us-west-2', 'm7i.large'],
    ]);
  });

  it('fails when the copy in one region does not reach Systems Manager', async () => {
    const build = await copied({ faults: [{ agent: 'silent', region: 'us-west-2' }] });
    const { name, message } = await failureOf(build.finish('testCopies'));
    expect(name).toBe('DeadlinePassed');
    expect(message).toMatch(
      /waiting 40 min for the tester i-\w+ of ami-\w+ in us-west-2 to boot and reach Systems Manager \(from the default VPC\); AWS last said: the agent is not registered/,
    );
  });

  it('fails at once when someone terminates a tester', async () => {
    const build = await copied();
    await build.reach('boot');
    const [tester] = build.testers();
    const client = build.pipeline.deps.ec2(tester?.region ?? '');
    await build.run(client.send(new TerminateInstancesCommand({ InstanceIds: [tester?.id ?? ''] })));
    const { name, message } = await failureOf(build.finish('testCopies'));
    expect(name).toBe('BuildFailed');
    expect(message).toContain(`The tester ${tester?.id} of the image ${tester?.imageId}`);
  });

  it('leaves a tester that EC2 does not terminate to clean-up', async () => {
    const refused = { call: 'TerminateInstances', region: 'eu-west-1', error: 'UnauthorizedOperation' };
    const build = await copied({ faults: [{ ...refused, times: 'always' }] });
    expect(await build.finish('testCopies')).toMatchObject({ status: 'ready' });
    const states = build.testers().map(({ region, state }) => [region, state]);
    expect(states).toContainEqual(['eu-west-1', 'running']);
  });

  it.each(['launch', 'boot', 'end'])(
    'creates nothing twice when the answer of the phase %s is lost',
    async (phase) => {
      const build = await copied();
      await build.reach(phase);
      if (phase !== 'end') delete build.document.copyVerdicts;
      const before = structuredClone(build.document);
      await build.invoke('testCopies');
      build.document.copyVerdicts = before.copyVerdicts;
      await build.pass(60);
      expect(await build.finish('testCopies')).toMatchObject({ status: 'ready' });
      expect(build.testers()).toHaveLength(2);
    },
  );

  it.each([
    ['RunInstances', 'UnauthorizedOperation', 'Denied'],
    ['DescribeInstanceStatus', 'RequestLimitExceeded', 'Throttled'],
  ])('reports a refusal of %s with %s as %s', async (call, error, expected) => {
    const build = await copied({ faults: [{ call, region: 'eu-west-1', error, times: 'always' }] });
    expect((await failureOf(build.finish('testCopies'))).name).toBe(expected);
  });

  it('refuses a document in which a region has no copy', async () => {
    const build = await copied();
    build.document.copies = { status: 'ready', regions: [] };
    expect(await failureOf(build.invoke('testCopies'))).toEqual({
      name: 'Defect',
      message: 'There is no copy in eu-west-1 to test',
    });
  });
});
