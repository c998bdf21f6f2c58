import { cronFault } from './cron.ts';
import type { Words } from './field.ts';
import { type Finding, isFields, show, valueAt } from './findings.ts';
import type { RecipeVolume } from './recipe.ts';
import { timezoneFault } from './timezone.ts';

/**
 * The rules that concern several fields, a whole list, or the present time. They read a value that the schema may
 * have found wrong, so that everything wrong is reported at once: each looks only at what has the type it expects.
 */
export function checkRules(value: unknown, now: Date): Finding[] {
  return [
    ...baseRules(value),
    ...buildRules(value),
    ...volumeRules(value),
    ...stepRules(value),
    ...braceRules(value),
    ...shareRules(value),
    ...scheduleRules(value, now),
    ...tagRules(value),
    ...duplicates(value, ['regions']),
    ...duplicates(value, ['build', 'instanceTypes']),
    ...duplicates(value, ['build', 'subnets']),
    ...duplicates(value, ['build', 'volumes'], 'device'),
    ...duplicates(value, ['steps'], 'name'),
    ...duplicates(value, ['share', 'accounts']),
    ...duplicates(value, ['share', 'organizations']),
    ...duplicates(value, ['share', 'organizationalUnits']),
  ];
}

type Path = readonly (string | number)[];

const finding = (path: Path, found: unknown, { wrong, allowed, fix }: Words): Finding => ({
  path,
  found: wrong === undefined ? show(found) : `${show(found)}, ${wrong}`,
  allowed,
  fix: (typeof fix === 'function' ? fix(found) : fix) ?? 'correct it',
});

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
  if (textAt(value, 'base', 'imageId') !== undefined && valueAt(value, ['rebuildOnNewBase']) === true) {
    findings.push(
      finding(['rebuildOnNewBase'], true, {
        wrong: 'but base.imageId names one image, which never has a successor',
        allowed: 'true with base.ssmParameter or base.filter, which follow the newest image',
        fix: 'remove rebuildOnNewBase, or give the base by ssmParameter or filter',
      }),
    );
  }
  return findings;
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
