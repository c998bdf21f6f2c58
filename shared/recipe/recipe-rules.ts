import { CHANNELS_DEFAULT } from './channels-default.ts';
import { cronProblem } from './cron.ts';
import { isSameDevice } from './devices.ts';
import { fastLaunchRules } from './fast-launch-rules.ts';
import { nearest } from './nearest.ts';
import type { RecipeVolume } from './recipe.ts';
import { findRestart } from './restarts.ts';
import { channelFix, listAt, type Path, problem, textAt } from './rule-values.ts';
import { type FieldProblem, isFields, showValue, valueAt } from './schema-check.ts';
import { STEP_MINUTES_DEFAULT, STEPS_MINUTES_MAX } from './step-limits.ts';
import type { StepList } from './steps-document.ts';
import { timezoneProblem } from './timezone.ts';

/**
 * The rules for several fields, for a whole list, or for the current time. The rules also read values that the schema refuses, so that
 * the user sees all problems at the same time. Each rule ignores fields of the wrong type.
 */
export function checkRecipeRules(value: unknown, now: Date): FieldProblem[] {
  return [
    ...baseRules(value),
    ...snapshotRules(value),
    ...instanceRules(value),
    ...copyRules(value),
    ...buildRules(value),
    ...volumeRules(value),
    ...deviceRules(value),
    ...(['steps', 'tests'] as const).flatMap((list) => [
      ...stepRules(value, list),
      ...timeoutRules(value, list),
      ...braceRules(value, list),
      ...restartRules(value, list),
    ]),
    ...testRules(value),
    ...shareRules(value),
    ...roleRules(value),
    ...templateRules(value),
    ...encryptionRules(value),
    ...deprecationRules(value),
    ...fastLaunchRules(value),
    ...scheduleRules(value, now),
    ...freezeRules(value),
    ...gateRules(value),
    ...soakRules(value),
    ...tagRules(value),
    ...duplicates(value, ['regions']),
    ...duplicates(value, ['test', 'regions']),
    ...duplicates(value, ['optionalRegions']),
    ...optionalRegionRules(value),
    ...duplicates(value, ['build', 'instanceTypes']),
    ...duplicates(value, ['build', 'subnets']),
    ...duplicates(value, ['build', 'volumes'], 'device'),
    ...duplicates(value, ['steps'], 'name'),
    ...duplicates(value, ['tests'], 'name'),
    ...duplicates(value, ['share', 'accounts']),
    ...duplicates(value, ['share', 'organizations']),
    ...duplicates(value, ['share', 'organizationalUnits']),
    ...duplicates(value, ['publish', 'channels']),
    ...duplicates(value, ['publish', 'launchTemplates'], 'id'),
    ...duplicates(value, ['freeze', 'changeCalendars']),
    ...duplicates(value, ['gates', 'cve', 'accept'], 'id'),
  ];
}

/** Checks that a list has no duplicates. In a list of maps, `key` is the field that must be unique. */
function duplicates(value: unknown, list: Path, key?: string): FieldProblem[] {
  const firstAt = new Map<string, number>();
  return listAt(value, list).flatMap((element, index) => {
    const text = key === undefined ? element : valueAt(element, [key]);
    if (typeof text !== 'string') return [];
    const first = firstAt.get(text);
    if (first === undefined) {
      firstAt.set(text, index);
      return [];
    }
    const place = key === undefined ? [index] : [index, key];
    return problem([...list, ...place], text, {
      wrong: `a duplicate of ${list.at(-1)}[${first}]`,
      allowed: `each ${key ?? 'entry'} once`,
      fix: key === 'name' ? 'choose another name' : 'remove one of the duplicates',
    });
  });
}

/** A region is required or optional. */
function optionalRegionRules(value: unknown): FieldProblem[] {
  const required = listAt(value, ['regions']);
  return listAt(value, ['optionalRegions']).flatMap((region, index) => {
    const at = required.indexOf(region);
    if (at === -1) return [];
    return problem(['optionalRegions', index], region, {
      wrong: `which is also regions[${at}]`,
      allowed: 'a region that is not in regions',
      fix: 'remove the region from optionalRegions if the release must have it, otherwise from regions',
    });
  });
}

