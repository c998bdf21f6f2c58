import type { Tag } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { callerOf } from '../sts/callers.ts';
import type { DynamoTableRecord } from './records.ts';
import { invalid, invalidValues, notFound } from './refusals.ts';

const tagsMax = 50;
const keyLengthMax = 128;
const valueLengthMax = 256;

/**
 * The validated tags of a request. Together with the present tags, a resource may have at most 50
 * tags.
 */
export function tagsOf(given: readonly Tag[] = [], present: Tags = {}): Tags {
  const keys = given.map(({ Key = '' }) => Key);
  if (new Set(keys).size < keys.length) throw invalidValues('Duplicate tag keys found in the request');
  for (const { Key: key = '', Value: value = '' } of given) {
    if (key.length < 1 || key.length > keyLengthMax) {
      throw invalidValues(`Tag key length must be between 1 and ${keyLengthMax}`);
    }
    if (value.length > valueLengthMax) {
      throw invalidValues(`Tag value length must be at most ${valueLengthMax}`);
    }
    if (/^aws:/i.test(key)) throw invalidValues('Tag keys must not begin with aws:');
  }
  const tags = {
    ...present,
    ...Object.fromEntries(given.map(({ Key = '', Value = '' }) => [Key, Value])),
  };
  if (Object.keys(tags).length > tagsMax) {
    throw new AwsError('LimitExceededException', `Too many tags: a table can have ${tagsMax}`);
  }
  return tags;
}

/** The table that an operation on tags names by ARN. */
export function taggedTable(call: Call, operation: string, arn: string | undefined): DynamoTableRecord {
  if (arn === undefined) throw invalid('Invalid TableArn');
  const [, region, account] =
    /^arn:aws:dynamodb:([a-z0-9-]+):(\d{12}):table\/[a-zA-Z0-9_.-]{3,}$/.exec(arn) ?? [];
  if (account === undefined) {
    throw invalid(`Invalid TableArn: Invalid ResourceArn provided as input ${arn}`);
  }
  if (account !== call.account || region !== call.region) {
    throw new AwsError(
      'AccessDeniedException',
      `User: ${callerOf(call).arn} is not authorized to perform: dynamodb:${operation} on resource: ${arn}`,
    );
  }
  const table = call.world.dynamoTables.get(arn);
  if (table === undefined) {
    throw notFound(`Requested resource not found: ResourcArn: ${arn} not found`);
  }
  return table;
}
