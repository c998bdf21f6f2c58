import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../build/build-event.ts';
import { Transient } from '../errors.ts';

/** Puts one event of the pipeline on the default bus. Returns the id that EventBridge gives it. */
export async function putEvent(
  events: EventBridgeClient,
  DetailType: string,
  detail: object,
): Promise<string | undefined> {
  const entry = { Source: EVENT_SOURCE, DetailType, Detail: JSON.stringify(detail) };
  const { Entries } = await events.send(new PutEventsCommand({ Entries: [entry] }));
  // PutEvents succeeds although EventBridge has refused the event.
  const refused = Entries?.find(({ ErrorCode }) => ErrorCode !== undefined);
  if (refused) throw new Transient(`events:PutEvents: ${refused.ErrorCode}: ${refused.ErrorMessage}`);
  return Entries?.[0]?.EventId;
}
