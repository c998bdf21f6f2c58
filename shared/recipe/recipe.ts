import * as z from 'zod/mini';
import { accountIdFix, base, type instanceBase, type snapshotBase } from './base-schema.ts';
import { encryption } from './encryption-schema.ts';
import { fastLaunch, fastSnapshotRestore } from './fast-launch-schema.ts';
import { gates } from './gates-schema.ts';
import { publish } from './publish-schema.ts';
import { region } from './region-schema.ts';
import { freeze, schedule } from './schedule-schema.ts';
import { arnMessage, field, fieldMessages, noForeignArn, text, textOf, wholeNumber } from './schema-field.ts';
import { STEP_MINUTES_DEFAULT, STEPS_MINUTES_MAX } from './step-limits.ts';

/** CreateImage accepts only ASCII characters in a description, and at most 255 of them. */
const descriptionPattern = /^[ -~]*[!-~][ -~]*$/;
const accountIdPattern = /^[0-9]{12}$/;
const instanceTypePattern =
  /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|[0-9]*xlarge|metal(-[0-9]+xl)?)$/;

/** recipe-rules.ts checks the sizes and rates that each volume type allows. */
const volume = field(
  z.strictObject({
    device: field(
      text(/^(\/dev\/(sd[a-z][0-9]{0,2}|xvd[a-z]{1,2}[0-9]{0,2})|xvd[a-z]{1,2})$/, 12),
      'The device name in the base image. The root device is /dev/xvda (Amazon Linux, Debian) or /dev/sda1 (Ubuntu, Windows).',
      {
        wrong: 'which is not an EC2 device name',
        allowed: 'a name such as /dev/xvda, /dev/sda1 or /dev/sdf, or xvdf on Windows',
        fix: 'for the root volume, use RootDeviceName of the base image (aws ec2 describe-images)',
      },
    ),
    sizeGiB: wholeNumber(
      1,
      65_536,
      'The size in GiB. It cannot be smaller than the volume in the base image.',
      {
        allowed: 'a whole number of GiB from 1 to 65536',
        fix: 'write the size as a number without a unit, such as 10',
      },
    ),
    type: field(z.enum(['gp3', 'gp2', 'io1', 'io2', 'st1', 'sc1', 'standard']), 'The EBS volume type.'),
    iops: z.optional(
      wholeNumber(100, 256_000, 'I/O operations per second, for gp3, io1 and io2.', {
        allowed: 'a whole number from 100 to 256000',
        fix: 'write the rate as a number without a unit, or remove iops',
      }),
    ),
    throughput: z.optional(
      wholeNumber(125, 2_000, 'Throughput in MiB per second, for gp3.', {
        allowed: 'a whole number of MiB per second from 125 to 2000',
        fix: 'write the throughput as a number without a unit, or remove throughput',
      }),
    ),
    inImage: z.optional(
      field(
        z.boolean(),
        'Whether the volume is a part of the image. With false, only the builder has the volume, for example as working space for steps. Default: true.',
      ),
    ),
  }),
  'A volume of the builder and, unless inImage is false, of the image.',
);