function baseRules(value: unknown): FieldProblem[] {
  const platform = textAt(value, 'platform');
  const parameter = textAt(value, 'base', 'ssmParameter') ?? '';
  const problems: FieldProblem[] = [];
  // This path contains the ids of AWS's Windows AMIs and nothing else.
  const isWindows = parameter.startsWith('/aws/service/ami-windows-latest/');
  const isPublic = parameter.startsWith('/aws/service/');
  if ((platform === 'linux' && isWindows) || (platform === 'windows' && isPublic && !isWindows)) {
    const system = isWindows ? 'windows' : 'linux';
    problems.push(
      problem(['platform'], platform, {
        wrong: `but ${parameter} is a ${isWindows ? 'Windows' : 'Linux or macOS'} image`,
        allowed: `the platform of the base image, or a base image for ${platform}`,
        fix: `write platform: ${system}, or choose another base`,
      }),
    );
  }
  const [fixed] = Object.entries(FIXED_BASES).filter(([key]) => textAt(value, 'base', key) !== undefined);
  if (fixed !== undefined && valueAt(value, ['rebuildOnNewBase']) === true) {
    const [key, what] = fixed;
    problems.push(
      problem(['rebuildOnNewBase'], true, {
        wrong: `but base.${key} always means the same ${what}`,
        allowed: 'true with base.ssmParameter or base.filter, which select the newest image',
        fix: 'remove rebuildOnNewBase, or use ssmParameter or filter for the base',
      }),
    );
  }
  return problems;
}

/** The fields of a base that never selects a newer image. */
const FIXED_BASES = { imageId: 'image', snapshotId: 'snapshot', instanceId: 'instance' };

function snapshotRules(value: unknown): FieldProblem[] {
  const [architecture, bootMode] = ['architecture', 'bootMode'].map((key) => textAt(value, 'base', key));
  if (architecture !== 'arm64' || bootMode !== 'legacy-bios') return [];
  return [
    problem(['base', 'bootMode'], bootMode, {
      wrong: 'but the architecture is arm64',
      allowed: 'uefi for arm64, which does not support BIOS',
      fix: 'write bootMode: uefi, or correct the architecture',
    }),
  ];
}

/** Fields about building, patching and updates have no effect with `base.instanceId`. With other bases, `build` is required. */
function instanceRules(value: unknown): FieldProblem[] {
  if (!isFields(value)) return [];
  // A string is not a valid base. But if the string is an instance id, the message must not also require `build`.
  const isInstance = isFields(value.base)
    ? Object.hasOwn(value.base, 'instanceId')
    : textAt(value, 'base')?.startsWith('i-');
  if (isInstance !== true) {
    if (value.build !== undefined) return [];
    const allowed = 'a map with the fields copyBase, instanceTypes, subnets, volumes, ssmAgent';
    return [{ path: ['build'], found: showValue(undefined), allowed, fix: 'add the field build' }];
  }
  const { steps, scanForUpdates } = value;
  const withoutEffect = [
    ...['build', 'patch', 'rebuildAfterDays'].filter((key) => value[key] !== undefined),
    ...(Array.isArray(steps) && steps.length > 0 ? ['steps'] : []),
    ...(scanForUpdates === true ? ['scanForUpdates'] : []),
  ];
  return withoutEffect.map((key) => ({
    path: [key],
    atKey: true,
    found: `the field ${key}, which has no effect with base.instanceId`,
    allowed: 'base.instanceId without build, patch, steps, scanForUpdates and rebuildAfterDays',
    fix: `remove ${key}, or use an image or a snapshot as the base`,
  }));
}

/** A copy of the base changes nothing, so the fields that change the image have no effect. */
function copyRules(value: unknown): FieldProblem[] {
  if (!isFields(value) || valueAt(value, ['build', 'copyBase']) !== true) return [];
  const base = ['snapshotId', 'instanceId'].find((key) => valueAt(value, ['base', key]) !== undefined);
  if (base !== undefined) {
    return [
      problem(['build', 'copyBase'], true, {
        wrong: `but base.${base} is no image`,
        allowed: 'true with base.imageId, base.ssmParameter or base.filter',
        fix: 'remove copyBase, or use an image as the base',
      }),
    ];
  }
  const isList = (path: Path) => listAt(value, path).length > 0;
  const withoutEffect: Path[] = [
    ...(isList(['build', 'volumes']) ? [['build', 'volumes']] : []),
    ...(textAt(value, 'build', 'ssmAgent') === 'install' ? [['build', 'ssmAgent']] : []),
    ...(value.patch === undefined ? [] : [['patch']]),
    ...(isList(['steps']) ? [['steps']] : []),
    ...(value.scanForUpdates === true ? [['scanForUpdates']] : []),
  ];
  return withoutEffect.map((path) => ({
    path,
    atKey: true,
    found: `the field ${path.at(-1)}, which has no effect with build.copyBase`,
    allowed: 'build.copyBase without volumes, ssmAgent: install, patch, steps and scanForUpdates',
    fix: `remove ${path.at(-1)}, or remove copyBase to build from the base`,
  }));
}

