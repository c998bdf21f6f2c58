import { type Problem, quote } from '../shared/recipe/problem.ts';
import { readSource } from '../shared/recipe/source-file.ts';

/** Reads the file that an option names. If the file cannot be read, the problem names the option. */
export function readOptionFile(
  option: string,
  path: string,
  tooLargeFix: string,
): { bytes: Uint8Array } | { problems: [Problem] } {
  const source = readSource(path, tooLargeFix);
  if ('bytes' in source) return source;
  const [problem] = source.problems;
  const found = `${quote(path)}: ${problem.found}`;
  return { problems: [{ ...problem, file: 'the command line', field: option, found }] };
}