const build = field(
  z.strictObject({
    copyBase: z.optional(
      field(
        z.boolean(),
        'Whether the image is an unchanged copy of the base image. The build then launches no builder, and only the tester uses instanceTypes and subnets. Default: false.',
      ),
    ),
    instanceTypes: field(
      z
        .array(
          field(text(instanceTypePattern, 32), 'An EC2 instance type, such as m7i.large.', {
            wrong: 'which is not an instance type',
            allowed: 'a family, a dot and a size in lower case, such as m7i.large',
            fix: (found) => {
              const corrected = textOf(found)
                .toLowerCase()
                .replace(/[-_ ](?=[0-9]*[a-z]+$)/, '.');
              return instanceTypePattern.test(corrected)
                ? `did you mean ${corrected}?`
                : 'list the instance types with aws ec2 describe-instance-types';
            },
          }),
        )
        .check(z.minLength(1), z.maxLength(20)),
      'The instance types for the builder, in order of preference. If EC2 has no capacity for a type, the build tries the next type.',
      {
        allowed: 'a list of 1 to 20 instance types',
        fix: 'list at least one instance type, such as [m7i.large, m6i.large]',
      },
    ),
    subnets: z.optional(
      field(
        z.union([
          field(
            z
              .array(
                field(text(/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, 24), 'The id of a subnet.', {
                  wrong: 'which is not a subnet id',
                  allowed: 'subnet- followed by 8 or 17 hexadecimal digits',
                  fix: 'copy the id from the VPC console, or select subnets with { tags: … }',
                }),
              )
              .check(z.minLength(1), z.maxLength(20)),
            'The ids of the subnets.',
            {
              allowed: 'a list of 1 to 20 subnet ids',
              fix: 'list at least one subnet id, or remove subnets to use the subnets of the deployment',
            },
          ),
          z.strictObject({
            tags: field(
              z
                .record(
                  z.string().check(z.minLength(1), z.maxLength(128)),
                  field(z.string().check(z.maxLength(256)), 'The value of the tag.'),
                )
                .check(z.refine((tags) => Object.keys(tags).length > 0)),
              'The tags of the subnets. A subnet must have all of them.',
              {
                wrong: 'which matches every subnet in the account',
                allowed: 'a map with at least one tag',
                fix: 'add a tag of the subnets to use, or remove subnets',
              },
            ),
          }),
        ]),
        'The subnets for the builder, as ids or tags. Default: the subnets of the deployment.',
        {
          allowed: 'a list of 1 to 20 subnet ids, or { tags: { key: value } }',
          fix: 'remove subnets to use the subnets of the deployment',
        },
      ),
    ),
    volumes: z._default(
      field(
        z.array(volume).check(z.maxLength(27)),
        'Volumes that differ from the volumes of the base image. Default: the volumes of the base image.',
      ),
      [],
    ),
    ssmAgent: z._default(
      field(
        z.enum(['preinstalled', 'install']),
        "preinstalled: the base image contains the SSM Agent. install: user data installs the SSM Agent from AWS's signed package, for example on Debian, whose AMIs do not contain the SSM Agent.",
      ),
      'preinstalled',
    ),
  }),
  'How to launch the builder, the instance that becomes the image, or whether to copy the base image instead. Required, unless the base is an instance (base.instanceId).',
);

const patch = field(
  z.strictObject({
    install: z._default(
      field(z.boolean(), 'Whether to install the updates that the patch baseline approves.'),
      true,
    ),
    reboot: z._default(
      field(z.enum(['if-needed', 'never']), 'Whether to reboot after an update that needs a reboot.'),
      'if-needed',
    ),
    patchGroup: z.optional(
      field(
        text(/^(?![aA][wW][sS]:)[\w.:/=+@ -]+$/, 256),
        'The patch group. It selects a patch baseline other than the default.',
        {
          wrong: (found) =>
            /^aws:/i.test(textOf(found))
              ? 'which starts with aws:, a prefix that AWS reserves'
              : 'which is not a patch group',
          allowed: 'at most 256 letters, digits, spaces and _ . : / = + - @, not starting with aws:',
          fix: 'use the patch group that the patch baseline is registered for',
        },
      ),
    ),
  }),
  'How to update the operating system. Default: install all updates of the default patch baseline, and reboot if needed.',
);

const stepName = () =>
  field(text(/^(?! )[ -~\u00a0-\uffff]+(?<! )$/, 64), 'The name of the step in logs and messages.', {
    wrong: (found) => {
      const given = textOf(found);
      if (/^ | $/.test(given)) return 'which starts or ends with a space';
      return /[\r\n]/.test(given) ? 'which has more than one line' : 'which contains a control character';
    },
    allowed: 'one line of 1 to 64 characters, without a space at the start or end',
    fix: 'describe the step in a few words',
  });

const SCRIPT_CHARACTERS_MAX = 24_000;

const script = (description: string) =>
  field(z.string().check(z.regex(/\S/), z.maxLength(SCRIPT_CHARACTERS_MAX)), description, {
    wrong: 'which contains no commands',
    allowed: `a script of at most ${SCRIPT_CHARACTERS_MAX} characters`,
    fix: 'add commands, or remove the step',
    shorten:
      'store the script in a package or in S3 and download it in the step, or split the script into several steps',
  });