function buildRules(value: unknown): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const isWindows = textAt(value, 'platform') === 'windows';
  const installs = valueAt(value, ['patch', 'install']) !== false;
  if (isWindows && installs && textAt(value, 'patch', 'reboot') === 'never') {
    problems.push(
      problem(['patch', 'reboot'], 'never', {
        wrong: 'but the platform is windows: Sysprep fails while a reboot for updates is pending',
        allowed: 'if-needed, or never if patch.install is false',
        fix: 'write reboot: if-needed',
      }),
    );
  }
  if (isWindows && textAt(value, 'build', 'ssmAgent') === 'install') {
    problems.push(
      problem(['build', 'ssmAgent'], 'install', {
        wrong: 'but the platform is windows',
        allowed: 'preinstalled, because all Windows AMIs of AWS contain the SSM Agent; install is for Linux',
        fix: 'remove ssmAgent',
      }),
    );
  }
  return problems;
}

interface VolumeLimits {
  readonly sizesGiB: readonly [number, number];
  readonly iops?: readonly [number, number];
  readonly iopsPerGiBMax?: number;
  readonly iopsRequired?: boolean;
}

/**
 * Sizes and rates are from the documentation of EbsBlockDevice in `@aws-sdk/client-ec2` 3.1169.0. The IOPS per GiB are from the
 * Amazon EBS User Guide, "Amazon EBS volume types".
 */
const volumeLimits: Readonly<Record<RecipeVolume['type'], VolumeLimits>> = {
  gp3: { sizesGiB: [1, 65_536], iops: [3_000, 80_000], iopsPerGiBMax: 500 },
  gp2: { sizesGiB: [1, 16_384] },
  io1: { sizesGiB: [4, 16_384], iops: [100, 64_000], iopsPerGiBMax: 50, iopsRequired: true },
  io2: { sizesGiB: [4, 65_536], iops: [100, 256_000], iopsPerGiBMax: 1_000, iopsRequired: true },
  st1: { sizesGiB: [125, 16_384] },
  sc1: { sizesGiB: [125, 16_384] },
  standard: { sizesGiB: [1, 1_024] },
};

/** A gp3 volume has 3,000 IOPS by default, and at most 1 MiB per second of throughput for every 4 IOPS. */
const gp3IopsDefault = 3_000;

function volumeRules(value: unknown): FieldProblem[] {
  return listAt(value, ['build', 'volumes']).flatMap((volume, index) => {
    if (!isFields(volume) || typeof volume.type !== 'string' || !Object.hasOwn(volumeLimits, volume.type))
      return [];
    const at: Path = ['build', 'volumes', index];
    const type = volume.type as RecipeVolume['type'];
    const limits = volumeLimits[type];
    return [
      ...sizeRules(volume, at, type, limits),
      ...iopsRules(volume, at, type, limits),
      ...throughputRules(volume, at, type),
    ];
  });
}

function deviceRules(value: unknown): FieldProblem[] {
  const devices = listAt(value, ['build', 'volumes']).map((volume) => textAt(volume, 'device'));
  return devices.flatMap((device, index) => {
    if (device === undefined) return [];
    const first = devices.findIndex((other) => other !== undefined && isSameDevice(other, device));
    // `duplicates` reports two identical names.
    if (first === index || devices.indexOf(device) < index) return [];
    return problem(['build', 'volumes', index, 'device'], device, {
      wrong: `which is the same device as ${devices[first]} (volumes[${first}]) on some instance types`,
      allowed: 'device names with different letters at the end, such as /dev/sdf and /dev/sdg',
      fix: 'change the letter at the end of one of the two names',
    });
  });
}

