import type { Disk } from './disk.ts';
import { type Classification, type RepositoryPackage, systemOf } from './packages.ts';

/**
 * The releases of the repositories over time. The catalog contains the versions of the middle of November 2026. From
 * then on, new versions are published every week, on Tuesday at 18:00 UTC. Microsoft has this rhythm; other vendors
 * have no fixed day. New versions depend only on the date, so they are the same in every world. docs/guest.md
 * describes them.
 */
const FIRST = Date.UTC(2026, 10, 24, 18);
const WEEK_MS = 7 * 86_400_000;

/**
 * The number of weeks between versions of a package, by class. Other classes get no new versions. The packages of a
 * class take turns.
 */
const cadenceWeeks: Partial<Record<Classification, number>> = { Security: 4, DefinitionUpdates: 1 };

/** The packages that the repository of an operating system offers at a time. */
export function repositoryAt(os: string, at: number): RepositoryPackage[] {
  const { packages, platform } = systemOf(os);
  const weeks = at < FIRST ? 0 : 1 + Math.floor((at - FIRST) / WEEK_MS);
  const turns = new Map<Classification, number>();
  const published = packages.map((known) => {
    const turn = turns.get(known.classification) ?? 0;
    turns.set(known.classification, turn + 1);
    return withRevisions(known, revisionsOf(known, turn, weeks));
  });
  return platform === 'windows' ? [...published, ...cumulativeUpdates(weeks)] : published;
}

/** The packages of a disk that are older than in the repository at that time, and the missing updates. */
export function pendingUpdates(disk: Disk, at: number): RepositoryPackage[] {
  return repositoryAt(disk.os, at).filter(({ name, versions: [newest], update: isUpdate }) => {
    const installed = disk.packages[name];
    return installed === undefined ? isUpdate : installed !== newest;
  });
}

function revisionsOf({ classification }: RepositoryPackage, turn: number, weeks: number): number {
  const every = cadenceWeeks[classification];
  return every === undefined ? 0 : Math.floor((weeks + (turn % every)) / every);
}

/** Increments the last number of the version. On Amazon Linux it is in front of the suffix `.amzn2023`. */
function withRevisions(known: RepositoryPackage, revisions: number): RepositoryPackage {
  if (revisions === 0) return known;
  const [newest, ...older] = known.versions;
  const version = newest.replace(
    /(\d+)((\.amzn2023)?)$/,
    (_, last, end) => `${Number(last) + revisions}${end}`,
  );
  return { ...known, versions: [version, newest, ...older] };
}

/** Windows gets a new cumulative update every fourth week, with a new number. */
function cumulativeUpdates(weeks: number): RepositoryPackage[] {
  return Array.from({ length: Math.floor(weeks / 4) }, (_, month) => ({
    name: `KB${5_070_000 + 1_000 * month}`,
    classification: 'SecurityUpdates',
    versions: [`20348.${4500 + 100 * month}`, null],
    reboot: true,
    update: true,
  }));
}
