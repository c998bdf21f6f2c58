import type { CommandLine } from '../command-line.ts';

/** The options by which a command is told which world it acts on. */
export interface KeptWorldOptions {
  /** A path; left out: the default one. */
  readonly state: string | undefined;
  readonly fresh: boolean;
  readonly seed: number | undefined;
  readonly at: Date | undefined;
}

export const WORLD_VALUES = ['state', 'seed', 'at'] as const;
export const WORLD_FLAGS = ['fresh'] as const;

export const WORLD_HELP = `\
  --state FILE      where the embedded AWS is kept from one command to the next (.golden/world.json of the project)
  --fresh           begin a new one in its place
  --seed N          a whole number that decides whatever is left to chance (a random one; a kept world has its own)
  --at TIME         when a fresh world begins, ISO 8601 such as 2026-11-22T03:00:00Z (now if left out)
`;

/** With a zone, since the same command must mean the same time on every machine. */
const TIME = /^20[2-9]\d-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/;

/** Reads `--state`, `--fresh`, `--seed` and `--at`; what is wrong with them is added to the problems. */
export function readWorldOptions({ text, flag, wrong }: CommandLine): KeptWorldOptions {
  const state = text('state');
  if (state === '') {
    wrong('--state', 'an empty name', 'the path of a file', 'leave it out for .golden/world.json');
  }
  const seed = text('seed');
  if (seed !== undefined && !(/^\d+$/.test(seed) && Number(seed) <= 0xffff_ffff)) {
    wrong('--seed', JSON.stringify(seed), 'a whole number from 0 to 4294967295', 'try --seed 42');
  }
  const at = text('at');
  if (at !== undefined && !isTime(at)) {
    const allowed = 'a time in ISO 8601 with its zone, from 2020 to 2099';
    wrong('--at', JSON.stringify(at), allowed, 'write it as in 2026-11-22T03:00:00Z');
  }
  return {
    state,
    fresh: flag('fresh'),
    seed: seed === undefined ? undefined : Number(seed),
    at: at === undefined ? undefined : new Date(at),
  };
}

/** The form, and that there is such a day: `Date` makes the second of March of the thirtieth of February. */
function isTime(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  return (
    TIME.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(Date.UTC(year, month - 1, day)).getUTCDate() === day
  );
}
