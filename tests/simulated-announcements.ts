import { perform } from 'embedded-aws';
import { HOME } from '../local/pipeline.ts';
import { approver } from './simulated-approval.ts';
import type { Simulation } from './simulated-build.ts';

interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Record<string, unknown>;
}

/** A program with a rule for the events of the pipeline, and a person who has subscribed to the topic. */
export async function listen(simulation: Simulation) {
  const { world, pipeline, pass } = simulation;
  const call = (service: string, operation: string, input: Record<string, unknown>) =>
    perform(pipeline.services, world, { service, operation, ...HOME, input, inner: true });
  const { messages } = approver(simulation);
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'events.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: '*',
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { QueueUrl } = call('sqs', 'CreateQueue', { QueueName: 'programs', Attributes: { Policy } });
  call('eventbridge', 'PutRule', {
    Name: 'programs',
    EventPattern: JSON.stringify({ source: ['golden-image'] }),
  });
  const Arn = `arn:aws:sqs:${HOME.region}:${HOME.account}:programs`;
  call('eventbridge', 'PutTargets', { Rule: 'programs', Targets: [{ Id: 'queue', Arn }] });
  // A new rule takes a moment to take effect.
  await pass(120);

  /** The events since the last call. */
  const events = async (): Promise<BusEvent[]> => {
    await pass(30);
    const received: BusEvent[] = [];
    for (;;) {
      const { Messages = [] } = call('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 }) as {
        Messages?: { Body: string; ReceiptHandle: string }[];
      };
      for (const { ReceiptHandle } of Messages) call('sqs', 'DeleteMessage', { QueueUrl, ReceiptHandle });
      if (Messages.length === 0)
        return received.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
      received.push(...Messages.map(({ Body }) => JSON.parse(Body) as BusEvent));
    }
  };
  return { events, messages };
}
