import type { CommandLine } from '../command-line.ts';

export const FAULTS_HELP = `\
  --faults FILE     file of faults to inject (see embedded-aws/docs/faults.md)
`;

/** Reads `--faults` and adds what is wrong with it to the problems. */
export function readFaultsOption({ text, wrong }: CommandLine): string | undefined {
  const faults = text('faults');
  if (faults === '') wrong('--faults', 'an empty name', 'the path of a file', 'see the examples in faults/');
  return faults;
}
