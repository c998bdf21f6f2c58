import type { SetQueueAttributesCommandInput, SetQueueAttributesCommandOutput } from '@aws-sdk/client-sqs';
import type { Operation } from '../core/service.ts';
import { attributesWith } from './attributes.ts';
import { changeQueue, findQueue } from './queues.ts';
import { missing } from './refusals.ts';

/**
 * Changes take effect immediately. AWS takes up to a minute, and up to 15 minutes for the retention
 * period.
 */
export const setQueueAttributes: Operation<SetQueueAttributesCommandInput, SetQueueAttributesCommandOutput> =
  {
    kind: 'write',
    accepts: ['Attributes.*', 'QueueUrl'],
    run(input, call) {
      const queue = findQueue(call, input.QueueUrl, 'SetQueueAttributes');
      if (input.Attributes === undefined) throw missing('Attribute.Name');
      const attributes = attributesWith(call, queue.name, queue.attributes, input.Attributes);
      changeQueue(call, queue, { attributes, lastModifiedAt: call.now });
      return {};
    },
  };