const timeoutMinutes = z.optional(
  wholeNumber(
    1,
    STEPS_MINUTES_MAX,
    `The timeout of the step in minutes. After a timeout, the build fails. Default: ${STEP_MINUTES_DEFAULT}. All steps together can take at most ${STEPS_MINUTES_MAX} minutes. If a step has timeoutMinutes, the sum of the timeouts of all steps, including the defaults, is at most ${STEPS_MINUTES_MAX}.`,
    {
      allowed: `a whole number of minutes from 1 to ${STEPS_MINUTES_MAX}, the limit for all steps together`,
      fix: `write the minutes as a number, such as 120, or remove timeoutMinutes for the default of ${STEP_MINUTES_DEFAULT}`,
    },
  ),
);

const strict = (description: string) => z.optional(field(z.boolean(), description));

const shellStep = z.strictObject({
  name: stepName(),
  shell: script(
    'A shell script, for Linux. The script runs with /bin/sh, or with the interpreter in its first line (for example #!/bin/bash).',
  ),
  timeoutMinutes,
  strict: strict(
    'Whether the script stops at the first command that fails or uses an unset variable: set -eu, and set -o pipefail if the shell supports it. Applies to sh, bash, dash, ash, ksh, mksh and zsh. Default: true.',
  ),
});

const powershellStep = z.strictObject({
  name: stepName(),
  powershell: script('A PowerShell script, for Windows. The script runs with Windows PowerShell 5.1.'),
  timeoutMinutes,
  strict: strict(
    "Whether the script stops at errors ($ErrorActionPreference = 'Stop') and at programs with a nonzero exit code, unless the next statement reads $LASTEXITCODE or $?. Default: true.",
  ),
});

/** A field that a step with `document` cannot have. Without this declaration, the message would call the field unknown. */
const notWithDocument = (key: string, reason: string, fix: string) =>
  z.optional(
    field(z.never(), 'Not allowed with document.', {
      allowed: `${key} only with shell or powershell: an SSM document ${reason}`,
      fix: `remove ${key}${fix}`,
    }),
  );

const documentStep = z.strictObject({
  name: stepName(),
  document: field(
    text(noForeignArn(/^[a-zA-Z0-9_\-.:/]{3,}$/), 128),
    'The name or ARN of an SSM Command document.',
    arnMessage({
      wrong: 'which is not the name of an SSM document',
      allowed: '3 to 128 letters, digits and _ - . : /',
      fix: 'use a name such as AWS-ConfigureAWSPackage',
    }),
  ),
  parameters: z.optional(
    field(
      z.record(
        z.string().check(z.minLength(1), z.maxLength(50)),
        field(
          z.union([z.string(), z.array(field(z.string(), 'A value.'))]),
          'The value, or a list of values.',
          {
            allowed: 'a string, or a list of strings',
            fix: 'put the value in quotes: SSM passes every value as a string',
          },
        ),
      ),
      'The parameters of the document.',
    ),
  ),
  timeoutMinutes: notWithDocument(
    'timeoutMinutes',
    'defines its own timeouts',
    '; if the document has a timeout parameter, such as executionTimeout, set that parameter',
  ),
  strict: notWithDocument('strict', 'contains its own scripts', ''),
});

const NO_FILES =
  'a step cannot use a file of the repository: write the commands into shell (Linux) or powershell (Windows)';

/** The message of each kind of step, too: the kind is known if the step also has shell, powershell or document. */
const stepMessage = {
  allowed: 'a map with a name and exactly one of shell, powershell and document',
  fix: 'use this form: { name: web server, shell: dnf install -y nginx }',
  unknown: { script: NO_FILES, scripts: NO_FILES, file: NO_FILES, files: NO_FILES, path: NO_FILES },
};
for (const kind of [shellStep, powershellStep, documentStep]) fieldMessages.add(kind, stepMessage);

const step = field(
  z.union([shellStep, powershellStep, documentStep]),
  'A step that runs on the builder, or a test that runs on a fresh instance of the image.',
  stepMessage,
);

