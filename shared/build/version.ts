import { createHash } from 'node:crypto';

/**
 * The version of an image: the start of its execution, to the second, and a piece of the execution's name (hashed, since names
 * that people choose often begin alike). It orders by time, is unique, and comes out the same however often it is asked for.
 * Shape: `20261120-030000-1a2b3c`.
 */
export function versionOf(execution: string, startTime: string): string {
  const time = new Date(startTime).toISOString();
  const piece = createHash('sha256').update(execution).digest('hex').slice(0, 6);
  return `${time.slice(0, 10).replaceAll('-', '')}-${time.slice(11, 19).replaceAll(':', '')}-${piece}`;
}

/**
 * The name of an image; names are unique in an account and region. A further attempt gets a name of its own, since the name of
 * a deregistered image may stay taken for a while (EC2 API reference, InvalidAMIName.Duplicate).
 */
export function imageName(recipe: string, version: string, attempt: number): string {
  return attempt === 1 ? `${recipe}-${version}` : `${recipe}-${version}-${attempt}`;
}

/** The name of the image that is registered of a base snapshot. */
export function baseImageName(recipe: string, version: string): string {
  return `${imageName(recipe, version, 1)}-base`;
}

/** The names of the attempts before this one. */
export function earlierNames(recipe: string, version: string, attempt: number): string[] {
  return Array.from({ length: attempt - 1 }, (_, index) => imageName(recipe, version, index + 1));
}
