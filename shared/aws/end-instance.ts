import { TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import type { Clients } from './clients.ts';

/** Terminates an instance that has done its work. If EC2 refuses, the build continues, and clean-up terminates the instance. */
export async function endInstance(
  instanceId: string,
  { region }: { readonly region: string },
  {
    ec2,
    log,
  }: Pick<Clients, 'ec2'> & {
    readonly log: { warn(message: string, details?: Record<string, unknown>): void };
  },
): Promise<void> {
  try {
    await ec2(region).send(new TerminateInstancesCommand({ InstanceIds: [instanceId] }));
  } catch (error) {
    log.warn('could not terminate the instance; clean-up will', { instanceId, why: String(error) });
  }
}