const test = field(
  z.strictObject({
    boot: z._default(
      field(
        z.boolean(),
        'Whether to launch a fresh instance of the image before the image is shared. The instance must pass its status checks, reach Systems Manager, and pass the checks of the pipeline and the tests of the recipe.',
      ),
      true,
    ),
    regions: z._default(
      field(
        z.array(region),
        'The regions in which the copy of the image is launched, too, before the image is shared. The instance must pass its status checks and reach Systems Manager. It is launched in the default VPC of the region. Default: none.',
        {
          allowed: 'a list of regions that are also in regions',
          fix: 'remove test.regions to test the image only in the region of the deployment',
        },
      ),
      [],
    ),
  }),
  'How the image is tested before it is shared. Default: on a fresh instance in the region of the deployment.',
);

const shareList = (element: z.ZodMiniString, description: string) =>
  z._default(field(z.array(element), description), []);

const arnFix = (found: unknown, operation: string): string =>
  `${textOf(found).startsWith('arn:') ? 'copy the ARN from' : 'write the ARN instead of the id:'} the field Arn of aws organizations ${operation}`;

const share = field(
  z.strictObject({
    accounts: shareList(
      field(text(accountIdPattern, 12), 'An account id: 12 digits in quotes.', {
        wrong: 'which is not an account id',
        allowed: '12 digits in quotes, such as "111122223333"',
        fix: accountIdFix,
      }),
      'The accounts that can launch the image.',
    ),
    organizations: shareList(
      field(
        text(/^arn:aws:organizations::[0-9]{12}:organization\/o-[a-z0-9]{10,32}$/, 128),
        'The ARN of an organization.',
        arnMessage({
          wrong: 'which is not the ARN of an organization',
          allowed: 'arn:aws:organizations::<management account>:organization/o-…',
          fix: (found) =>
            textOf(found).includes(':ou/')
              ? 'move the ARN to organizationalUnits'
              : arnFix(found, 'describe-organization'),
        }),
      ),
      'The ARNs of the organizations whose accounts can launch the image.',
    ),
    organizationalUnits: shareList(
      field(
        text(
          /^arn:aws:organizations::[0-9]{12}:ou\/o-[a-z0-9]{10,32}\/ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}$/,
          160,
        ),
        'The ARN of an organizational unit.',
        arnMessage({
          wrong: 'which is not the ARN of an organizational unit',
          allowed: 'arn:aws:organizations::<management account>:ou/o-…/ou-…',
          fix: (found) =>
            textOf(found).includes(':organization/')
              ? 'move the ARN to organizations'
              : arnFix(found, 'describe-organizational-unit'),
        }),
      ),
      'The ARNs of the organizational units whose accounts can launch the image.',
    ),
    public: z._default(field(z.boolean(), 'Whether every AWS account can launch the image.'), false),
    copyable: z.optional(
      field(
        z.boolean(),
        'Whether these accounts can also copy the image, and create volumes from its snapshots. Not possible with organizations and organizationalUnits. Default: false, which means that these accounts can only launch the image.',
      ),
    ),
  }),
  'The accounts that can launch the image, in all of its regions. The next release also changes the permissions of the earlier releases. Default: only the account of the pipeline can launch the image.',
);

const image = field(
  z.strictObject({
    imds: z._default(
      field(
        z.enum(['v2', 'optional']),
        'v2: instances of the image require IMDSv2, unless the launch says otherwise. optional: the image does not require IMDSv2. EC2 cannot make IMDSv2 optional again, so an image of a base that requires it requires it, too.',
      ),
      'v2',
    ),
    bootMode: z.optional(
      field(
        z.enum(['uefi']),
        'uefi: instances of the image boot only with UEFI. The builder must run with UEFI. Default: the boot mode of the base.',
      ),
    ),
    tpm: z.optional(
      field(
        z.enum(['v2']),
        'v2: instances of the image have a NitroTPM. EC2 sets this only when it registers an image from a snapshot (base.snapshotId). For other bases, the base must have it. Default: as the base.',
      ),
    ),
    deprecateAfterDays: z.optional(
      wholeNumber(
        1,
        3_650,
        'The number of days after the start of the build on which EC2 marks the image as deprecated. Other accounts then find the image only by its id, and can still launch it. A public image can have at most 730 days. Default: EC2 deprecates public images after two years, and other images never.',
        {
          allowed: 'a whole number of days from 1 to 3650: EC2 allows ten years',
          fix: 'write the days as a number, such as 90, or remove deprecateAfterDays',
        },
      ),
    ),
    deregistrationProtection: z._default(
      field(
        z.enum(['none', 'on', 'with-cooldown']),
        'on: nobody can deregister the released image until somebody turns the protection off. with-cooldown: also not in the 24 hours after that.',
      ),
      'none',
    ),
    fastSnapshotRestore: z.optional(fastSnapshotRestore),
    fastLaunch: z.optional(fastLaunch),
  }),
  'The attributes of the image, in all of its regions. Default: the image requires IMDSv2.',
);

