/** One build of the comparison with Packer, for both tools: one base, one copy, two accounts, without patches. */
export type Tool = 'golden' | 'packer';

/** The result of one build, in simulated seconds. */
export interface Result {
  /** From the launch until the copies are shared. */
  readonly seconds: number;
  /** From the call that stops the instance until the copies are shared: both tools do the same in this time. */
  readonly imagingSeconds: number;
  readonly calls: number;
  /** Of the pipeline: what its waits lost at most, and how many states its execution entered. */
  readonly lostSeconds?: number;
  readonly states?: number;
}

const ACCOUNTS = ['111122223333', '444455556666'];
const [HOME, COPY] = ['us-east-1', 'eu-west-1'];

export const recipe = {
  name: 'compared',
  description: 'Compared with Packer',
  platform: 'linux',
  base: { ssmParameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
  build: { instanceTypes: ['m7i.large'], volumes: [{ device: '/dev/xvda', sizeGiB: 8, type: 'gp3' }] },
  patch: { install: false },
  regions: [HOME, COPY],
  share: { accounts: ACCOUNTS },
};

/** The same build as a template of Packer. Packer does nothing on the instance: the embedded AWS has no SSH. */
export const template = (endpoint: string) => ({
  builders: [
    {
      type: 'amazon-ebs',
      communicator: 'none',
      custom_endpoint_ec2: endpoint,
      region: HOME,
      skip_metadata_api_check: true,
      instance_type: 'm7i.large',
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
});
