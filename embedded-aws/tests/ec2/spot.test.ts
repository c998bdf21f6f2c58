import {
  CreateLaunchTemplateCommand,
  DescribeInstancesCommand,
  type InstanceMarketOptionsRequest,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StartInstancesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { refusal, simulateEc2 } from '../simulated-ec2.ts';

const spot: InstanceMarketOptionsRequest = { MarketType: 'spot' };

function spotMarket() {
  const simulated = simulateEc2();
  const { client, run, launch } = simulated;
  return {
    ...simulated,
    launched: async (changes: Partial<RunInstancesCommandInput>) => {
      const { Instances } = await run(client().send(new RunInstancesCommand(launch(changes))));
      return Instances?.[0];
    },
    found: async (Name: string, value: string) => {
      const Filters = [{ Name, Values: [value] }];
      const { Reservations = [] } = await run(client().send(new DescribeInstancesCommand({ Filters })));
      return Reservations.flatMap(({ Instances = [] }) => Instances);
    },
  };
}

describe('Spot Instances', () => {
  test('are launched, and show their request', async () => {
    const { launched, found, world, pass } = spotMarket();
    await launched({});
    const instance = await launched({
      InstanceMarketOptions: { ...spot, SpotOptions: { MaxPrice: '0.08', SpotInstanceType: 'one-time' } },
      TagSpecifications: [{ ResourceType: 'spot-instances-request', Tags: [{ Key: 'team', Value: 'os' }] }],
    });
    const { InstanceId = '', SpotInstanceRequestId = '' } = instance ?? {};
    expect(instance).toMatchObject({
      InstanceLifecycle: 'spot',
      SpotInstanceRequestId: expect.stringMatching(/^sir-[0-9a-z]{8}$/),
    });
    expect(world.instances.get(InstanceId)?.spotRequest).toEqual({
      id: SpotInstanceRequestId,
      type: 'one-time',
      interruption: 'terminate',
      maxPrice: '0.08',
      tags: { team: 'os' },
    });
    await pass(130);
    expect(await found('instance-lifecycle', 'spot')).toMatchObject([
      { InstanceId, InstanceLifecycle: 'spot' },
    ]);
    expect(await found('spot-instance-request-id', SpotInstanceRequestId)).toMatchObject([{ InstanceId }]);
  });

  test('can come from launch templates', async () => {
    const { launched, client, run } = spotMarket();
    const LaunchTemplateData = { InstanceMarketOptions: spot };
    await run(
      client().send(new CreateLaunchTemplateCommand({ LaunchTemplateName: 'cheap', LaunchTemplateData })),
    );
    const LaunchTemplate = { LaunchTemplateName: 'cheap' };
    expect(await launched({ LaunchTemplate })).toMatchObject({ InstanceLifecycle: 'spot' });
    const onDemand = { InstanceMarketOptions: { MarketType: 'on-demand' } } as const;
    expect((await launched({ LaunchTemplate, ...onDemand }))?.InstanceLifecycle).toBeUndefined();
  });

  test('of persistent requests can stop and start, others cannot', async () => {
    const { launched, client, run, pass, world } = spotMarket();
    const ValidUntil = new Date('2027-01-01T00:00:00Z');
    const lasting = await launched({
      InstanceMarketOptions: {
        ...spot,
        SpotOptions: { SpotInstanceType: 'persistent', InstanceInterruptionBehavior: 'stop', ValidUntil },
      },
    });
    const once = await launched({ InstanceMarketOptions: spot });
    await pass(130);
    const InstanceIds = [once?.InstanceId ?? ''];
    const stop = (ids: string[]) => run(client().send(new StopInstancesCommand({ InstanceIds: ids })));
    expect(await refusal(stop(InstanceIds))).toMatchObject({
      code: 'UnsupportedOperation',
      message: `You can't stop the Spot Instance '${InstanceIds[0]}' because it is associated with a one-time Spot Instance request. You can only stop Spot Instances associated with persistent Spot Instance requests.`,
    });
    const id = lasting?.InstanceId ?? '';
    expect(world.instances.get(id)?.spotRequest).toMatchObject({ validUntil: ValidUntil.getTime() });
    await stop([id]);
    await pass(400);
    expect(world.instances.get(id)?.state).toBe('stopped');
    await run(client().send(new StartInstancesCommand({ InstanceIds: [id] })));
    expect(world.instances.get(id)?.state).toBe('pending');
    expect(world.instances.get(InstanceIds[0] ?? '')?.state).toBe('running');
  });

  test('cannot have termination protection', async () => {
    const { launched, client, run, world } = spotMarket();
    const { InstanceId = '' } = (await launched({ InstanceMarketOptions: spot })) ?? {};
    const input = { InstanceId, DisableApiTermination: { Value: false } };
    expect(await refusal(run(client().send(new ModifyInstanceAttributeCommand(input))))).toMatchObject({
      code: 'UnsupportedOperation',
      message: "Modifying 'disableApiTermination' is not supported for spot instances.",
    });
    expect(world.instances.get(InstanceId)).not.toHaveProperty('disableApiTermination');
  });

  const options = (SpotOptions: InstanceMarketOptionsRequest['SpotOptions']) => ({
    InstanceMarketOptions: { ...spot, SpotOptions },
  });
  test.each([
    [
      'a one-time request with an end time',
      options({ ValidUntil: new Date('2027-01-01T00:00:00Z') }),
      'InvalidParameterCombination',
      "The parameter validUntil cannot be specified when the SpotRequestType is set to 'one-time'.",
    ],
    [
      'a one-time request that stops on interruption',
      options({ SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'stop' }),
      'InvalidParameterCombination',
      "The request with type 'one-time' is not supported when instanceInterruptionBehavior is set to 'stop'.",
    ],
    [
      'a persistent request that terminates on interruption',
      options({ SpotInstanceType: 'persistent' }),
      'InvalidParameterCombination',
      'The terminate InstanceInterruptionBehavior is not supported when requestType is set to persistent.',
    ],
    [
      'tags for a request that is not created',
      {
        TagSpecifications: [{ ResourceType: 'spot-instances-request', Tags: [{ Key: 'team', Value: 'os' }] }],
      },
      'InvalidParameterValue',
      'You cannot specify tags for Spot instances requests if there are no Spot instances requests being created by the request.',
    ],
    ['a price that is too low', options({ MaxPrice: '0.0001' }), 'InvalidParameterValue', undefined],
    ['a price that is not a number', options({ MaxPrice: 'cheap' }), 'InvalidParameterValue', undefined],
    ['no market type', { InstanceMarketOptions: { SpotOptions: {} } }, 'MissingParameter', undefined],
    [
      'termination protection',
      { ...options({}), DisableApiTermination: true },
      'UnsupportedOperation',
      undefined,
    ],
    [
      'an unknown market type',
      { InstanceMarketOptions: { MarketType: 'moon' as 'spot' } },
      'InvalidParameterValue',
      undefined,
    ],
    [
      'hibernation',
      options({ SpotInstanceType: 'persistent', InstanceInterruptionBehavior: 'hibernate' }),
      'NotEmulated',
      undefined,
    ],
  ] as [string, Partial<RunInstancesCommandInput>, string, string | undefined][])(
    'are refused with %s',
    async (_name, changes, code, message) => {
      const { launched, world } = spotMarket();
      const refused = await refusal(launched(changes));
      expect(refused.code).toBe(code);
      if (message !== undefined) expect(refused.message).toBe(message);
      expect(world.instances.all()).toEqual([]);
    },
  );
});