/** The limits of a time-based copy (Amazon EBS User Guide, "Time-based copies"). */
const copy = field(
  z.strictObject({
    completionMinutes: field(
      z.int().check(
        z.minimum(15),
        z.maximum(2_880),
        z.refine((minutes) => minutes % 15 === 0),
      ),
      'The number of minutes in which EC2 completes each copy, for an additional price per GiB.',
      {
        wrong: 'which is not a completion time of EC2',
        allowed: 'a multiple of 15 minutes, from 15 to 2880 (48 hours)',
        fix: (found) => {
          if (typeof found !== 'number') return 'write the minutes as a number, such as 60, or remove copy';
          const nearest = Math.min(Math.max(Math.round(found / 15) * 15, 15), 2_880);
          return `write ${nearest}, or remove copy`;
        },
      },
    ),
  }),
  'How to copy the image to the other regions. Default: EC2 copies without a time limit, at no additional price.',
);

const tags = field(
  z.record(
    field(text(/^(?!golden-image:|[aA][wW][sS]:)[ -~\u00a0-\uffff]+$/, 128), 'The key of the tag.', {
      wrong: (found) => {
        if (/^aws:/i.test(textOf(found))) return 'which AWS reserves';
        if (textOf(found).startsWith('golden-image:')) return 'which this pipeline reserves';
        return 'which is not a valid tag key';
      },
      allowed:
        '1 to 128 characters, not starting with aws: (reserved by AWS) or golden-image: (reserved by this pipeline)',
      fix: 'choose another key',
    }),
    field(z.string().check(z.maxLength(256)), 'The value of the tag.', {
      allowed: 'a string of at most 256 characters',
    }),
  ),
  'The tags of the image and its snapshots. Accounts that the image is shared with see only tags whose key starts with ec2:SharedTag/.',
);

/**
 * A recipe as a user writes it. `prefault` creates the default of a missing map for each recipe, so that recipes never share a list.
 * recipe-rules.ts contains the rules for several fields and for the current time.
 */
