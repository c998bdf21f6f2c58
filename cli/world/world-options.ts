import type { CommandLine } from '../command-line.ts';

/** The options that select the world of a command. */
export interface KeptWorldOptions {
  /** A path. Default: `.golden/world.json` of the project. */
  readonly state: string | undefined;
  readonly fresh: boolean;
  readonly seed: number | undefined;
  readonly at: Date | undefined;
}

export const WORLD_VALUES = { state: 'FILE', seed: 'N', at: 'TIME' } as const;
export const WORLD_FLAGS = ['fresh'] as const;

export const WORLD_HELP = `\
  --state FILE      file of the embedded AWS (default: .golden/world.json in the project)
  --fresh           start with a new embedded AWS and replace the file
  --seed N          seed of all random numbers, a whole number (default: the seed in the file, or a random seed)
  --at TIME         start time of a new embedded AWS, such as 2026-11-22T03:00:00Z (default: now)
`;

/** The time zone is required, because the same command must mean the same time on every machine. */
const TIME = /^20[2-9]\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** Reads `--state`, `--fresh`, `--seed` and `--at`, and adds what is wrong with them to the problems. */
export function readWorldOptions({ text, flag, wrong }: CommandLine): KeptWorldOptions {
  const state = text('state');
  if (state === '') {
    wrong('--state', 'an empty name', 'the path of a file', 'remove --state to use .golden/world.json');
  }
  const seed = text('seed');
  if (seed !== undefined && !(/^\d+$/.test(seed) && Number(seed) <= 0xffff_ffff)) {
    wrong('--seed', JSON.stringify(seed), 'a whole number from 0 to 4294967295', 'try --seed 42');
  }
  const at = text('at');
  if (at !== undefined && !isTime(at)) {
    const allowed = 'a time in ISO 8601 with its time zone, from 2020 to 2099';
    wrong('--at', JSON.stringify(at), allowed, 'write the time as in 2026-11-22T03:00:00Z');
  }
  return {
    state,
    fresh: flag('fresh'),
    seed: seed === undefined ? undefined : Number(seed),
    at: at === undefined ? undefined : new Date(at),
  };
}

/** Checks the format, and that the day exists: `Date` reads 30 February as 2 March. */
function isTime(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return (
    TIME.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
  );
}
