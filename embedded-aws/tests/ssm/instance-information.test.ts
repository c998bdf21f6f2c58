import {
  DescribeInstanceInformationCommand,
  type DescribeInstanceInformationCommandInput,
} from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { rebootGuest } from '../../src/guest/index.ts';
import { type SimulatedSsm, simulateSsm } from '../simulated-ssm.ts';

async function nodes({ run, client }: SimulatedSsm, InstanceId?: string) {
  const Filters = InstanceId === undefined ? [] : [{ Key: 'InstanceIds', Values: [InstanceId] }];
  const answer = await run(client.send(new DescribeInstanceInformationCommand({ Filters })));
  return answer.InstanceInformationList ?? [];
}

test('an instance is listed only while it runs and after its agent has registered', async () => {
  const simulated = simulateSsm();
  const id = simulated.launch('amazon-linux-2023', { generation: 0 });
  expect(await nodes(simulated, id)).toEqual([]);
  await simulated.pass(1200);
  expect(await nodes(simulated, id)).toMatchObject([
    {
      InstanceId: id,
      PingStatus: 'Online',
      PlatformType: 'Linux',
      PlatformName: 'Amazon Linux',
      AgentVersion: '3.3.3050.0',
    },
  ]);
  simulated.change(id, { state: 'stopped' });
  expect(await nodes(simulated, id)).toEqual([]);
});

test('a rebooting guest counts as online until it misses its pings', async () => {
  const simulated = simulateSsm();
  const id = await simulated.online('windows-2022');
  rebootGuest(simulated.world, id, simulated.world.now());
  await simulated.pass(1);
  expect(await nodes(simulated)).toMatchObject([{ PingStatus: 'Online', PlatformType: 'Windows' }]);
  const { agentOnlineSince: _since, ...silent } = simulated.instance(id);
  simulated.world.instances.put(
    { ...silent, boots: 99, agentLostAt: simulated.world.now() },
    simulated.world.now(),
    0,
  );
  await simulated.pass(301);
  expect(await nodes(simulated)).toMatchObject([{ PingStatus: 'ConnectionLost' }]);
});

test('pages have 5 to 50 items', async () => {
  const simulated = simulateSsm();
  for (let machine = 0; machine < 7; machine++) await simulated.online('amazon-linux-2023');
  const { run, client } = simulated;
  const first = await run(client.send(new DescribeInstanceInformationCommand({ MaxResults: 5 })));
  expect(first.InstanceInformationList).toHaveLength(5);
  const second = await run(
    client.send(new DescribeInstanceInformationCommand({ MaxResults: 5, NextToken: first.NextToken })),
  );
  expect(second.InstanceInformationList).toHaveLength(2);
  expect(second.NextToken).toBeUndefined();
  await expect(
    run(client.send(new DescribeInstanceInformationCommand({ MaxResults: 4 }))),
  ).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('greater than or equal to 5'),
  });
  await expect(
    run(client.send(new DescribeInstanceInformationCommand({ NextToken: 'x' }))),
  ).rejects.toMatchObject({ name: 'InvalidNextToken' });
});

test('an unknown filter key is refused', async () => {
  const { run, client, online } = simulateSsm();
  await online('amazon-linux-2023');
  const command = new DescribeInstanceInformationCommand({ Filters: [{ Key: 'Colour', Values: ['red'] }] });
  await expect(run(client.send(command))).rejects.toMatchObject({
    name: 'InvalidFilterKey',
  });
});

test.each<[DescribeInstanceInformationCommandInput, number]>([
  [{ Filters: [{ Key: 'tag:team', Values: ['blue', 'red'] }] }, 1],
  [{ Filters: [{ Key: 'tag:team', Values: ['green'] }] }, 0],
  [{ Filters: [{ Key: 'tag-key', Values: ['team'] }] }, 1],
  [{ Filters: [{ Key: 'PlatformTypes', Values: ['Linux'] }] }, 1],
  [{ Filters: [{ Key: 'PingStatus', Values: ['Online'] }] }, 2],
  [{ Filters: [{ Key: 'ResourceType', Values: ['ManagedInstance'] }] }, 0],
  [{ Filters: [{ Key: 'IamRole', Values: ['builder'] }] }, 0],
  [{ InstanceInformationFilterList: [{ key: 'PlatformTypes', valueSet: ['Windows', 'MacOS'] }] }, 1],
])('%j finds %i nodes', async (input, found) => {
  const { run, client, online } = simulateSsm();
  await online('amazon-linux-2023', { tags: { team: 'blue' } });
  await online('windows-2022');
  const answer = await run(client.send(new DescribeInstanceInformationCommand(input)));
  expect(answer.InstanceInformationList).toHaveLength(found);
});

test.each<[DescribeInstanceInformationCommandInput, string, RegExp]>([
  [
    {
      Filters: [
        { Key: 'tag:a', Values: ['b'] },
        { Key: 'PingStatus', Values: ['Online'] },
      ],
    },
    'InvalidFilterKey',
    /can't be combined/,
  ],
  [
    {
      Filters: [{ Key: 'PingStatus', Values: ['Online'] }],
      InstanceInformationFilterList: [{ key: 'PingStatus', valueSet: ['Online'] }],
    },
    'ValidationException',
    /either/,
  ],
  [
    { InstanceInformationFilterList: [{ key: 'Colour' as 'PingStatus', valueSet: ['red'] }] },
    'ValidationException',
    /at 'instanceInformationFilterList\.1\.member\.key'/,
  ],
  [{ Filters: [{ Key: 'PingStatus', Values: [] }] }, 'ValidationException', /greater than or equal to 1/],
])('%j is refused', async (input, name, message) => {
  const { run, client } = simulateSsm();
  await expect(run(client.send(new DescribeInstanceInformationCommand(input)))).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message),
  });
});