export const recipeSchema = field(
  z.strictObject({
    name: field(
      text(/^[a-z0-9]+(-[a-z0-9]+)*$/, 40),
      'The name of the recipe and of its images. It must be the name of this file without .yml.',
      {
        wrong: 'which is not a recipe name',
        allowed: 'at most 40 lower-case letters and digits, with single hyphens between them',
        fix: 'use a name such as al2023',
      },
    ),
    description: field(
      text(descriptionPattern, 255),
      'A description of the image for people. The AMI has the same description.',
      {
        wrong: (found) => {
          const given = textOf(found);
          if (!/\S/.test(given)) return 'which is empty';
          const refused = /[^ -~\n]/u.exec(given)?.[0];
          return refused === undefined
            ? 'which is more than one line'
            : `which contains ${JSON.stringify(refused)}, a character that EC2 refuses`;
        },
        allowed: 'one line of 1 to 255 ASCII characters',
        fix: 'describe the image in one line of ASCII characters',
      },
    ),
    platform: field(z.enum(['linux', 'windows']), 'The operating system of the base image.'),
    base,
    build: z.optional(build),
    patch: z.prefault(patch, {}),
    steps: z._default(
      field(
        z.array(step).check(z.maxLength(50)),
        'The steps that run on the builder after the updates are installed, in this order.',
        {
          allowed: 'a list of 1 to 50 steps',
          fix: 'remove steps if the recipe needs no steps',
        },
      ),
      [],
    ),
    tests: z._default(
      field(
        z.array(step).check(z.maxLength(50)),
        'The tests that run on a fresh instance of the image, in this order, after the checks of the pipeline. They have the form of steps. If a test fails, the image is not released, and no other account ever sees it.',
        {
          allowed: 'a list of at most 50 tests',
          fix: 'remove tests if the recipe has no tests of its own',
        },
      ),
      [],
    ),
    test: z.prefault(test, {}),
    image: z.prefault(image, {}),
    regions: field(
      z.array(region).check(z.minLength(1)),
      'The regions to publish the image in. If one of them fails, nothing is released.',
      {
        allowed: 'a list of at least one region',
        fix: 'list the regions to publish the image in, such as [us-east-1]',
      },
    ),
    optionalRegions: z._default(
      field(
        z.array(region),
        'Further regions to publish the image in. If one of them fails, the image is released without it, and the build says so.',
        {
          allowed: 'a list of regions that are not in regions',
          fix: 'write a list such as [ap-southeast-2], or remove optionalRegions',
        },
      ),
      [],
    ),
    encryption: z.optional(encryption),
    copy: z.optional(copy),
    share: z.prefault(share, {}),
    publish: z.prefault(publish, {}),
    tags: z._default(tags, {}),
    schedule: z.optional(schedule),
    rebuildOnNewBase: z._default(
      field(z.boolean(), 'Whether to start a build when the base changes, in addition to the schedule.'),
      false,
    ),
    scanForUpdates: z._default(
      field(
        z.boolean(),
        'Whether to skip a build if the base and the recipe have not changed and the last image has no missing updates. To find missing updates, the build launches an instance of the last image and scans the instance. For a build that you start by hand, this applies only with ifChanged.',
      ),
      false,
    ),
    rebuildAfterDays: z.optional(
      wholeNumber(
        1,
        365,
        'If the last release is at least this number of days old, a build is made even if nothing has changed. Default: no limit.',
        { allowed: 'a whole number of days from 1 to 365', fix: 'write the days as a number, such as 30' },
      ),
    ),
    freeze: z.optional(freeze),
    gates: z.optional(gates),
  }),
  'A golden image: its base, the steps to build it, and the regions and accounts that receive it.',
);

type Filled = z.output<typeof recipeSchema>;
export type RecipeBase = Filled['base'];
export type SnapshotBase = z.output<typeof snapshotBase>;
export type InstanceBase = z.output<typeof instanceBase>;
export type RecipeImage = Filled['image'];
export type RecipeStep = Filled['steps'][number];
export type InstanceRefresh = NonNullable<Filled['publish']['instanceRefresh']>[number];
export type CveGate = NonNullable<NonNullable<Filled['gates']>['cve']>;
export type RecipeVolume = NonNullable<Filled['build']>['volumes'][number];

/** A recipe whose build launches a builder. */
export interface BuiltRecipe extends Filled {
  base: Exclude<RecipeBase, InstanceBase>;
  build: NonNullable<Filled['build']>;
}

/** A recipe whose image is an unchanged copy of its base image. */
export interface CopiedRecipe extends Omit<Filled, 'patch'> {
  base: Exclude<RecipeBase, InstanceBase | SnapshotBase>;
  build: NonNullable<Filled['build']>;
  patch?: undefined;
}

/** A recipe whose build creates an image of an existing instance. */
export interface InstanceRecipe extends Omit<Filled, 'build' | 'patch'> {
  base: InstanceBase;
  build?: undefined;
  patch?: undefined;
}

/**
 * A recipe with all defaults. Check for a key to find the kind of a base (`'ssmParameter' in recipe.base`) or of a step
 * (`'shell' in step`). Sizes are in GiB, `throughput` is in MiB per second.
 */
export type Recipe = BuiltRecipe | CopiedRecipe | InstanceRecipe;

/** Whether the build launches a builder. The rules in recipe-rules.ts guarantee that such a recipe has the field `build`. */
export const isBuilt = (recipe: Recipe): recipe is BuiltRecipe =>
  !('instanceId' in recipe.base) && recipe.build?.copyBase !== true;

/** Whether the build copies the base image. The rules guarantee that such a recipe has a base that is an image. */
export const isCopied = (recipe: Recipe): recipe is CopiedRecipe => recipe.build?.copyBase === true;
