import type { PublishCommandInput, PublishCommandOutput } from '@aws-sdk/client-sns';
import { notEmulated } from '../core/errors.ts';
import type { Operation } from '../core/service.ts';
import { checkMessage, messageParameters, publishTo } from './publishing.ts';
import { invalid } from './refusals.ts';
import { findTopic } from './topics.ts';

export const publish: Operation<PublishCommandInput, PublishCommandOutput> = {
  kind: 'write',
  accepts: ['PhoneNumber', 'TargetArn', 'TopicArn', ...messageParameters('')],
  run(input, call) {
    const { TopicArn, TargetArn = TopicArn, PhoneNumber } = input;
    if (PhoneNumber !== undefined) throw notEmulated('sns:Publish to a PhoneNumber');
    if (TopicArn !== undefined && TargetArn !== TopicArn) {
      throw invalid('TopicArn or TargetArn Reason: only one of them can be given');
    }
    if (TargetArn === undefined) {
      throw invalid('TopicArn or TargetArn Reason: no value for required parameter');
    }
    const message = checkMessage(input);
    const topic = findTopic(call, TargetArn, 'Publish');
    return { MessageId: publishTo(call.world, topic, message, call.now) };
  },
};
