import { cronFault } from './cron.ts';
import { isSameDevice } from './devices.ts';
import type { RecipeVolume } from './recipe.ts';
import { findRestart } from './restarts.ts';
import { type Finding, isFields, show, valueAt } from './schema-check.ts';
import type { Words } from './schema-field.ts';
import { STEPS_MINUTES_MAX } from './step-limits.ts';
import { timezoneFault } from './timezone.ts';

/**
 * The rules that concern several fields, a whole list, or the present time. They read a value that the schema may
 * have found wrong, so that everything wrong is reported at once: each looks only at what has the type it expects.
 */
export function checkRules(value: unknown, now: Date): Finding[] {
  return [
    ...baseRules(value),
    ...snapshotRules(value),
    ...instanceRules(value),
    ...buildRules(value),
    ...volumeRules(value),
    ...deviceRules(value),
    ...stepRules(value),
    ...timeoutRules(value),
    ...braceRules(value),
    ...restartRules(value),
    ...shareRules(value),
    ...scheduleRules(value, now),
    ...freezeRules(value),
    ...tagRules(value),
    ...duplicates(value, ['regions']),
    ...duplicates(value, ['build', 'instanceTypes']),
    ...duplicates(value, ['build', 'subnets']),
    ...duplicates(value, ['build', 'volumes'], 'device'),
    ...duplicates(value, ['steps'], 'name'),
    ...duplicates(value, ['share', 'accounts']),
    ...duplicates(value, ['share', 'organizations']),
    ...duplicates(value, ['share', 'organizationalUnits']),
    ...duplicates(value, ['freeze', 'changeCalendars']),
  ];
}

type Path = readonly (string | number)[];

const finding = (path: Path, found: unknown, { wrong, allowed, fix }: Words): Finding => {
  const said = typeof wrong === 'function' ? wrong(found) : wrong;
  return {
    path,
    found: said === undefined ? show(found) : `${show(found)}, ${said}`,
    allowed,
    fix: (typeof fix === 'function' ? fix(found) : fix) ?? 'correct it',
  };
};

function listAt(value: unknown, path: Path): readonly unknown[] {
  const list = valueAt(value, path);
  return Array.isArray(list) ? list : [];
}

function textAt(value: unknown, ...path: Path): string | undefined {
  const text = valueAt(value, path);
  return typeof text === 'string' ? text : undefined;
}

/** Lists in which nothing may occur twice; `key` names the field that tells the elements of a list of maps apart. */
function duplicates(value: unknown, list: Path, key?: string): Finding[] {
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
    return finding([...list, ...place], text, {
      wrong: `which ${list.at(-1)}[${first}] is already`,
      allowed: `each ${key ?? 'entry'} once`,
      fix: key === 'name' ? 'give it another name' : 'remove one of the two',
    });
  });
}

function baseRules(value: unknown): Finding[] {
  const platform = textAt(value, 'platform');
  const parameter = textAt(value, 'base', 'ssmParameter') ?? '';
  const findings: Finding[] = [];
  // AWS publishes the ids of its Windows AMIs under this path, and no others.
  const isWindows = parameter.startsWith('/aws/service/ami-windows-latest/');
  const isPublic = parameter.startsWith('/aws/service/');
  if ((platform === 'linux' && isWindows) || (platform === 'windows' && isPublic && !isWindows)) {
    const system = isWindows ? 'windows' : 'linux';
    findings.push(
      finding(['platform'], platform, {
        wrong: `but ${parameter} is an image of ${isWindows ? 'Windows' : 'Linux or macOS'}`,
        allowed: `the platform of the base image, or a base image for ${platform}`,
        fix: `write platform: ${system}, or choose another base`,
      }),
    );
  }
  const [fixed] = Object.entries(oneOfAKind).filter(([key]) => textAt(value, 'base', key) !== undefined);
  if (fixed !== undefined && valueAt(value, ['rebuildOnNewBase']) === true) {
    const [key, what] = fixed;
    findings.push(
      finding(['rebuildOnNewBase'], true, {
        wrong: `but base.${key} names one ${what}, which never has a successor`,
        allowed: 'true with base.ssmParameter or base.filter, which follow the newest image',
        fix: 'remove rebuildOnNewBase, or give the base by ssmParameter or filter',
      }),
    );
  }
  return findings;
}

