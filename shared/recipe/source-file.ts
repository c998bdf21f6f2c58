import { readFileSync, statSync } from 'node:fs';
import type { Problem } from './problem.ts';

/** Step Functions carries a recipe in a state of at most 256 KiB; nothing in reason that is written by hand is a tenth of that. */
const sizeKiBMax = 256;

/**
 * The content of a file that the command line names, or why there is none. `tooLargeFix` says what to do about a file that is
 * too large: it is not read at all.
 */
export function readSource(
  path: string,
  tooLargeFix: string,
): { bytes: Uint8Array } | { problems: [Problem] } {
  const allowed = `a file of at most ${sizeKiBMax} KiB`;
  const refuse = (found: string, fix: string) => ({
    problems: [fileProblem(path, { found, allowed, fix })] satisfies [Problem],
  });
  try {
    const stat = statSync(path);
    if (stat.isDirectory()) return refuse('a directory', 'name one file in it');
    if (!stat.isFile()) return refuse('a device, pipe or socket', 'name a file');
    if (stat.size > sizeKiBMax * 1024)
      return refuse(`a file of ${Math.ceil(stat.size / 1024)} KiB`, tooLargeFix);
    return { bytes: readFileSync(path) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return refuse('no such file', 'check the path');
    if (code === 'EACCES' || code === 'EPERM')
      return refuse('a file that may not be read', 'check its permissions');
    return refuse(`a file that cannot be read (${code ?? String(error)})`, 'check the path');
  }
}

/** A problem of a file as a whole, of which no line can be named. */
export function fileProblem(file: string, words: Pick<Problem, 'found' | 'allowed' | 'fix'>): Problem {
  return { file, line: 0, column: 0, field: '', ...words };
}