type Fields = Readonly<Record<string, unknown>>;

function sizeRules(
  volume: Fields,
  at: Path,
  type: string,
  { sizesGiB: [least, most] }: VolumeLimits,
): FieldProblem[] {
  const { sizeGiB } = volume;
  if (typeof sizeGiB !== 'number' || (sizeGiB >= least && sizeGiB <= most)) return [];
  return [
    problem([...at, 'sizeGiB'], sizeGiB, {
      wrong: `a size that volume type ${type} does not support`,
      allowed: `${least} to ${most} GiB for ${type}`,
      fix: sizeGiB < least && least > 100 ? 'use gp3 for a smaller volume' : 'change the size or the type',
    }),
  ];
}

function iopsRules(volume: Fields, at: Path, type: string, limits: VolumeLimits): FieldProblem[] {
  const { iops, sizeGiB } = volume;
  const path = [...at, 'iops'];
  if (iops === undefined) {
    if (limits.iopsRequired !== true) return [];
    const allowed = `${limits.iops?.join(' to ')} for ${type}`;
    return [problem(path, undefined, { allowed, fix: `add iops, which ${type} requires` })];
  }
  if (limits.iops === undefined) {
    const wrong = `but volume type ${type} does not support iops`;
    return [
      problem(path, iops, {
        wrong,
        allowed: 'iops only with gp3, io1 and io2',
        fix: 'remove iops, or change the type to gp3',
      }),
    ];
  }
  if (typeof iops !== 'number') return [];
  const [least, most] = limits.iops;
  const perSize = typeof sizeGiB === 'number' ? sizeGiB * (limits.iopsPerGiBMax ?? 0) : most;
  // A small gp3 volume also has 3,000 IOPS.
  const highest = Math.min(most, Math.max(perSize, type === 'gp3' ? gp3IopsDefault : 0));
  if (iops >= least && iops <= highest) return [];
  return [
    problem(path, iops, {
      wrong: `a rate that volume type ${type} does not support${iops > most || iops < least ? '' : ' with this size'}`,
      allowed: `${least} to ${most} for ${type}, and at most ${limits.iopsPerGiBMax} per GiB`,
      fix:
        iops > highest && iops <= most
          ? `reduce iops to ${highest}, or increase the size`
          : 'change the rate or the type',
    }),
  ];
}

function throughputRules(volume: Fields, at: Path, type: string): FieldProblem[] {
  const { throughput, iops } = volume;
  const path = [...at, 'throughput'];
  if (throughput === undefined) return [];
  if (type !== 'gp3') {
    const wrong = `but volume type ${type} does not support throughput`;
    return [
      problem(path, throughput, {
        wrong,
        allowed: 'throughput only with gp3',
        fix: 'remove throughput, or change the type to gp3',
      }),
    ];
  }
  if (typeof throughput !== 'number' || (iops !== undefined && typeof iops !== 'number')) return [];
  const rate = iops ?? gp3IopsDefault;
  if (throughput <= rate / 4) return [];
  return [
    problem(path, throughput, {
      wrong: `which is too high for ${rate} IOPS`,
      allowed: 'at most a quarter of iops (default 3000)',
      fix: `set iops to ${Math.ceil(throughput * 4)}, or reduce throughput to ${Math.floor(rate / 4)}`,
    }),
  ];
}

/** One entry of a list of steps or tests. */
const nounOf: Readonly<Record<StepList, string>> = { steps: 'step', tests: 'test' };

function stepRules(value: unknown, list: StepList): FieldProblem[] {
  const platform = textAt(value, 'platform');
  const wrongShell = platform === 'windows' ? 'shell' : platform === 'linux' ? 'powershell' : undefined;
  if (wrongShell === undefined) return [];
  const rightShell = wrongShell === 'shell' ? 'powershell' : 'shell';
  return listAt(value, [list]).flatMap((step, index): FieldProblem[] => {
    if (!isFields(step) || !(wrongShell in step)) return [];
    return [
      {
        path: [list, index, wrongShell],
        atKey: true,
        found: `a ${nounOf[list]} with ${wrongShell}, but the platform is ${platform}`,
        allowed: `${rightShell} or document on ${platform}`,
        fix: `use ${rightShell}, or correct the platform`,
      },
    ];
  });
}