/** Ways to give a base that mean the same thing for ever. */
const oneOfAKind = { imageId: 'image', snapshotId: 'snapshot', instanceId: 'instance' };

function snapshotRules(value: unknown): Finding[] {
  const [architecture, bootMode] = ['architecture', 'bootMode'].map((key) => textAt(value, 'base', key));
  if (architecture !== 'arm64' || bootMode !== 'legacy-bios') return [];
  return [
    finding(['base', 'bootMode'], bootMode, {
      wrong: 'but the architecture is arm64',
      allowed: 'uefi for arm64, which has no BIOS',
      fix: 'write bootMode: uefi, or correct architecture',
    }),
  ];
}

/** What says how an image is built, or when anew, says nothing where an instance is imaged as it is. */
function instanceRules(value: unknown): Finding[] {
  if (!isFields(value)) return [];
  // A text is wrong as a base. But what was meant by this one needs no `build` either.
  const isInstance = isFields(value.base)
    ? Object.hasOwn(value.base, 'instanceId')
    : textAt(value, 'base')?.startsWith('i-');
  if (isInstance !== true) {
    if (value.build !== undefined) return [];
    const allowed = 'a map with the fields instanceTypes, subnets, volumes, ssmAgent';
    return [{ path: ['build'], found: 'nothing', allowed, fix: 'add the field build' }];
  }
  const { steps, scanForUpdates } = value;
  const meaningless = [
    ...['build', 'patch', 'rebuildAfterDays'].filter((key) => value[key] !== undefined),
    ...(Array.isArray(steps) && steps.length > 0 ? ['steps'] : []),
    ...(scanForUpdates === true ? ['scanForUpdates'] : []),
  ];
  return meaningless.map((key) => ({
    path: [key],
    atKey: true,
    found: `the field ${key}, but base.instanceId names an instance, which is imaged as it is and each time anew`,
    allowed: 'base.instanceId without build, patch, steps, scanForUpdates and rebuildAfterDays',
    fix: `remove ${key}, or give the base as an image or a snapshot, of which a builder is launched`,
  }));
}

function buildRules(value: unknown): Finding[] {
  const findings: Finding[] = [];
  const isWindows = textAt(value, 'platform') === 'windows';
  const installs = valueAt(value, ['patch', 'install']) !== false;
  if (isWindows && installs && textAt(value, 'patch', 'reboot') === 'never') {
    findings.push(
      finding(['patch', 'reboot'], 'never', {
        wrong: 'but the platform is windows, and sysprep refuses while updates wait for a reboot',
        allowed: 'if-needed, or never where patch.install is false',
        fix: 'write reboot: if-needed',
      }),
    );
  }
  if (isWindows && textAt(value, 'build', 'ssmAgent') === 'install') {
    findings.push(
      finding(['build', 'ssmAgent'], 'install', {
        wrong: 'but the platform is windows',
        allowed: 'preinstalled, as in all Windows AMIs of AWS; install is for Linux',
        fix: 'remove ssmAgent',
      }),
    );
  }
  return findings;
}

interface VolumeLimits {
  readonly sizesGiB: readonly [number, number];
  readonly iops?: readonly [number, number];
  readonly iopsPerGiBMax?: number;
  readonly iopsRequired?: boolean;
}

/**
 * Sizes and rates: the documentation of EbsBlockDevice in `@aws-sdk/client-ec2` 3.1169.0. IOPS for each GiB: Amazon
 * EBS User Guide, "Amazon EBS volume types".
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

/** gp3 gives a MiB a second for every 4 IOPS, and 3,000 IOPS unless more are asked for. */
const gp3IopsDefault = 3_000;

