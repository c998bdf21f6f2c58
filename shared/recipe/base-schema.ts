import * as z from 'zod/mini';
import { field, text, textOf } from './schema-field.ts';

/** How an account's id is mended that was written as something else. */
export const quoteAccount = (found: unknown): string =>
  typeof found === 'number'
    ? 'put it in quotes: without them YAML makes a number of it, and leading zeros are lost'
    : 'give all 12 digits, in quotes, without spaces or hyphens';

const ownerPattern = /^([0-9]{12}|amazon|aws-marketplace|aws-backup-vault|self)$/;

const imageBase = z.strictObject({
  imageId: field(
    text(/^ami-([0-9a-f]{8}|[0-9a-f]{17})$/, 21),
    "The id of one AMI, in the deployment's Region.",
    {
      wrong: 'which is no AMI id',
      allowed: 'ami- and 8 or 17 hexadecimal digits',
      fix: 'copy the id from EC2, or use ssmParameter or filter, which follow the newest image',
    },
  ),
});

const parameterBase = z.strictObject({
  ssmParameter: field(
    text(
      /^(arn:aws:ssm:[a-z0-9-]+:[0-9]{12}:parameter)?\/?[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*(:[A-Za-z0-9_.-]+)?$/,
      1011,
    ),
    'The name of the SSM parameter that holds the id of the AMI: a public one of AWS, Canonical or Debian, or your own; of one that another account shares, the ARN.',
    {
      wrong: 'which is no name of an SSM parameter',
      allowed: 'letters, digits and _ . - in parts divided by /, and perhaps :version or :label at the end',
      fix: 'name it as in /aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64',
    },
  ),
});

const filterBase = z.strictObject({
  filter: field(
    z.strictObject({
      name: field(
        text(/^\S(.*\S)?$/, 128),
        'The name of the AMI, where * is any text and ? any one character.',
        {
          wrong: 'which has spaces around it, or more than one line',
          allowed: 'the name of an AMI, in which * and ? are wildcards, of at most 128 characters',
          fix: 'give a pattern such as debian-12-amd64-*',
        },
      ),
      owner: field(text(ownerPattern, 20), 'The account that owns the AMI: its id in quotes, or an alias.', {
        wrong: 'which is no owner of AMIs',
        allowed: '12 digits in quotes, or amazon, aws-marketplace, aws-backup-vault or self',
        fix: quoteAccount,
      }),
      architecture: z.optional(
        field(z.enum(['x86_64', 'arm64']), 'The architecture of the AMI, where the name leaves it open.'),
      ),
    }),
    'The newest AMI that has this name and owner.',
  ),
});

export const snapshotBase = z.strictObject({
  snapshotId: field(
    text(/^snap-([0-9a-f]{8}|[0-9a-f]{17})$/, 22),
    "The id of an EBS snapshot of a root volume, in the deployment's Region. For the build an image is registered of it; the snapshot stays as it is.",
    {
      wrong: 'which is no snapshot id',
      allowed: 'snap- and 8 or 17 hexadecimal digits',
      fix: 'copy the id from EC2',
    },
  ),
  architecture: field(z.enum(['x86_64', 'arm64']), 'The architecture of the system on the snapshot.'),
  bootMode: field(
    z.enum(['uefi', 'legacy-bios', 'uefi-preferred']),
    'How the system on the snapshot boots: the boot mode of the image or instance that it was taken of.',
    { allowed: 'uefi, legacy-bios, uefi-preferred (boots either way); arm64 boots by uefi alone' },
  ),
  ena: z._default(
    field(
      z.boolean(),
      'Whether the system has the driver of the Elastic Network Adapter, which all present instance types need.',
    ),
    true,
  ),
  rootDevice: z._default(
    field(
      text(/^\/dev\/(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2}[0-9]{0,2})$/, 12),
      "The root device's name, as the system on the snapshot expects it: /dev/xvda (Amazon Linux, Debian) or /dev/sda1 (Ubuntu, Windows).",
      {
        wrong: 'which is no device name of EC2',
        allowed: '/dev/xvda, /dev/sda1 and so on',
        fix: 'take the name from the image or instance that the snapshot was taken of',
      },
    ),
    '/dev/xvda',
  ),
});

export const instanceBase = z.strictObject({
  instanceId: field(
    text(/^i-([0-9a-f]{8}|[0-9a-f]{17})$/, 19),
    'The id of an instance, running or stopped, that its owner has opened by the tag golden-image:open. It is imaged as it is: never patched, and never stopped for good.',
    {
      wrong: 'which is no instance id',
      allowed: 'i- and 8 or 17 hexadecimal digits',
      fix: 'copy the id from EC2',
    },
  ),
  reboot: field(
    z.boolean(),
    'Whether EC2 restarts the instance for the image, if it is running: with it the file systems are clean, without it they are as after a loss of power.',
    { allowed: 'true or false', fix: 'write reboot: true, unless the instance must not be interrupted' },
  ),
});

/** What a build starts from. */
export const base = field(
  z.union([imageBase, parameterBase, filterBase, snapshotBase, instanceBase]),
  'What to start from, given in one way.',
  {
    allowed: 'a map with exactly one of imageId, ssmParameter, filter, snapshotId and instanceId',
    fix: (found) => {
      const [id, kind] = /^(ami|snap|i)-[0-9a-z]{1,17}$/.exec(textOf(found)) ?? [];
      if (kind === 'ami') return `write { imageId: ${id} }`;
      if (kind === 'snap')
        return `write { snapshotId: ${id}, architecture: x86_64, bootMode: uefi-preferred }`;
      if (kind === 'i') return `write { instanceId: ${id}, reboot: true }`;
      return 'give one, as in { ssmParameter: /aws/service/… }';
    },
  },
);
