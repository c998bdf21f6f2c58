import type { CommandLine } from '../command-line.ts';

/** Reads `--faults`; what is wrong with it is added to the problems. */
export function readFaultsOption({ text, wrong }: CommandLine): string | undefined {
  const faults = text('faults');
  if (faults === '') wrong('--faults', 'an empty name', 'the path of a file', 'see faults/ for ready ones');
  return faults;
}
