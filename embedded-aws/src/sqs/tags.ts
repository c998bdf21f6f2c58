import type { Tags } from '../core/resource.ts';
import { invalidValue } from './refusals.ts';

const tagsMax = 50;

/** Merges the tags of a request into the queue's tags. Error texts: getmoto/moto#2488. */
export function tagsWith(
  before: Tags,
  given: Readonly<Record<string, string | undefined>>,
  queueName: string,
): Tags {
  for (const [key, value = ''] of Object.entries(given)) {
    if (/^aws:/i.test(key)) throw invalidValue(`Tag keys must not begin with 'aws:': ${key}`);
    if (key.length < 1 || key.length > 128) {
      throw invalidValue('Tag keys must be between 1 and 128 characters in length.');
    }

    if (value.length > 256) throw invalidValue('Tag values can be at most 256 in length');
  }
  const values = Object.entries(given).map(([key, value = '']) => [key, value] as const);
  const tags = { ...before, ...Object.fromEntries(values) };
  if (Object.keys(tags).length > tagsMax) {
    throw invalidValue(`Too many tags added for queue ${queueName}.`);
  }
  return tags;
}