/**
 * The steps run one after the other, so the sum of their timeouts must not exceed the limit of the build document. Without any
 * `timeoutMinutes` there is no check: a recipe with many short steps does not have to set timeouts. Once a step sets `timeoutMinutes`,
 * the other scripts count with the default.
 */
function timeoutRules(value: unknown, list: StepList): FieldProblem[] {
  const steps = listAt(value, [list]);
  const timeouts = steps.map((step) => valueAt(step, ['timeoutMinutes']));
  if (timeouts.every((timeout) => timeout === undefined)) return [];
  const runsScript = (step: unknown) =>
    ['shell', 'powershell'].some((key) => valueAt(step, [key]) !== undefined);
  const hasDefault = steps.map((step, index) => timeouts[index] === undefined && runsScript(step));
  let minutes = 0;
  return timeouts.flatMap((given, index) => {
    const timeout = hasDefault[index] ? STEP_MINUTES_DEFAULT : given;
    if (typeof timeout !== 'number' || timeout > STEPS_MINUTES_MAX) return [];
    const before = minutes;
    minutes += timeout;
    if (minutes <= STEPS_MINUTES_MAX || before > STEPS_MINUTES_MAX) return [];
    const sum = `which brings the sum of the timeouts to ${minutes} minutes`;
    const allowed = `at most ${STEPS_MINUTES_MAX} minutes for all ${list} together; a ${nounOf[list]} without timeoutMinutes counts as ${STEP_MINUTES_DEFAULT}`;
    const move =
      list === 'steps'
        ? ', or move steps to another recipe and use its image as the base of this recipe'
        : '';
    const fix = `reduce the timeouts${move === '' ? ' or' : ','} add a shorter timeoutMinutes to ${list} without one${move}`;
    if (!hasDefault[index])
      return problem([list, index, 'timeoutMinutes'], timeout, { wrong: sum, allowed, fix });
    const found = `a ${nounOf[list]} without timeoutMinutes (default: ${timeout}), ${sum}`;
    return { path: [list, index], found, allowed, fix };
  });
}

/**
 * SSM reads a word in double braces as a parameter of the document or of Parameter Store, and replaces or refuses the word. SSM ignores
 * braces in which the first character is not a letter, such as Docker's {{.Names}}.
 */
const parameterReference = /\{\{\s*[A-Za-z][\w:/.-]*\s*\}\}/;

function braceRules(value: unknown, list: StepList): FieldProblem[] {
  return listAt(value, [list]).flatMap((step, index) =>
    ['shell', 'powershell'].flatMap((shell) => {
      const found = parameterReference.exec(textAt(step, shell) ?? '')?.[0];
      if (found === undefined) return [];
      return problem([list, index, shell], found, {
        wrong: 'which SSM reads as a document parameter',
        allowed: 'a script without words in double braces',
        fix: 'download the template as a file, or build the double braces from variables in the script',
      });
    }),
  );
}

function restartRules(value: unknown, list: StepList): FieldProblem[] {
  return listAt(value, [list]).flatMap((step, index) =>
    (['shell', 'powershell'] as const).flatMap((shell) => {
      const found = findRestart(textAt(step, shell) ?? '', shell);
      if (found === undefined) return [];
      const exit = shell === 'shell' ? 'exit 194' : 'exit 3010';
      const words =
        found.effect === 'restarts'
          ? {
              allowed: `${exit}: SSM restarts the instance, then runs the script again from the start`,
              fix: `use ${exit} instead, and only once: create a marker file before the restart, and skip ${exit} if the file exists`,
            }
          : {
              allowed: 'a script that does not stop the instance',
              fix: `remove the command: the pipeline ${list === 'steps' ? 'stops the builder' : 'terminates the instance'}`,
            };
      return problem([list, index, shell], found.command, {
        wrong: `in line ${found.line} of the script, which ${found.effect} the instance before the SSM Agent reports the result`,
        ...words,
      });
    }),
  );
}

