import * as z from 'zod/mini';
import { base, type instanceBase, quoteAccount, type snapshotBase } from './base-schema.ts';
import { fixOfForeignRegion, regionNames, regionWords } from './regions.ts';
import { freeze, schedule } from './schedule-schema.ts';
import { field, text, textOf } from './schema-field.ts';
import { STEP_MINUTES_DEFAULT, STEPS_MINUTES_MAX } from './step-limits.ts';

/** EC2's CreateImage refuses a description that is longer, or has characters beyond ASCII. */
const descriptionPattern = /^[ -~]*[!-~][ -~]*$/;
const accountIdPattern = /^[0-9]{12}$/;
const instanceTypePattern =
  /^[a-z][a-z0-9-]*\.(nano|micro|small|medium|large|[0-9]*xlarge|metal(-[0-9]+xl)?)$/;

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
          wrong: (found) =>
            /^aws:/i.test(textOf(found))
              ? 'which begins with aws:, reserved by AWS'
              : 'which is no patch group',
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
    wrong: (found) =>
      /^ | $/.test(textOf(found)) ? 'which has spaces around it' : 'which is not one line of text',
    allowed: 'one line of 1 to 64 characters, without spaces around it',
    fix: 'say in a few words what the step does',
  });

const SCRIPT_CHARACTERS_MAX = 24_000;

const script = (description: string) =>
  field(z.string().check(z.regex(/\S/), z.maxLength(SCRIPT_CHARACTERS_MAX)), description, {
    wrong: 'which does nothing',
    allowed: `a script of at most ${SCRIPT_CHARACTERS_MAX} characters`,
    fix: 'write the commands, or remove the step',
    shorten:
      'keep the script in a package or in S3, and let the step fetch and run it; or divide it into several steps',
  });

const timeoutMinutes = z.optional(
  field(
    z.int().check(z.minimum(1), z.maximum(STEPS_MINUTES_MAX)),
    `How many minutes the step may take before it is stopped and the build fails. Left out: ${STEP_MINUTES_DEFAULT}. All steps together have ${STEPS_MINUTES_MAX} minutes.`,
    {
      allowed: `a whole number of minutes from 1 to ${STEPS_MINUTES_MAX}, which is what all steps have together`,
      fix: `give the minutes as a number, such as 120, or leave timeoutMinutes out for ${STEP_MINUTES_DEFAULT}`,
    },
  ),
);

const strict = (description: string) => z.optional(field(z.boolean(), description));

const shellStep = z.strictObject({
  name: stepName(),
  shell: script(
    'A script for the shell, on Linux. It runs with /bin/sh, or with the interpreter that its first line names (#!/bin/bash).',
  ),
  timeoutMinutes,
  strict: strict(
    'Whether the script stops at the first command that fails, or that uses an unset variable: set -eu, and set -o pipefail where the shell has it. It applies to sh, bash, dash, ash, ksh and zsh. Left out: true.',
  ),
});

const powershellStep = z.strictObject({
  name: stepName(),
  powershell: script('A script for PowerShell, on Windows. It runs with Windows PowerShell 5.1.'),
  timeoutMinutes,
  strict: strict(
    "Whether the script stops at errors ($ErrorActionPreference = 'Stop'), and after programs that end with another exit code than 0, unless the next statement looks at $LASTEXITCODE or $?. Left out: true.",
  ),
});

/** What a step that runs a document cannot say; without these, the message would only call the field unknown. */
const notWithDocument = (description: string, fix: string) =>
  z.optional(
    field(z.never(), description, {
      allowed:
        'timeoutMinutes and strict in steps with shell or powershell: a document brings its own scripts and limits',
      fix,
    }),
  );

const documentStep = z.strictObject({
  name: stepName(),
  document: field(text(/^[a-zA-Z0-9_\-.:/]{3,}$/, 128), 'The name or ARN of an SSM Command document.', {
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
  timeoutMinutes: notWithDocument(
    'Not with document.',
    'remove it; if the document takes a limit as a parameter, such as executionTimeout, give it there',
  ),
  strict: notWithDocument('Not with document.', 'remove it'),
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
  'Who else may launch the image, in every one of its Regions. A change applies to new releases; earlier releases stay shared as they are. Left out: nobody.',
);

const tags = field(
  z.record(
    field(text(/^(?!golden-image:|[aA][wW][sS]:)[ -~\u00a0-\uffff]+$/, 128), 'The key.', {
      wrong: (found) => {
        if (/^aws:/i.test(textOf(found))) return 'which is reserved by AWS';
        if (textOf(found).startsWith('golden-image:')) return 'which is reserved by this pipeline';
        return 'which cannot be the key of a tag';
      },
      allowed:
        '1 to 128 characters, not beginning with aws: (reserved by AWS) or golden-image: (by this pipeline)',
      fix: 'choose another key',
    }),
    field(z.string().check(z.maxLength(256)), 'The value.', { allowed: 'a text of at most 256 characters' }),
  ),
  'Tags of the image and its snapshots. Accounts it is shared with see only those that begin with ec2:SharedTag/.',
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
        wrong: (found) => {
          const given = textOf(found);
          if (!/\S/.test(given)) return 'which says nothing';
          const odd = /[^ -~\n]/u.exec(given)?.[0];
          return odd === undefined
            ? 'which is more than one line'
            : `with ${JSON.stringify(odd)}, which EC2 refuses`;
        },
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
            ...regionWords,
            fix: (found) => (typeof found === 'string' ? fixOfForeignRegion(found) : undefined),
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
