import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { addDefaultNetwork, answerFrom, services } from 'embedded-aws';
import type { Simulation } from './simulated-build.ts';

/** Launches an image in another account. Returns `allowed`, or the name of EC2's error. */
export async function launchAs(
  { world, run, pass }: Simulation,
  account: string,
  { region = '', imageId = '' },
): Promise<string> {
  // Changed permissions are visible a moment later.
  await pass(60);
  const client = new EC2Client({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' });
  answerFrom(world, services, client, account);
  const [subnet] = addDefaultNetwork(world, account, region).subnets;
  const input = { ImageId: imageId, InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1 } as const;
  return run(
    client.send(new RunInstancesCommand({ ...input, SubnetId: subnet?.id })).then(
      () => 'allowed',
      (error: Error) => error.name,
    ),
  );
}