/** Tests, the CVE gate and tests in other regions need a fresh instance of the image. */
function testRules(value: unknown): FieldProblem[] {
  const regions = listAt(value, ['regions']);
  const elsewhere = listAt(value, ['test', 'regions']).flatMap((region, index) =>
    regions.includes(region)
      ? []
      : problem(['test', 'regions', index], region, {
          wrong: 'which is not in regions',
          allowed: 'a region in regions: every release has a copy there',
          fix: `add ${String(region)} to regions, or remove it from test.regions`,
        }),
  );
  if (valueAt(value, ['test', 'boot']) !== false) return elsewhere;
  const needs = [
    ...(listAt(value, ['tests']).length > 0 ? ['tests'] : []),
    ...(valueAt(value, ['gates', 'cve']) === undefined ? [] : ['gates.cve']),
    ...(listAt(value, ['test', 'regions']).length > 0 ? ['test.regions'] : []),
  ];
  const withoutBoot = needs.map((field) =>
    problem(['test', 'boot'], false, {
      wrong: `but the recipe has ${field}`,
      allowed: `true, or false without ${field}: nothing can be tested without a fresh instance of the image`,
      fix: `remove boot, or remove ${field}`,
    }),
  );
  return [...elsewhere, ...withoutBoot];
}

/** The maximum number of accounts, organizations and units that an AMI can be shared with in a region (Amazon EC2 User Guide, "AMI quotas"). */
const sharesMax = 1_000;

function shareRules(value: unknown): FieldProblem[] {
  const lists = ['accounts', 'organizations', 'organizationalUnits'];
  const count = lists.reduce((sum, list) => sum + listAt(value, ['share', list]).length, 0);
  const problems: FieldProblem[] = [];
  if (count > sharesMax) {
    problems.push({
      path: ['share'],
      atKey: true,
      found: `${count} accounts, organizations and organizational units in total`,
      allowed: `at most ${sharesMax}, the EC2 quota for one AMI`,
      fix: 'share with an organization or organizational units instead of single accounts',
    });
  }
  const groups = lists.slice(1).filter((list) => listAt(value, ['share', list]).length > 0);
  if (groups.length > 0 && valueAt(value, ['share', 'copyable']) === true) {
    problems.push(
      problem(['share', 'copyable'], true, {
        wrong: `but the recipe also lists ${groups.join(' and ')}, and EC2 shares the snapshots of an image only with accounts`,
        allowed: 'copyable: true with accounts or with public: true',
        fix: 'list the accounts that copy the image in share.accounts, or remove copyable: without copyable, the image can still be launched',
      }),
    );
  }
  // EC2 allows both. But with public: true the lists have no effect, and the author of the lists did not want a public image.
  if (count > 0 && valueAt(value, ['share', 'public']) === true) {
    problems.push(
      problem(['share', 'public'], true, {
        wrong: 'but the recipe also lists accounts, organizations or organizational units',
        allowed: 'either public: true (every AWS account) or the lists',
        fix: 'remove public to share only with the listed accounts, or remove the lists to share with every AWS account',
      }),
    );
  }
  return problems;
}

/** Parameter Store accepts an image only if the account can launch it. An organization may contain the account. */
function roleRules(value: unknown): FieldProblem[] {
  const accounts = listAt(value, ['share', 'accounts']);
  const isOpen =
    valueAt(value, ['share', 'public']) === true ||
    ['organizations', 'organizationalUnits'].some((list) => listAt(value, ['share', list]).length > 0);
  const firstAt = new Map<string, number>();
  return listAt(value, ['publish', 'roles']).flatMap((role, index) => {
    const [, account] = /^arn:aws:iam::([0-9]{12}):role\//.exec(String(role)) ?? [];
    if (typeof role !== 'string' || account === undefined) return [];
    const path = ['publish', 'roles', index];
    const first = firstAt.get(account);
    if (first !== undefined) {
      return problem(path, role, {
        wrong: `a second role of the account of roles[${first}]`,
        allowed: 'one role for each account',
        fix: 'remove one of the roles',
      });
    }
    firstAt.set(account, index);
    if (isOpen || accounts.includes(account)) return [];
    return problem(path, role, {
      wrong: `but the recipe does not share the image with the account ${account}`,
      allowed: 'roles of accounts that can launch the image: Parameter Store accepts no other image',
      fix: `add "${account}" to share.accounts, or remove the role: the account of the pipeline has the parameters without a role`,
    });
  });
}

