import { createHash } from 'node:crypto';

/**
 * The version of an image: the start time of its execution in seconds, and part of a hash of the execution's name (a hash, because names
 * that people choose often begin alike). Versions sort by time and are unique. The same execution always has the same version.
 * Format: `20261120-030000-1a2b3c`.
 */
export function versionOf(execution: string, startTime: string): string {
  const time = new Date(startTime).toISOString();
  const piece = createHash('sha256').update(execution).digest('hex').slice(0, 6);
  return `${time.slice(0, 10).replaceAll('-', '')}-${time.slice(11, 19).replaceAll(':', '')}-${piece}`;
}

/**
 * The name of an image. Names are unique in an account and region. Each attempt has its own name, because the name of a deregistered
 * image may stay taken for a while (EC2 API reference, InvalidAMIName.Duplicate).
 */
export function imageName(recipe: string, version: string, attempt: number): string {
  return attempt === 1 ? `${recipe}-${version}` : `${recipe}-${version}-${attempt}`;
}

/** The name of the image that is registered from a base snapshot. */
export function baseImageName(recipe: string, version: string): string {
  return `${imageName(recipe, version, 1)}-base`;
}

/** The image names of the earlier attempts. */
export function earlierNames(recipe: string, version: string, attempt: number): string[] {
  return Array.from({ length: attempt - 1 }, (_, index) => imageName(recipe, version, index + 1));
}
