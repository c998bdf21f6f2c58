import type { CreateTopicCommandInput, CreateTopicCommandOutput } from '@aws-sdk/client-sns';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import type { TopicRecord } from './records.ts';
import { invalid } from './refusals.ts';
import { tagsFrom } from './tagging.ts';
import { attributesWith } from './topic-attributes.ts';
import { topicArn } from './topics.ts';

/** Creates a topic. Returns an existing topic with the same name and the same attributes and tags. */
export const createTopic: Operation<CreateTopicCommandInput, CreateTopicCommandOutput> = {
  kind: 'write',
  accepts: ['Attributes.*', 'Name', 'Tags.Key', 'Tags.Value'],
  run(input, call) {
    const { world, account, region, now } = call;
    const { Name: name = '', Attributes = {} } = input;
    if (Attributes.FifoTopic === 'true' && name.endsWith('.fifo')) throw notEmulated('a FIFO topic');
    if (!/^[\w-]{1,256}$/.test(name)) throw invalid('Topic Name');
    const attributes = attributesWith({}, Attributes, 'Attributes Reason: ');
    const tags = tagsFrom(input.Tags);
    const id = topicArn(call, name);
    const before = world.topics.get(id);
    if (before === undefined) {
      world.topics.put({ id, account, region, tags, name, attributes, subscriptionsDeleted: 0 }, now, 0);
    } else {
      checkSame(before, attributes, input.Tags === undefined ? before.tags : tags);
    }
    return { TopicArn: id };
  },
};

function checkSame(
  before: TopicRecord,
  attributes: Readonly<Record<string, string>>,
  tags: Readonly<Record<string, string>>,
): void {
  if (Object.entries(attributes).some(([name, value]) => before.attributes[name] !== value)) {
    throw invalid('Attributes Reason: Topic already exists with different attributes');
  }
  const isSame =
    Object.keys(tags).length === Object.keys(before.tags).length &&
    Object.entries(tags).every(([key, value]) => before.tags[key] === value);
  if (!isSame) throw invalid('Tags Reason: Topic already exists with different tags');
}
