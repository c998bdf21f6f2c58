import {
  CopyImageCommand,
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  EC2Client,
  EC2ServiceException,
  ModifyImageAttributeCommand,
  paginateDescribeImages,
  RunInstancesCommand,
  TerminateInstancesCommand,
  waitUntilImageAvailable,
  waitUntilInstanceRunning,
  waitUntilInstanceTerminated,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { inventory } from '../../src/inventory.ts';
import { services } from '../../src/services.ts';
import { CONSUMER, OWNER, START, serveWorld } from './served-world.ts';

const AL2023 = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-x86_64';

describe('the AWS SDK for JavaScript', () => {
  test('launches, waits, creates an image, copies, shares and deletes', async () => {
    const { client, world, holdDuringCalls } = await serveWorld();
    const ec2 = new EC2Client(client());
    const far = new EC2Client(client({ region: 'us-west-2' }));
    const consumer = new EC2Client(client({ account: CONSUMER, region: 'us-west-2' }));
    const ssm = new SSMClient(client());
    for (const one of [ec2, far]) holdDuringCalls(one);
    const waiting = { minDelay: 5, maxDelay: 15, maxWaitTime: 24 * 3600 };

    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: AL2023 }));
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        ImageId: Parameter?.Value,
        InstanceType: 't3.micro',
        MinCount: 1,
        MaxCount: 1,
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'base & <more>' }] }],
      }),
    );
    const InstanceId = Instances[0]?.InstanceId ?? '';
    await waitUntilInstanceRunning({ client: ec2, ...waiting }, { InstanceIds: [InstanceId] });
    const { ImageId = '' } = await ec2.send(new CreateImageCommand({ InstanceId, Name: 'golden/one' }));
    await waitUntilImageAvailable({ client: ec2, ...waiting }, { ImageIds: [ImageId] });
    const { ImageId: copy = '' } = await far.send(
      new CopyImageCommand({ SourceImageId: ImageId, SourceRegion: 'eu-west-1', Name: 'golden/one' }),
    );
    await waitUntilImageAvailable({ client: far, ...waiting }, { ImageIds: [copy] });
    await far.send(
      new ModifyImageAttributeCommand({
        ImageId: copy,
        LaunchPermission: { Add: [{ UserId: CONSUMER }] },
      }),
    );
    const shared = await consumer.send(
      new DescribeImagesCommand({ Owners: [OWNER], ExecutableUsers: ['self'] }),
    );
    expect(shared.Images?.map((image) => image.ImageId)).toEqual([copy]);
    expect(shared.Images?.[0]?.CreationDate).toMatch(/^2026-11-2\dT/);

    await far.send(new DeregisterImageCommand({ ImageId: copy }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    await waitUntilInstanceTerminated({ client: ec2, ...waiting }, { InstanceIds: [InstanceId] });
    expect(world.instances.get(InstanceId)?.tags).toEqual({ Name: 'base & <more>' });
    expect(inventory({ world, services }, OWNER).map(({ kind, id }) => ({ kind, id }))).toEqual([
      { kind: 'image', id: ImageId },
      { kind: 'snapshot', id: expect.any(String) },
      { kind: 'snapshot', id: expect.any(String) },
    ]);
  });

  test('reads pages', async () => {
    const { client } = await serveWorld();
    const ec2 = new EC2Client(client());
    const Filters = [{ Name: 'architecture', Values: ['x86_64'] }];
    const { Images: whole = [] } = await ec2.send(new DescribeImagesCommand({ Filters }));
    const pages: (string | undefined)[][] = [];
    for await (const { Images = [] } of paginateDescribeImages({ client: ec2, pageSize: 3 }, { Filters })) {
      pages.push(Images.map(({ ImageId }) => ImageId));
    }
    expect(pages.length).toBe(Math.ceil(whole.length / 3));
    expect(pages.flat()).toEqual(whole.map(({ ImageId }) => ImageId));
  });

  test('gets errors as its own exceptions', async () => {
    const { client } = await serveWorld();
    const refused = await new EC2Client(client())
      .send(new DescribeImagesCommand({ ImageIds: ['ami-00000000000000000'] }))
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(EC2ServiceException);
    expect(refused).toMatchObject({
      name: 'InvalidAMIID.NotFound',
      message: "The image id '[ami-00000000000000000]' does not exist",
      $metadata: { httpStatusCode: 400 },
    });
    const missing = await new SSMClient(client())
      .send(new GetParameterCommand({ Name: '/not/there' }))
      .catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(ParameterNotFound);
  });

  test.each([OWNER, CONSUMER])('acts as the account of its access key: %s', async (account) => {
    const { client } = await serveWorld();
    const sts = new STSClient(client({ account }));
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: account });
  });

  test('reads times correctly', async () => {
    const { client } = await serveWorld();
    const { Parameter } = await new SSMClient(client()).send(new GetParameterCommand({ Name: AL2023 }));
    expect(Parameter?.LastModifiedDate).toBeInstanceOf(Date);
    expect(Parameter?.LastModifiedDate?.getTime()).toBeLessThan(START.getTime());
  });
});
