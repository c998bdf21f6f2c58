import type { GetConsoleOutputCommandInput, GetConsoleOutputCommandOutput } from '@aws-sdk/client-ec2';
import { missingParameter } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { ownInstances } from './instances.ts';
import { privateDnsName } from './network-interfaces.ts';
import type { InstanceRecord } from './records.ts';
import { checkDryRun } from './refusals.ts';

/** Some lines that the machine wrote during boot. Empty before the first boot. */
export const getConsoleOutput: Operation<GetConsoleOutputCommandInput, GetConsoleOutputCommandOutput> = {
  kind: 'read',
  accepts: ['DryRun', 'InstanceId', 'Latest'],
  run(input, call) {
    const { InstanceId } = input;
    if (InstanceId === undefined) throw missingParameter('instanceId');
    const [instance] = ownInstances(call, [InstanceId]) as [InstanceRecord];
    checkDryRun(input);
    const Timestamp = new Date(instance.runningSince ?? instance.launchTime);
    if (instance.runningSince === undefined) return { InstanceId, Timestamp };
    const text = `${bootText(instance, call).join('\r\n')}\r\n`;
    return { InstanceId, Timestamp, Output: Buffer.from(text).toString('base64') };
  },
};

function bootText(instance: InstanceRecord, { world }: Call): string[] {
  if (instance.bootFailed !== undefined) return [];
  const root = instance.blockDevices.find(({ device }) => device === instance.rootDeviceName);
  const system = world.volumes.get(root?.volumeId ?? '')?.disk?.os ?? 'unknown';
  const time = new Date(instance.runningSince ?? instance.launchTime).toISOString();
  if (instance.platform === 'windows') {
    return [
      `${time}: Windows sysprep configuration complete.`,
      `${time}: AMI Origin Name: ${system}`,
      `${time}: Instance-ID: ${instance.id}`,
      `${time}: Message: Windows is Ready to use`,
    ];
  }
  const host = privateDnsName(instance.region, instance.privateIpAddress).split('.', 1)[0];
  return [
    `[    0.000000] Command line: root=${instance.rootDeviceName} console=tty0 console=ttyS0,115200n8`,
    '[    0.000000] Hypervisor detected: KVM',
    `[    2.104711] systemd[1]: Hostname set to <${host}>.`,
    `[   11.532038] cloud-init[1701]: Cloud-init finished at ${time}. Datasource DataSourceEc2.`,
    '',
    `${system} (${instance.architecture})`,
    '',
    `${host} login: `,
  ];
}
