import {
  DescribeInstanceStatusCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { acceptsLogins, runInShell, type Services, type World } from 'embedded-aws';
import { HOME } from '../local/home.ts';
import { PLACE } from './packer-builds.ts';

/** The pause between two polls of the AWS CLI's waiters (botocore, `InstanceStatusOk`), in simulated milliseconds. */
const POLL_MS = 15_000;

/** In simulated time. */
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * What a team adds after Packer to test its image: launch an instance, `aws ec2 wait instance-status-ok`, log in, run a test, terminate the
 * instance. Packer itself has no such step.
 */
export async function testInstance(world: World, services: Services, endpoint: string): Promise<void> {
  const credentials = { accessKeyId: HOME.account, secretAccessKey: 'any' };
  const ec2 = new EC2Client({ region: PLACE.region, endpoint, credentials });
  const image = world.images
    .all()
    .find(
      ({ name, region, account }) =>
        name.startsWith('packer-') && region === PLACE.region && account === HOME.account,
    );
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: image?.id,
      InstanceType: PLACE.instanceType,
      MinCount: 1,
      MaxCount: 1,
    }),
  );
  const instanceId = Instances?.[0]?.InstanceId ?? '';
  for (;;) {
    await pause(POLL_MS);
    const { InstanceStatuses } = await ec2.send(
      new DescribeInstanceStatusCommand({ InstanceIds: [instanceId] }),
    );
    const [status] = InstanceStatuses ?? [];
    if (status?.InstanceStatus?.Status === 'ok' && status.SystemStatus?.Status === 'ok') break;
  }
  if (!acceptsLogins({ world, services }, instanceId)) throw new Error(`${instanceId} accepts no logins`);
  const { exitCode, seconds } = runInShell({ world, services }, instanceId, 'systemctl is-system-running');
  await pause(seconds * 1000);
  if (exitCode !== 0) throw new Error(`the test on ${instanceId} failed with exit code ${exitCode}`);
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
}
