import type { Disk } from '../guest/records.ts';
import { type Classification, type RepositoryPackage, systemOf } from './packages.ts';

/**
 * What the repositories offer, as time goes by. The catalogue has what they offered in the middle of November 2026. From then on
 * something is published every week, on Tuesday at 18:00 UTC, as Microsoft does; the others publish when they please. What it is
 * follows from the date alone: it is the same in every world. docs/guest.md shows it.
 */
const FIRST = Date.UTC(2026, 10, 24, 18);
const WEEK_MS = 7 * 86_400_000;

/** After how many weeks a package of a class has its next version; what is not here has none. The packages of a class take turns. */
const cadenceWeeks: Partial<Record<Classification, number>> = { Security: 4, DefinitionUpdates: 1 };

/** The packages of an operating system as its repository offers them at a time. */
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

/** The packages of a disk that are older than the repository's at that time, and the updates that it lacks. */
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

/** Counts the last number of the version up, which on Amazon Linux stands before its own name. */
function withRevisions(known: RepositoryPackage, revisions: number): RepositoryPackage {
  if (revisions === 0) return known;
  const [newest, ...older] = known.versions;
  const version = newest.replace(
    /(\d+)((\.amzn2023)?)$/,
    (_, last, end) => `${Number(last) + revisions}${end}`,
  );
  return { ...known, versions: [version, newest, ...older] };
}

/** Windows has a new cumulative update every fourth week, under a number of its own. */
function cumulativeUpdates(weeks: number): RepositoryPackage[] {
  return Array.from({ length: Math.floor(weeks / 4) }, (_, month) => ({
    name: `KB${5_070_000 + 1_000 * month}`,
    classification: 'SecurityUpdates',
    versions: [`20348.${4500 + 100 * month}`, null],
    reboot: true,
    update: true,
  }));
}
