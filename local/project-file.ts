import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '..');

/** The files of the project by their text. A process that deploys to many worlds parses each text once. */
const parsed = new Map<string, unknown>();

/** The content of a YAML file of the project. The caller must not change it. */
export function readYaml(path: string): unknown {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const content = parsed.get(text) ?? parse(text, { merge: true });
  parsed.set(text, content);
  return content;
}
