import type { SetTopicAttributesCommandInput, SetTopicAttributesCommandOutput } from '@aws-sdk/client-sns';
import type { Operation } from '../core/service.ts';
import { invalid } from './refusals.ts';
import { attributesWith } from './topic-attributes.ts';
import { changeTopic, findTopic } from './topics.ts';

/** An empty value resets the attribute to its default. */
export const setTopicAttributes: Operation<SetTopicAttributesCommandInput, SetTopicAttributesCommandOutput> =
  {
    kind: 'write',
    accepts: ['AttributeName', 'AttributeValue', 'TopicArn'],
    run(input, call) {
      const topic = findTopic(call, input.TopicArn, 'SetTopicAttributes');
      const { AttributeName: name, AttributeValue: value = '' } = input;
      if (name === undefined) throw invalid('AttributeName');
      if (value === '' && name !== 'DisplayName') {
        const { [name]: _gone, ...attributes } = topic.attributes;
        if (_gone === undefined) attributesWith({}, { [name]: value }, '');
        changeTopic(call, topic, { attributes });
        return {};
      }
      changeTopic(call, topic, { attributes: attributesWith(topic.attributes, { [name]: value }, '') });
      return {};
    },
  };
