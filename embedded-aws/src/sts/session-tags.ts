import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import { AwsError } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';

/**
 * The transitive tags of a new session: the inherited tags, and the tags of the request that it declares transitive.
 */
export function transitiveTags(
  { Tags: given = [], TransitiveTagKeys: keys = [] }: AssumeRoleCommandInput,
  inherited: Tags,
): Tags {
  const lower = (text: string | undefined) => (text ?? '').toLowerCase();
  const names = given.map(({ Key }) => lower(Key));
  if (new Set(names).size < names.length) {
    throw refused('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  if (Object.keys(inherited).some((key) => names.includes(lower(key)))) {
    throw refused(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  if (keys.some((key) => !names.includes(lower(key)))) {
    throw refused('The specified transitive tag key must be included in the requested tags.');
  }
  const own = given.filter(({ Key }) => keys.some((key) => lower(key) === lower(Key)));
  return {
    ...inherited,
    ...Object.fromEntries(own.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
}

const refused = (message: string) => new AwsError('InvalidParameterValue', message);
