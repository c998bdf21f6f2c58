import {
  DescribeImagesCommand,
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  type EC2Client,
  GetEbsDefaultKmsKeyIdCommand,
  ModifyEbsDefaultKmsKeyIdCommand,
  RebootInstancesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { refusal, simulateEc2 } from '../simulated-ec2.ts';

async function withInstance() {
  const simulated = simulateEc2();
  const { client, run, launch, pass, world } = simulated;
  const sent = <T>(work: (ec2: EC2Client) => Promise<T>) => run(work(client()));
  await sent((ec2) => ec2.send(new RunInstancesCommand(launch())));
  await pass(600);
  return { ...simulated, sent, states: () => world.instances.all().map(({ state }) => state) };
}

type Send = (ec2: EC2Client, InstanceIds: string[]) => Promise<unknown>;

const acts: [string, Send][] = [
  ['TerminateInstances', (ec2, InstanceIds) => ec2.send(new TerminateInstancesCommand({ InstanceIds }))],
  ['StopInstances', (ec2, InstanceIds) => ec2.send(new StopInstancesCommand({ InstanceIds }))],
  ['StartInstances', (ec2, InstanceIds) => ec2.send(new StartInstancesCommand({ InstanceIds }))],
  ['RebootInstances', (ec2, InstanceIds) => ec2.send(new RebootInstancesCommand({ InstanceIds }))],
];

describe.each(acts)('%s', (_name, act) => {
  test('refuses an empty list', async () => {
    const { sent, states } = await withInstance();
    expect(await refusal(sent((ec2) => act(ec2, [])))).toEqual({
      code: 'InvalidParameterCombination',
      message: 'No instances specified',
      status: 400,
    });
    expect(states()).toEqual(['running']);
  });

  test('treats an empty id as a missing id', async () => {
    const { sent, states } = await withInstance();
    expect(await refusal(sent((ec2) => act(ec2, [''])))).toMatchObject({
      code: 'MissingParameter',
      message: 'The request must contain the parameter InstanceId',
    });
    expect(states()).toEqual(['running']);
  });
});

const unknown = '0123456789abcdef0';

test.each<[string, (ec2: EC2Client) => Promise<unknown>]>([
  [
    'instancesSet cannot be used with the parameter maxResults',
    (ec2) => ec2.send(new DescribeInstancesCommand({ InstanceIds: [`i-${unknown}`], MaxResults: 5 })),
  ],
  [
    'instancesSet cannot be used with the parameter maxResults',
    (ec2) => ec2.send(new DescribeInstanceStatusCommand({ InstanceIds: [`i-${unknown}`], MaxResults: 5 })),
  ],
  [
    'imageIdsSet cannot be used with the parameter maxResults',
    (ec2) => ec2.send(new DescribeImagesCommand({ ImageIds: [`ami-${unknown}`], MaxResults: 5 })),
  ],
  [
    'snapshotSet cannot be used with the parameter maxResults',
    (ec2) => ec2.send(new DescribeSnapshotsCommand({ SnapshotIds: [`snap-${unknown}`], MaxResults: 5 })),
  ],
  [
    'volumeSet cannot be used with the parameter maxResults',
    (ec2) => ec2.send(new DescribeVolumesCommand({ VolumeIds: [`vol-${unknown}`], MaxResults: 5 })),
  ],
  [
    'VpcIds cannot be used with the parameter MaxResults',
    (ec2) => ec2.send(new DescribeVpcsCommand({ VpcIds: [`vpc-${unknown}`], MaxResults: 5 })),
  ],
  [
    'groupIds cannot be used with the parameter maxResults',
    (ec2) => ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['none'], MaxResults: 5 })),
  ],
  [
    'subnetIds cannot be used with the parameter maxResults',
    (ec2) => ec2.send(new DescribeSubnetsCommand({ SubnetIds: [`subnet-${unknown}`], MaxResults: 5 })),
  ],
])(
  'ids cannot be combined with pages, even if the ids do not exist: %s',
  async (message, describeUnknown) => {
    const { sent } = await withInstance();
    expect(await refusal(sent(describeUnknown))).toMatchObject({
      code: 'InvalidParameterCombination',
      message: `The parameter ${message}`,
    });
  },
);

test('an empty key cannot be the default key of EBS', async () => {
  const { sent } = await withInstance();
  const set = new ModifyEbsDefaultKmsKeyIdCommand({ KmsKeyId: '' });
  expect(await refusal(sent((ec2) => ec2.send(set)))).toMatchObject({
    code: 'MissingParameter',
    message: 'The request must contain the parameter KmsKeyId',
  });
  const { KmsKeyId } = await sent((ec2) => ec2.send(new GetEbsDefaultKmsKeyIdCommand({})));
  expect(KmsKeyId).toBe('alias/aws/ebs');
});
