import * as z from 'zod/mini';
import { field, text, textOf } from './field.ts';
import { regionNames } from './regions.ts';

/** EC2's CreateImage refuses a description that is longer, or has characters beyond ASCII. */
const descriptionPattern = /^[ -~]*[!-~][ -~]*$/;
const accountIdPattern = /^[0-9]{12}$/;
const instanceTypePattern =
  /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|[0-9]*xlarge|metal(-[0-9]+xl)?)$/;
const ownerPattern = /^([0-9]{12}|amazon|aws-marketplace|aws-backup-vault|self)$/;

const quoteAccount = (found: unknown): string =>
  typeof found === 'number'
    ? 'put it in quotes: without them YAML makes a number of it, and leading zeros are lost'
    : 'give all 12 digits, in quotes, without spaces or hyphens';

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

const snapshotBase = z.strictObject({
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

const instanceBase = z.strictObject({
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

const base = field(
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

/** The sizes and rates of the volume types are checked with the other rules that concern several fields. */
const volume = field(
  z.strictObject({
    device: field(
      text(/^(\/dev\/(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2}[0-9]{0,2})|xvd[a-z]{1,2})$/, 12),
      "The device's name, as the base image has it: /dev/xvda (Amazon Linux, Debian) or /dev/sda1 (Ubuntu, Windows) is the root.",
      {
        wrong: 'which is no device name of EC2',
        allowed: '/dev/xvda, /dev/sda1, /dev/sdf and so on, or xvdf and so on on Windows',
        fix: 'take the name of the root device from the base image (describe-images, RootDeviceName)',
      },
    ),
    sizeGiB: field(
      z.int().check(z.minimum(1), z.maximum(65_536)),
      "The size in GiB; at least the base image's.",
      {
        allowed: 'a whole number of GiB from 1 to 65536',
        fix: 'give the size as a number alone, such as 10',
      },
    ),
    type: field(z.enum(['gp3', 'gp2', 'io1', 'io2', 'st1', 'sc1', 'standard']), 'The EBS volume type.'),
    iops: z.optional(
      field(
        z.int().check(z.minimum(100), z.maximum(256_000)),
        'I/O operations a second, for gp3, io1 and io2.',
        {
          allowed: 'a whole number from 100 to 256000',
          fix: 'give the rate as a number alone, or leave iops out',
        },
      ),
    ),
    throughput: z.optional(
      field(z.int().check(z.minimum(125), z.maximum(2_000)), 'Throughput in MiB a second, for gp3.', {
        allowed: 'a whole number of MiB a second from 125 to 2000',
        fix: 'give the rate as a number alone, or leave throughput out',
      }),
    ),
  }),
  'One volume of the builder, and so of the image.',
);

const build = field(
  z.strictObject({
    instanceTypes: field(
      z
        .array(
          field(text(instanceTypePattern, 32), 'An EC2 instance type, such as m7i.large.', {
            wrong: 'which is no instance type',
            allowed: 'a family, a dot and a size, in lower case, such as m7i.large',
            fix: (found) => {
              const mended = textOf(found)
                .toLowerCase()
                .replace(/[-_ ](?=[0-9]*[a-z]+$)/, '.');
              return instanceTypePattern.test(mended)
                ? `did you mean ${mended}?`
                : 'see the list of types in EC2: aws ec2 describe-instance-types';
            },
          }),
        )
        .check(z.minLength(1), z.maxLength(20)),
      'The instance types to build on, in order of preference: the next is tried where EC2 has no capacity.',
      {
        allowed: 'a list of 1 to 20 instance types',
        fix: 'name at least one, such as [m7i.large, m6i.large]',
      },
    ),
    subnets: z.optional(
      field(
        z.union([
          z
            .array(
              field(text(/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, 24), 'The id of a subnet.', {
                wrong: 'which is no subnet id',
                allowed: 'subnet- and 8 or 17 hexadecimal digits',
                fix: 'copy the id from the VPC console, or choose subnets by { tags: … }',
              }),
            )
            .check(z.minLength(1), z.maxLength(20)),
          z.strictObject({
            tags: field(
              z
                .record(
                  z.string().check(z.minLength(1), z.maxLength(128)),
                  field(z.string().check(z.maxLength(256)), 'The value.'),
                )
                .check(z.refine((tags) => Object.keys(tags).length > 0)),
              'The tags that a subnet must all have.',
              {
                wrong: 'which every subnet of the account would match',
                allowed: 'at least one tag',
                fix: 'name a tag of the subnets to build in, or leave subnets out',
              },
            ),
          }),
        ]),
        'Where to build: ids of subnets, or the tags they have. Left out: the subnets of the deployment.',
        {
          allowed: 'a list of 1 to 20 subnet ids, or { tags: { key: value } }',
          fix: 'leave subnets out to build in those of the deployment',
        },
      ),
    ),
    volumes: z._default(
      field(
        z.array(volume).check(z.maxLength(27)),
        "Volumes that differ from the base image's. Left out: the base image's.",
      ),
      [],
    ),
    ssmAgent: z._default(
      field(
        z.enum(['preinstalled', 'install']),
        "Whether the base image has the SSM Agent, or user data installs it from AWS's signed package (Debian's AMIs have none).",
      ),
      'preinstalled',
    ),
  }),
  'How the builder, the instance that becomes the image, is launched. Left out with base.instanceId alone, which needs none.',
);

const patch = field(
  z.strictObject({
    install: z._default(field(z.boolean(), "Whether to install the patch baseline's updates."), true),
    reboot: z._default(
      field(z.enum(['if-needed', 'never']), 'Whether to reboot after an update that wants it.'),
      'if-needed',
    ),
    patchGroup: z.optional(
      field(
        text(/^(?![aA][wW][sS]:)[\w.:/=+@ -]+$/, 256),
        'The patch group, for a baseline other than the default.',
        {
          wrong: 'which is no patch group',
          allowed: 'letters, digits, spaces and _ . : / = + - @, at most 256, not beginning with aws:',
          fix: 'give the value under which the patch baseline is registered',
        },
      ),
    ),
  }),
  'How the operating system is updated. Left out: all updates of the default baseline, with a reboot if needed.',
);

const stepName = () =>
  field(text(/^(?! )[ -~\u00a0-\uffff]+(?<! )$/, 64), 'What the step is called in logs and messages.', {
    wrong: 'which is no name of a step',
    allowed: 'one line of 1 to 64 characters, without spaces around it',
    fix: 'say in a few words what the step does',
  });

const script = (description: string) =>
  field(z.string().check(z.regex(/\S/), z.maxLength(24_000)), description, {
    wrong: 'which does nothing',
    allowed: 'a script of at most 24000 characters',
    fix: 'write the commands, or remove the step',
  });

const shellStep = z.strictObject({
  name: stepName(),
  shell: script(
    'A script for the shell, on Linux. It fails with its last command; begin with set -e to fail with any.',
  ),
});

const powershellStep = z.strictObject({
  name: stepName(),
  powershell: script('A script for PowerShell, on Windows.'),
});

const documentStep = z.strictObject({
  name: stepName(),
  document: field(text(/^[a-zA-Z0-9_\-.:/]{3,128}$/, 128), 'The name or ARN of an SSM Command document.', {
    wrong: 'which is no name of an SSM document',
    allowed: '3 to 128 letters, digits and _ - . : /',
    fix: 'name it as in AWS-ConfigureAWSPackage',
  }),
  parameters: z.optional(
    field(
      z.record(
        z.string().check(z.minLength(1), z.maxLength(50)),
        field(
          z.union([z.string(), z.array(field(z.string(), 'One of the values.'))]),
          'The value, or a list of values.',
          {
            allowed: 'a text, or a list of texts',
            fix: 'put it in quotes: SSM passes every value as text',
          },
        ),
      ),
      "The document's parameters.",
    ),
  ),
});

const step = field(z.union([shellStep, powershellStep, documentStep]), 'One thing to do on the builder.', {
  allowed: 'a map with a name and exactly one of shell, powershell and document',
  fix: 'write it as in { name: web server, shell: dnf install -y nginx }',
});

const shareList = (element: z.ZodMiniString, description: string) =>
  z._default(field(z.array(element), description), []);

const share = field(
  z.strictObject({
    accounts: shareList(
      field(text(accountIdPattern, 12), 'The 12 digits of an account, in quotes.', {
        wrong: 'which is no account id',
        allowed: '12 digits in quotes, such as "111122223333"',
        fix: quoteAccount,
      }),
      'The accounts that may launch the image.',
    ),
    organizations: shareList(
      field(
        text(/^arn:aws:organizations::[0-9]{12}:organization\/o-[a-z0-9]{10,32}$/, 128),
        'The ARN of an organization.',
        {
          wrong: 'which is no ARN of an organization',
          allowed: 'arn:aws:organizations::<management account>:organization/o-…',
          fix: (found) =>
            textOf(found).includes(':ou/')
              ? 'move it to organizationalUnits'
              : 'give the ARN and not the id alone: aws organizations describe-organization, field Arn',
        },
      ),
      'The organizations whose accounts may launch the image, as ARNs.',
    ),
    organizationalUnits: shareList(
      field(
        text(
          /^arn:aws:organizations::[0-9]{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
          160,
        ),
        'The ARN of an organizational unit.',
        {
          wrong: 'which is no ARN of an organizational unit',
          allowed: 'arn:aws:organizations::<management account>:ou/o-…/ou-…',
          fix: 'give the ARN and not the id alone: aws organizations describe-organizational-unit, field Arn',
        },
      ),
      'The organizational units whose accounts may launch the image, as ARNs.',
    ),
    public: z._default(field(z.boolean(), 'Whether every AWS account may launch the image.'), false),
  }),
  'Who else may launch the image, in every one of its Regions. Left out: nobody.',
);

const tags = field(
  z.record(
    field(text(/^(?!golden-image:|[aA][wW][sS]:)[ -~\u00a0-\uffff]+$/, 128), 'The key.', {
      wrong: 'which cannot be the key of a tag',
      allowed:
        '1 to 128 characters, not beginning with aws: (reserved by AWS) or golden-image: (by this pipeline)',
      fix: 'choose another key',
    }),
    field(z.string().check(z.maxLength(256)), 'The value.', { allowed: 'a text of at most 256 characters' }),
  ),
  'Tags of the image and its snapshots. Accounts it is shared with see only those that begin with ec2:SharedTag/.',
);

const timezone = (description: string) =>
  z._default(
    field(z.string(), description, {
      allowed: 'an IANA name, such as Europe/Berlin or UTC',
      fix: 'give the name as in Europe/Berlin',
    }),
    'UTC',
  );

const flexibleWindowMinutes = z.optional(
  field(
    z.int().check(z.minimum(1), z.maximum(1_440)),
    'How many minutes later it may begin, as AWS finds best. Left out: on time.',
    { allowed: 'a whole number of minutes from 1 to 1440', fix: 'give the minutes as a number, such as 15' },
  ),
);

const cronSchedule = z.strictObject({
  cron: field(
    z.string(),
    "When to bake: AWS's six fields, minutes hours day-of-month month day-of-week year, one of the two days being ?.",
    {
      allowed: 'six fields in quotes: minutes hours day-of-month month day-of-week year',
      fix: 'for Sundays at three: "0 3 ? * SUN *"',
    },
  ),
  timezone: timezone('The IANA name of the time zone that cron is read in. Left out: UTC.'),
  flexibleWindowMinutes,
});

const rateSchedule = z.strictObject({
  rate: field(
    text(/^(1 (hour|day)|([2-9]|[1-9][0-9]{1,3}) (hours|days))$/, 12),
    'How often to bake, counted from the deployment: a number of hours or days, of 24 hours each.',
    {
      wrong: 'which is no rate',
      allowed: '1 hour, 1 day, or a whole number of hours or days such as 12 hours or 7 days',
      fix: (found) =>
        typeof found === 'number'
          ? `write it with its unit: ${found} ${found === 1 ? 'day' : 'days'}`
          : 'write it as in 7 days',
    },
  ),
  flexibleWindowMinutes,
});

const schedule = field(
  z.union([cronSchedule, rateSchedule]),
  'When to bake by itself. Left out: only by hand, or by rebuildOnNewBase.',
  {
    allowed: 'a map with exactly one of cron and rate',
    fix: (found) => {
      // As EventBridge writes it, or bare.
      const [, kind, given = ''] = /^(?:(cron|rate)\()?([\w *?,/#-]*)\)?$/.exec(textOf(found)) ?? [];
      if (kind === 'rate' || /^\d+ \w+$/.test(given)) return `write { rate: ${given} }`;
      if (given.split(' ').length > 4) return `write { cron: "${given}", timezone: UTC }`;
      return 'write it as in { cron: "0 3 ? * SUN *", timezone: Europe/Berlin }';
    },
  },
);

const wallClock = (description: string) =>
  field(text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$/, 16), description, {
    wrong: 'which is no day or time of day',
    allowed: 'a day such as 2026-12-18, or a time such as 2026-12-18T18:00',
    fix: 'write year, month and day with hyphens, and the time after a T',
  });

const freeze = field(
  z.strictObject({
    timezone: timezone('The IANA name of the time zone that the windows are read in. Left out: UTC.'),
    windows: z._default(
      field(
        z
          .array(
            field(
              z.strictObject({
                from: wallClock('When it begins; a day alone begins at midnight.'),
                until: wallClock('When it is over; a day alone is over as it begins.'),
                reason: z.optional(
                  field(z.string().check(z.minLength(1), z.maxLength(200)), 'Why, for those who wonder.', {
                    allowed: 'a text of 1 to 200 characters',
                    fix: 'say why in one line, or leave reason out',
                  }),
                ),
              }),
              'A time in which nothing is built.',
              {
                allowed: 'a map with from and until, and perhaps reason',
                fix: () => 'write it as in { from: 2026-12-18, until: 2027-01-04 }',
              },
            ),
          )
          .check(z.maxLength(50)),
        'Times in which nothing is built.',
        {
          allowed: 'a list of at most 50 maps with from and until',
          fix: () => 'write it as in [{ from: 2026-12-18, until: 2027-01-04 }]',
        },
      ),
      [],
    ),
    changeCalendars: z._default(
      field(
        z
          .array(
            field(
              text(/^[a-zA-Z0-9_\-.:/]{3,128}$/, 128),
              'The name of a Change Calendar of Systems Manager, or its ARN.',
              {
                wrong: 'which is no name of a Change Calendar',
                allowed: '3 to 128 letters, digits and _ - . : /',
                fix: 'give the name as Systems Manager has it',
              },
            ),
          )
          .check(z.maxLength(10)),
        'Change Calendars of the deployment; nothing is built while one of them is closed.',
        {
          allowed: 'a list of at most 10 Change Calendars',
          fix: () => 'write it as in [holidays]',
        },
      ),
      [],
    ),
  }),
  'When nothing is built, but by hand with force. Left out: never.',
  {
    allowed: 'a map with the fields timezone, windows, changeCalendars',
    fix: () => 'write it as in { windows: [{ from: 2026-12-18, until: 2027-01-04 }] }',
  },
);

/**
 * A recipe as a user writes it. `prefault` fills an absent map in by its own defaults, so that no two recipes have one
 * list in common. What concerns several fields, or the present time, is in recipe-rules.ts.
 */
export const recipeSchema = field(
  z.strictObject({
    name: field(
      text(/^[a-z0-9]+(-[a-z0-9]+)*$/, 40),
      'The name of the image and of this file, without .yml.',
      {
        wrong: 'which is no name of a recipe',
        allowed: 'lower-case letters, digits and single hyphens between them, at most 40',
        fix: 'choose a name such as al2023',
      },
    ),
    description: field(
      text(descriptionPattern, 255),
      'What the image is, for people; the AMI carries it too.',
      {
        wrong: 'which EC2 would refuse',
        allowed: 'one line of 1 to 255 ASCII characters',
        fix: 'say in one line what the image is',
      },
    ),
    platform: field(z.enum(['linux', 'windows']), 'The operating system of the base image.'),
    base,
    build: z.optional(build),
    patch: z.prefault(patch, {}),
    steps: z._default(
      field(
        z.array(step).check(z.maxLength(50)),
        'What to do on the builder after patching, in this order.',
        {
          allowed: 'a list of 1 to 50 steps',
          fix: 'leave steps out if there is nothing to do',
        },
      ),
      [],
    ),
    regions: field(
      z
        .array(
          field(z.enum(regionNames), 'A Region of the aws partition.', {
            wrong: 'which is no AWS region',
            allowed: 'regions of the aws partition, such as us-east-1',
            fix: (found) =>
              typeof found === 'string' && /^(cn|us-gov|us-iso[a-z]*|eu-isoe|eusc)-/.test(found)
                ? 'deploy the pipeline in that partition too: EC2 copies no AMI from one partition to another'
                : undefined,
          }),
        )
        .check(z.minLength(1)),
      'The Regions the image is published in.',
      {
        allowed: 'a list of at least one region',
        fix: 'name the regions to publish in, such as [us-east-1]',
      },
    ),
    share: z.prefault(share, {}),
    tags: z._default(tags, {}),
    schedule: z.optional(schedule),
    rebuildOnNewBase: z._default(
      field(z.boolean(), 'Whether to bake when a new base image appears, whatever the schedule.'),
      false,
    ),
    scanForUpdates: z._default(
      field(
        z.boolean(),
        'Whether a build that nobody asked for by hand first looks whether the last image lacks any updates, where base and recipe are the same, and is skipped if it lacks none. An instance of that image is scanned for it.',
      ),
      false,
    ),
    rebuildAfterDays: z.optional(
      field(
        z.int().check(z.minimum(1), z.maximum(365)),
        'After how many days a build is made though nothing has changed. Left out: not for that reason.',
        { allowed: 'a whole number of days from 1 to 365', fix: 'give the days as a number, such as 30' },
      ),
    ),
    freeze: z.optional(freeze),
  }),
  'A golden image: what it is made from, what is done to it, where it goes.',
);

type Filled = z.output<typeof recipeSchema>;
export type RecipeBase = Filled['base'];
export type SnapshotBase = z.output<typeof snapshotBase>;
export type InstanceBase = z.output<typeof instanceBase>;
export type RecipeStep = Filled['steps'][number];
export type RecipeVolume = NonNullable<Filled['build']>['volumes'][number];

/** A recipe for which a builder is launched. */
export interface BuiltRecipe extends Filled {
  base: Exclude<RecipeBase, InstanceBase>;
  build: NonNullable<Filled['build']>;
}

/** A recipe that images an instance as it is. */
export interface InstanceRecipe extends Omit<Filled, 'build' | 'patch'> {
  base: InstanceBase;
  build?: undefined;
  patch?: undefined;
}

/**
 * A recipe with its defaults filled in. `base` is told apart by its key (`'ssmParameter' in recipe.base`), and so is
 * a step (`'shell' in step`). Sizes are in GiB, `throughput` in MiB a second.
 */
export type Recipe = BuiltRecipe | InstanceRecipe;

/** Whether a builder is launched; what it needs is in the recipe then, by the rules in recipe-rules.ts. */
export const isBuilt = (recipe: Recipe): recipe is BuiltRecipe => !('instanceId' in recipe.base);
