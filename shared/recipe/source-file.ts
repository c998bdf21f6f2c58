import { readFileSync, statSync } from 'node:fs';
import type { Problem } from './problem.ts';

/** The size limit of a Step Functions state, which contains the recipe. Recipes are usually much smaller. */
const sizeKiBMax = 256;

/**
 * The content of a file that a command line argument names, or the problem of the file. `tooLargeFix` is the fix for a file that is too
 * large. Such a file is not read.
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
    if (stat.isDirectory()) return refuse('a folder', 'choose a file in the folder');
    if (!stat.isFile()) return refuse('a device, pipe or socket', 'choose a file');
    if (stat.size > sizeKiBMax * 1024)
      return refuse(`a file of ${Math.ceil(stat.size / 1024)} KiB`, tooLargeFix);
    return { bytes: readFileSync(path) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return refuse('no such file', 'check the path');
    if (code === 'EACCES' || code === 'EPERM')
      return refuse('a file without read permission', 'check the permissions of the file');
    return refuse(`a file that cannot be read (${code ?? String(error)})`, 'check the path');
  }
}

/** A problem that concerns a whole file. It has no line. */
export function fileProblem(file: string, message: Pick<Problem, 'found' | 'allowed' | 'fix'>): Problem {
  return { file, line: 0, column: 0, field: '', ...message };
}
