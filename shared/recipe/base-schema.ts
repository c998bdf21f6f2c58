import * as z from 'zod/mini';
import { arnMessage, field, text, textOf } from './schema-field.ts';

/** The fix for a value that is not an account id. */
export const accountIdFix = (found: unknown): string =>
  typeof found === 'number'
    ? 'put the account id in quotes: without quotes, YAML reads a number and drops leading zeros'
    : 'write all 12 digits in quotes, without spaces or hyphens';

const ownerPattern = /^([0-9]{12}|amazon|aws-marketplace|aws-backup-vault|self)$/;

const imageBase = z.strictObject({
  imageId: field(
    text(/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/, 21),
    "The id of an AMI in the deployment's region.",
    {
      wrong: 'which is not an AMI id',
      allowed: 'ami- followed by 8 or 17 hexadecimal digits',
      fix: 'copy the id from EC2, or use ssmParameter or filter to get the newest image',
    },
  ),
});

const parameterBase = z.strictObject({
  ssmParameter: field(
    text(
      /^(arn:aws:ssm:[a-z0-9-]+:[0-9]{12}:parameter)?\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*(:[A-Za-z0-9_.-]+)?$/,
      1011,
    ),
    'The name of the SSM parameter that contains the id of the AMI. It can be your own parameter or a public parameter of AWS, Canonical or Debian. For a parameter that another account shares, use the ARN.',
    arnMessage({
      wrong: 'which is not the name of an SSM parameter',
      allowed:
        'letters, digits and _ . - in parts separated by /, with an optional :version or :label at the end, or the ARN of a parameter',
      fix: 'use a name such as /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
    }),
  ),
});

const filterBase = z.strictObject({
  filter: field(
    z.strictObject({
      name: field(
        text(/^\S(.*\S)?$/, 128),
        'The name of the AMI. * matches any number of characters, ? matches one character.',
        {
          wrong: (found) =>
            /^\s|\s$/.test(textOf(found))
              ? 'which starts or ends with a space'
              : 'which has more than one line',
          allowed: 'the name of an AMI with at most 128 characters, in which * and ? are wildcards',
          fix: 'use a pattern such as debian-12-amd64-*',
        },
      ),
      owner: field(
        text(ownerPattern, 20),
        'The account that owns the AMI: the account id in quotes, or an alias.',
        {
          wrong: 'which is not an owner of AMIs',
          allowed: '12 digits in quotes, or amazon, aws-marketplace, aws-backup-vault or self',
          fix: (found) =>
            typeof found === 'string' && !/[0-9]/.test(found)
              ? 'use one of the aliases, or the account id'
              : accountIdFix(found),
        },
      ),
      architecture: z.optional(
        field(
          z.enum(['x86_64', 'arm64']),
          'The architecture of the AMI, if the name matches AMIs of both architectures.',
        ),
      ),
    }),
    'The newest AMI with this name and owner.',
  ),
});

export const snapshotBase = z.strictObject({
  snapshotId: field(
    text(/^snap-([0-9a-f]{8}|[0-9a-f]{17})$/, 22),
    "The id of an EBS snapshot of a root volume, in the deployment's region. The build registers an image from the snapshot. The snapshot does not change.",
    {
      wrong: 'which is not a snapshot id',
      allowed: 'snap- followed by 8 or 17 hexadecimal digits',
      fix: 'copy the id from EC2',
    },
  ),
  architecture: field(
    z.enum(['x86_64', 'arm64']),
    'The architecture of the operating system on the snapshot.',
  ),
  bootMode: field(
    z.enum(['uefi', 'legacy-bios', 'uefi-preferred']),
    'The boot mode of the operating system on the snapshot. Use the boot mode of the image or instance that the snapshot was created from.',
    { allowed: 'uefi, legacy-bios, uefi-preferred (supports both); arm64 supports only uefi' },
  ),
  ena: z._default(
    field(
      z.boolean(),
      'Whether the operating system has the driver of the Elastic Network Adapter (ENA). All current instance types need the driver.',
    ),
    true,
  ),
  rootDevice: z._default(
    field(
      text(/^\/dev\/(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2}[0-9]{0,2})$/, 12),
      'The name of the root device that the operating system on the snapshot expects: /dev/xvda (Amazon Linux, Debian) or /dev/sda1 (Ubuntu, Windows).',
      {
        wrong: 'which is not an EC2 device name',
        allowed: 'a name such as /dev/xvda or /dev/sda1',
        fix: 'use the root device name of the image or instance that the snapshot was created from',
      },
    ),
    '/dev/xvda',
  ),
});

export const instanceBase = z.strictObject({
  instanceId: field(
    text(/^i-([0-9a-f]{8}|[0-9a-f]{17})$/, 19),
    'The id of a running or stopped instance. The instance must have the tag golden-image:open with the name of this recipe, or *, as its value. The image contains the instance as it is: the build does not update the instance and does not leave the instance stopped.',
    {
      wrong: 'which is not an instance id',
      allowed: 'i- followed by 8 or 17 hexadecimal digits',
      fix: 'copy the id from EC2',
    },
  ),
  reboot: field(
    z.boolean(),
    'Whether EC2 reboots a running instance to create the image. With a reboot, the file systems are consistent. Without a reboot, the file systems are in the same state as after a power loss.',
    {
      allowed: 'true or false',
      fix: 'write reboot: true, or reboot: false if the instance must not be interrupted',
    },
  ),
});

export const base = field(
  z.union([imageBase, parameterBase, filterBase, snapshotBase, instanceBase]),
  'The base of the image: an AMI, a snapshot or an instance.',
  {
    allowed: 'a map with exactly one of imageId, ssmParameter, filter, snapshotId and instanceId',
    fix: (found) => {
      const [id, kind] = /^(ami|snap|i)-[0-9a-z]{1,17}$/.exec(textOf(found)) ?? [];
      if (kind === 'ami') return `write { imageId: ${id} }`;
      if (kind === 'snap')
        return `write { snapshotId: ${id}, architecture: x86_64, bootMode: uefi-preferred }`;
      if (kind === 'i') return `write { instanceId: ${id}, reboot: true }`;
      return 'write one of these fields, for example { ssmParameter: /aws/service/… }';
    },
  },
);