/** A launch template follows a channel of the recipe, in a region of the recipe. */
function templateRules(value: unknown): FieldProblem[] {
  const given = listAt(value, ['publish', 'channels']);
  const channels = valueAt(value, ['publish', 'channels']) === undefined ? CHANNELS_DEFAULT : given;
  const regions = [...listAt(value, ['regions']), ...listAt(value, ['optionalRegions'])];
  return listAt(value, ['publish', 'launchTemplates']).flatMap((template, index) => {
    const path = ['publish', 'launchTemplates', index];
    const [region, channel] = ['region', 'channel'].map((key) => textAt(template, key));
    const elsewhere =
      region === undefined || regions.includes(region)
        ? []
        : problem([...path, 'region'], region, {
            wrong: 'which is not a region of the recipe',
            allowed: 'a region in regions or optionalRegions: only there does the image exist',
            fix: `add ${region} to regions, or remove the launch template`,
          });
    if (channel === undefined || channels.includes(channel)) return elsewhere;
    return [
      elsewhere,
      problem([...path, 'channel'], channel, {
        wrong: 'which is not a channel of the recipe',
        allowed: `one of publish.channels: ${channels.join(', ')}`,
        fix: channelFix(channel, channels),
      }),
    ].flat();
  });
}

/** Each region of the image needs a key of the region. Only Plan knows the region of the deployment, which also needs a key. */
function encryptionRules(value: unknown): FieldProblem[] {
  const keys = valueAt(value, ['encryption', 'keys']);
  if (keys !== 'stack' && !isFields(keys)) return [];
  const problems = keys === 'stack' ? [] : keyRules(value, keys);
  if (valueAt(value, ['share', 'public']) === true) {
    problems.push(
      problem(['share', 'public'], true, {
        wrong: 'but the recipe also has encryption',
        allowed: 'public: true without encryption: an encrypted image cannot be public',
        fix: 'remove public, or remove encryption',
      }),
    );
  }
  return problems;
}

function keyRules(value: unknown, keys: Readonly<Record<string, unknown>>): FieldProblem[] {
  const problems: FieldProblem[] = Object.entries(keys).flatMap(([region, key]) => {
    const [, keyRegion] = /^arn:aws:kms:([a-z0-9-]+):/.exec(String(key)) ?? [];
    if (typeof key !== 'string' || keyRegion === undefined || keyRegion === region) return [];
    return problem(['encryption', 'keys', region], key, {
      wrong: `which is a key of ${keyRegion}`,
      allowed: `a key of ${region}: EBS encrypts only with keys of the same region`,
      fix: `create a key in ${region}, or a replica of a multi-Region key`,
    });
  });
  const without = [...listAt(value, ['regions']), ...listAt(value, ['optionalRegions'])].filter(
    (region): region is string => typeof region === 'string' && !Object.hasOwn(keys, region),
  );
  if (without.length > 0) {
    problems.push({
      path: ['encryption', 'keys'],
      atKey: true,
      found: `no key for ${without.join(', ')}`,
      allowed: 'a key for every region in regions and optionalRegions',
      fix: `add ${without.join(', ')} to keys, or leave out encryption`,
    });
  }
  return problems;
}

/** EC2 deprecates a public image at the latest two years after its creation (Amazon EC2 User Guide, "Deprecate an Amazon EC2 AMI"). */
const publicDaysMax = 730;

function deprecationRules(value: unknown): FieldProblem[] {
  const days = valueAt(value, ['image', 'deprecateAfterDays']);
  if (typeof days !== 'number' || days <= publicDaysMax) return [];
  if (valueAt(value, ['share', 'public']) !== true) return [];
  return [
    problem(['image', 'deprecateAfterDays'], days, {
      wrong: 'but the image is public',
      allowed: `at most ${publicDaysMax} days for a public image: EC2 allows two years`,
      fix: `write ${publicDaysMax} or less, or remove deprecateAfterDays`,
    }),
  ];
}

/** A resource can have at most 50 tags (Amazon EC2 User Guide, "Tag restrictions"). The pipeline reserves 10 of them. */
const tagsMax = 40;

function tagRules(value: unknown): FieldProblem[] {
  const tags = valueAt(value, ['tags']);
  const count = isFields(tags) ? Object.keys(tags).length : 0;
  if (count <= tagsMax) return [];
  const allowed = `at most ${tagsMax}: EC2 allows 50 tags, and this pipeline reserves 10`;
  return [
    {
      path: ['tags'],
      atKey: true,
      found: `${count} tags`,
      allowed,
      fix: `remove ${count - tagsMax} tag${count - tagsMax === 1 ? '' : 's'}`,
    },
  ];
}