function volumeRules(value: unknown): Finding[] {
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

function deviceRules(value: unknown): Finding[] {
  const devices = listAt(value, ['build', 'volumes']).map((volume) => textAt(volume, 'device'));
  return devices.flatMap((device, index) => {
    if (device === undefined) return [];
    const first = devices.findIndex((other) => other !== undefined && isSameDevice(other, device));
    // One name twice is a finding already.
    if (first === index || devices.indexOf(device) < index) return [];
    return finding(['build', 'volumes', index, 'device'], device, {
      wrong: `which some instance types take for ${devices[first]}, the device of volumes[${first}]`,
      allowed: 'device names that end in different letters, such as /dev/sdf and /dev/sdg',
      fix: 'give one of the two another letter',
    });
  });
}

type Fields = Readonly<Record<string, unknown>>;

function sizeRules(
  volume: Fields,
  at: Path,
  type: string,
  { sizesGiB: [least, most] }: VolumeLimits,
): Finding[] {
  const { sizeGiB } = volume;
  if (typeof sizeGiB !== 'number' || (sizeGiB >= least && sizeGiB <= most)) return [];
  return [
    finding([...at, 'sizeGiB'], sizeGiB, {
      wrong: `a size that a volume of type ${type} cannot have`,
      allowed: `${least} to ${most} GiB for ${type}`,
      fix: sizeGiB < least && least > 100 ? 'choose gp3 for a smaller volume' : 'change the size or the type',
    }),
  ];
}

function iopsRules(volume: Fields, at: Path, type: string, limits: VolumeLimits): Finding[] {
  const { iops, sizeGiB } = volume;
  const path = [...at, 'iops'];
  if (iops === undefined) {
    if (limits.iopsRequired !== true) return [];
    const allowed = `for ${type}, from ${limits.iops?.join(' to ')}`;
    return [finding(path, undefined, { allowed, fix: `add iops, which ${type} must have` })];
  }
  if (limits.iops === undefined) {
    const wrong = `but a volume of type ${type} has no rate to choose`;
    return [
      finding(path, iops, {
        wrong,
        allowed: 'iops with gp3, io1 and io2',
        fix: 'remove iops, or choose gp3',
      }),
    ];
  }
  if (typeof iops !== 'number') return [];
  const [least, most] = limits.iops;
  const perSize = typeof sizeGiB === 'number' ? sizeGiB * (limits.iopsPerGiBMax ?? 0) : most;
  // Every gp3 volume has its 3,000, however small.
  const highest = Math.min(most, Math.max(perSize, type === 'gp3' ? gp3IopsDefault : 0));
  if (iops >= least && iops <= highest) return [];
  return [
    finding(path, iops, {
      wrong: `a rate that a volume of type ${type} ${iops > most || iops < least ? '' : 'and this size '}cannot have`,
      allowed: `${least} to ${most} for ${type}, and at most ${limits.iopsPerGiBMax} for each GiB`,
      fix:
        iops > highest && iops <= most
          ? `lower it to ${highest}, or enlarge the volume`
          : 'change the rate or the type',
    }),
  ];
}

function throughputRules(volume: Fields, at: Path, type: string): Finding[] {
  const { throughput, iops } = volume;
  const path = [...at, 'throughput'];
  if (throughput === undefined) return [];
  if (type !== 'gp3') {
    const wrong = `but a volume of type ${type} has no throughput to choose`;
    return [
      finding(path, throughput, {
        wrong,
        allowed: 'throughput with gp3',
        fix: 'remove throughput, or choose gp3',
      }),
    ];
  }
  if (typeof throughput !== 'number' || (iops !== undefined && typeof iops !== 'number')) return [];
  const rate = iops ?? gp3IopsDefault;
  if (throughput <= rate / 4) return [];
  return [
    finding(path, throughput, {
      wrong: `more than ${rate} IOPS can carry`,
      allowed: 'at most a quarter of iops, which are 3000 if left out',
      fix: `add iops: ${Math.ceil(throughput * 4)}, or lower throughput to ${Math.floor(rate / 4)}`,
    }),
  ];
}

function stepRules(value: unknown): Finding[] {
  const platform = textAt(value, 'platform');
  const wrongShell = platform === 'windows' ? 'shell' : platform === 'linux' ? 'powershell' : undefined;
  if (wrongShell === undefined) return [];
  const rightShell = wrongShell === 'shell' ? 'powershell' : 'shell';
  return listAt(value, ['steps']).flatMap((step, index): Finding[] => {
    if (!isFields(step) || !(wrongShell in step)) return [];
    return [
      {
        path: ['steps', index, wrongShell],
        atKey: true,
        found: `a step with ${wrongShell}, but the platform is ${platform}`,
        allowed: `${rightShell} or document on ${platform}`,
        fix: `write the step for ${rightShell}, or correct platform`,
      },
    ];
  });
}

/** The steps that ask for a time must all get it, one after the other, within the limit of the build document. */
function timeoutRules(value: unknown): Finding[] {
  let minutes = 0;
  return listAt(value, ['steps']).flatMap((step, index) => {
    const asked = valueAt(step, ['timeoutMinutes']);
    if (typeof asked !== 'number' || asked > STEPS_MINUTES_MAX) return [];
    const before = minutes;
    minutes += asked;
    if (minutes <= STEPS_MINUTES_MAX || before > STEPS_MINUTES_MAX) return [];
    return finding(['steps', index, 'timeoutMinutes'], asked, {
      wrong: `which makes ${minutes} minutes for the steps up to this one`,
      allowed: `at most ${STEPS_MINUTES_MAX} minutes for all steps together`,
      fix: 'give the steps less time, or move work into another recipe whose image is the base of this one',
    });
  });
}

/**
 * SSM takes a word in double braces for a parameter of the document, or of Parameter Store, and either refuses or replaces it. What
 * begins with another character, such as the {{.Names}} of Docker, it leaves alone.
 */
const parameterReference = /\{\{\s*[A-Za-z][\w:/.-]*\s*\}\}/;

function braceRules(value: unknown): Finding[] {
  return listAt(value, ['steps']).flatMap((step, index) =>
    ['shell', 'powershell'].flatMap((shell) => {
      const found = parameterReference.exec(textAt(step, shell) ?? '')?.[0];
      if (found === undefined) return [];
      return finding(['steps', index, shell], found, {
        wrong: 'which SSM takes for a parameter of its document',
        allowed: 'scripts without a word in double braces',
        fix: 'keep the template in a file that the step fetches, or put the braces together in the script',
      });
    }),
  );
}

function restartRules(value: unknown): Finding[] {
  return listAt(value, ['steps']).flatMap((step, index) =>
    (['shell', 'powershell'] as const).flatMap((shell) => {
      const found = findRestart(textAt(step, shell) ?? '', shell);
      if (found === undefined) return [];
      const exit = shell === 'shell' ? 'exit 194' : 'exit 3010';
      const words =
        found.effect === 'restarts'
          ? {
              allowed: `${exit}: SSM restarts the instance, then runs the script again from its beginning`,
              fix: `write ${exit} instead, where the script has not restarted the instance before (it can leave a file to tell)`,
            }
          : {
              allowed: 'scripts that leave the instance running',
              fix: 'remove it: the pipeline stops the builder',
            };
      return finding(['steps', index, shell], found.command, {
        wrong: `in line ${found.line}, which ${found.effect} the instance before SSM knows how the step ended`,
        ...words,
      });
    }),
  );
}

/** Amazon EC2 User Guide, "AMI quotas": in a Region, an AMI is shared with at most this many accounts, organizations and units. */
const sharesMax = 1_000;

function shareRules(value: unknown): Finding[] {
  const lists = ['accounts', 'organizations', 'organizationalUnits'];
  const count = lists.reduce((sum, list) => sum + listAt(value, ['share', list]).length, 0);
  const findings: Finding[] = [];
  if (count > sharesMax) {
    findings.push({
      path: ['share'],
      atKey: true,
      found: `${count} accounts, organizations and organizational units together`,
      allowed: `at most ${sharesMax}, EC2's quota for one AMI`,
      fix: 'share with the organization or its units instead of with single accounts',
    });
  }
  // EC2 allows both. But the lists say nothing then, and whoever wrote them did not mean the whole world.
  if (count > 0 && valueAt(value, ['share', 'public']) === true) {
    findings.push(
      finding(['share', 'public'], true, {
        wrong: 'but accounts, organizations or organizational units are named too',
        allowed: 'either public: true, which is every AWS account, or the lists',
        fix: 'remove public to share with those named only, or the lists to share with everybody',
      }),
    );
  }
  return findings;
}

/** A resource has at most 50 tags (Amazon EC2 User Guide, "Tag restrictions"); the pipeline keeps 10 for its own. */
const tagsMax = 40;

function tagRules(value: unknown): Finding[] {
  const tags = valueAt(value, ['tags']);
  const count = isFields(tags) ? Object.keys(tags).length : 0;
  if (count <= tagsMax) return [];
  const allowed = `at most ${tagsMax}: EC2 allows 50, and this pipeline needs some for itself`;
  return [{ path: ['tags'], atKey: true, found: `${count} tags`, allowed, fix: 'remove some' }];
}

function scheduleRules(value: unknown, now: Date): Finding[] {
  const timezone = textAt(value, 'schedule', 'timezone') ?? 'UTC';
  const cron = textAt(value, 'schedule', 'cron');
  const wrongZone = timezoneFault(timezone);
  const wrongCron =
    cron === undefined ? undefined : cronFault(cron, now, wrongZone === undefined ? timezone : 'UTC');
  return [
    ...(wrongZone === undefined ? [] : [finding(['schedule', 'timezone'], timezone, wrongZone)]),
    ...(wrongCron === undefined ? [] : [finding(['schedule', 'cron'], cron, wrongCron)]),
  ];
}

function freezeRules(value: unknown): Finding[] {
  const timezone = textAt(value, 'freeze', 'timezone') ?? 'UTC';
  const wrongZone = timezoneFault(timezone);
  const windows = listAt(value, ['freeze', 'windows']).flatMap((_, index): Finding[] => {
    const path = ['freeze', 'windows', index];
    const [from, until] = ['from', 'until'].map((end) => textAt(value, ...path, end));
    const unreal = (['from', 'until'] as const).flatMap((end) => {
      const time = end === 'from' ? from : until;
      if (time === undefined || !/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?$/.test(time) || isReal(time)) return [];
      const wrong = 'which is in no calendar';
      const allowed = 'a day of the calendar, and a time from 00:00 to 23:59';
      return finding([...path, end], time, { wrong, allowed, fix: 'correct the day or the time' });
    });
    if (unreal.length > 0 || from === undefined || until === undefined || from < until) return unreal;
    return [
      finding([...path, 'until'], until, {
        wrong: `which is not after its from, ${from}`,
        allowed: 'a time after from; a day alone is over as it begins',
        fix: 'give the first day on which builds are made again',
      }),
    ];
  });
  return [
    ...(wrongZone === undefined ? [] : [finding(['freeze', 'timezone'], timezone, wrongZone)]),
    ...windows,
  ];
}

/** Whether there is such a day, and such a time of day. */
function isReal(time: string): boolean {
  const [day = '', clock = '00:00'] = time.split('T');
  const date = new Date(`${day}T${clock}:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${day}T${clock}`);
}
