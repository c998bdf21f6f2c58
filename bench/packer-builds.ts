import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** One build of the comparison with Packer, for both tools: one base, one copy, two accounts. */
export type Tool = 'golden' | 'packer';

/** Where the builds happen, and the type of their instances. */
export const PLACE = { region: 'us-east-1', instanceType: 'm7i.large' } as const;

/** The result of one build, in simulated seconds. */
export interface Result {
  /** From the launch until the copies are shared and, with tests, until the image is tested. */
  readonly seconds: number;
  /** From the call that stops the instance until the copies are shared: both tools do the same in this time. */
  readonly imagingSeconds: number;
  readonly calls: number;
  /** Of the pipeline: what its waits lost at most, and how many states its execution entered. */
  readonly lostSeconds?: number;
  readonly states?: number;
}

const ACCOUNTS = ['111122223333', '444455556666'];
const [HOME, COPY] = [PLACE.region, 'eu-west-1'];

/** The same script for both tools: the pipeline's last step removes everything that must not be in an image. */
const sanitise: string = parse(
  readFileSync(new URL('../documents/build-linux.yml', import.meta.url), 'utf8'),
).mainSteps.find(({ name }: { name: string }) => name === 'sanitise').inputs.Parameters.commands[0];

/** What a build does besides creating the image. */
export interface Work {
  readonly patches: boolean;
  /** Whether a fresh instance of the image is tested. */
  readonly tests: boolean;
}

export const recipe = ({ patches, tests }: Work) => ({
  name: 'compared',
  description: 'Compared with Packer',
  platform: 'linux',
  base: { ssmParameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
  build: { instanceTypes: [PLACE.instanceType], volumes: [{ device: '/dev/xvda', sizeGiB: 8, type: 'gp3' }] },
  // Packer's template does not reboot either.
  patch: { install: patches, reboot: 'never' },
  regions: [HOME, COPY],
  share: { accounts: ACCOUNTS },
  test: { boot: tests },
});

export interface Endpoints {
  readonly aws: string;
  readonly sshPort: number;
}

/** The same build as a template of Packer. */
export const template = ({ aws, sshPort }: Endpoints, { patches }: Work) => ({
  builders: [
    {
      type: 'amazon-ebs',
      communicator: 'ssh',
      ssh_host: '127.0.0.1',
      ssh_port: sshPort,
      ssh_username: 'ec2-user',
      ssh_password: 'any',
      custom_endpoint_ec2: aws,
      region: HOME,
      skip_metadata_api_check: true,
      instance_type: PLACE.instanceType,
      source_ami_filter: {
        filters: { name: 'al2023-ami-2023.*-kernel-6.1-x86_64', 'root-device-type': 'ebs' },
        owners: ['amazon'],
        most_recent: true,
      },
      launch_block_device_mappings: [
        { device_name: '/dev/xvda', volume_size: 8, volume_type: 'gp2', delete_on_termination: true },
      ],
      ami_name: 'packer-{{timestamp}}',
      ami_regions: [COPY],
      ami_users: ACCOUNTS,
    },
  ],
  provisioners: [
    {
      type: 'shell',
      inline: [...(patches ? ['dnf -y upgrade'] : []), sanitise],
      inline_shebang: '/bin/sh -e',
      execute_command: 'sudo sh {{.Path}}',
    },
  ],
});