function scheduleRules(value: unknown, now: Date): FieldProblem[] {
  const timezone = textAt(value, 'schedule', 'timezone') ?? 'UTC';
  const cron = textAt(value, 'schedule', 'cron');
  const wrongZone = timezoneProblem(timezone);
  const wrongCron =
    cron === undefined ? undefined : cronProblem(cron, now, wrongZone === undefined ? timezone : 'UTC');
  return [
    ...(wrongZone === undefined ? [] : [problem(['schedule', 'timezone'], timezone, wrongZone)]),
    ...(wrongCron === undefined ? [] : [problem(['schedule', 'cron'], cron, wrongCron)]),
  ];
}

function freezeRules(value: unknown): FieldProblem[] {
  const timezone = textAt(value, 'freeze', 'timezone') ?? 'UTC';
  const wrongZone = timezoneProblem(timezone);
  const windows = listAt(value, ['freeze', 'windows']).flatMap((_, index): FieldProblem[] => {
    const path = ['freeze', 'windows', index];
    const [from, until] = ['from', 'until'].map((end) => textAt(value, ...path, end));
    const impossible = (['from', 'until'] as const).flatMap((end) => {
      const time = end === 'from' ? from : until;
      if (time === undefined || !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/.test(time) || exists(time)) return [];
      const wrong = 'which does not exist';
      const allowed = 'an existing date, and a time from 00:00 to 23:59';
      return problem([...path, end], time, { wrong, allowed, fix: 'correct the date or the time' });
    });
    if (impossible.length > 0 || from === undefined || until === undefined || from < until) return impossible;
    return [
      problem([...path, 'until'], until, {
        wrong: `which is not after from (${from})`,
        allowed: 'a time after from; a date without a time means midnight at the start of that day',
        fix: 'write the first day on which builds can start again',
      }),
    ];
  });
  return [
    ...(wrongZone === undefined ? [] : [problem(['freeze', 'timezone'], timezone, wrongZone)]),
    ...windows,
  ];
}

/** An acceptance may have ended: then the gate counts the vulnerability again, and says so. */
function gateRules(value: unknown): FieldProblem[] {
  const list = ['gates', 'cve', 'accept'];
  return listAt(value, list).flatMap((_, index): FieldProblem[] => {
    const until = textAt(value, ...list, index, 'until');
    if (until === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(until) || exists(until)) return [];
    const wrong = 'which does not exist';
    return [
      problem([...list, index, 'until'], until, {
        wrong,
        allowed: 'an existing date',
        fix: 'correct the date',
      }),
    ];
  });
}

/** Each release passes from a channel to the next one, so the last channel has no soak time. */
function soakRules(value: unknown): FieldProblem[] {
  const soaks = valueAt(value, ['publish', 'promoteAfterHours']);
  if (!isFields(soaks)) return [];
  const given = listAt(value, ['publish', 'channels']);
  const channels = given.length > 0 ? given.map(String) : CHANNELS_DEFAULT;
  const last = channels.at(-1);
  const others = channels.slice(0, -1);
  const allowed =
    others.length === 0
      ? 'no promoteAfterHours: the recipe has only one channel'
      : `a channel that has a next channel: ${others.join(', ')}`;
  return Object.keys(soaks).flatMap((channel): FieldProblem[] => {
    if (others.includes(channel)) return [];
    const near = nearest(channel, others);
    return [
      problem(['publish', 'promoteAfterHours', channel], soaks[channel], {
        wrong:
          channel === last
            ? 'for the last channel of the recipe'
            : 'for a channel that the recipe does not have',
        allowed,
        fix:
          near === undefined || channel === last
            ? `remove ${channel} from promoteAfterHours, or add ${channel === last ? 'a channel after it' : 'it'} to publish.channels`
            : `did you mean ${near}?`,
      }),
    ];
  });
}

/** Whether the date and the time exist. */
function exists(time: string): boolean {
  const [day = '', clock = '00:00'] = time.split('T');
  const date = new Date(`${day}T${clock}:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${day}T${clock}`);
}
