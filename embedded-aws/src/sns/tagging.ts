import type { Tag } from '@aws-sdk/client-sns';
import { AwsError } from '../core/errors.ts';
import type { Tags } from '../core/resource.ts';
import type { Call } from '../core/service.ts';
import { check } from '../core/validation.ts';
import type { TopicRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { checkAccess, checkArn } from './topics.ts';

const tagsMax = 50;

/** Tags of a request, added to the existing tags. */
export function tagsFrom(list: readonly Tag[] = [], before: Tags = {}): Tags {
  check(
    { Tags: list },
    {
      Tags: {
        members: {
          Key: { required: true, length: [1, 128] },
          Value: { required: true, length: [0, 256] },
        },
      },
    },
    { code: 'ValidationError' },
  );
  const keys = list.map(({ Key = '' }) => Key);
  if (new Set(keys).size < keys.length) throw invalid('Duplicated keys are not allowed.');
  const reserved = keys.find((key) => /^aws:/i.test(key));
  if (reserved !== undefined) throw invalid(`Tags Reason: The key ${reserved} uses the reserved prefix aws:`);
  const tags = { ...before, ...Object.fromEntries(list.map(({ Key = '', Value = '' }) => [Key, Value])) };
  if (Object.keys(tags).length > tagsMax) {
    throw new AwsError('TagLimitExceeded', 'Could not complete request: tag quota of per resource exceeded');
  }
  return tags;
}

/** A taggable resource: a topic that the caller may use. */
export function taggedTopic(call: Call, arn: string | undefined, action: string): TopicRecord {
  const topic = call.world.topics.get(checkArn(arn, 'ResourceArn'));
  if (topic === undefined || topic.region !== call.region) {
    throw new AwsError('ResourceNotFound', 'Resource does not exist', 404);
  }
  checkAccess(call, topic, action);
  return topic;
}
