import type { Target } from '@aws-sdk/client-eventbridge';
import { valueAt } from './json-paths.ts';
import type { DeliveryRecord, EventRecord } from './records.ts';
import { fill, type Variables } from './transformer.ts';

const isoSeconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** An event as rules and targets see it. */
export function envelope({ eventId, source, account, region, ...event }: EventRecord) {
  return {
    version: '0',
    id: eventId,
    'detail-type': event.detailType,
    source,
    account,
    time: isoSeconds(event.time),
    region,
    resources: event.resources,
    detail: event.detail,
  };
}

/** What a target is given, as text; `undefined` when its template gives no JSON. */
export function targetInput({ event, target, ruleArn, ruleName, since }: DeliveryRecord): string | undefined {
  const seen = envelope(event);
  const { Input, InputPath, InputTransformer } = target;
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) return JSON.stringify(valueAt(seen, InputPath) ?? null);
  if (InputTransformer === undefined) return JSON.stringify(seen);
  const { detail: _detail, 'detail-type': detailType, ...withoutDetail } = seen;
  return fill(InputTransformer.InputTemplate ?? '', {
    ...variablesOf(InputTransformer, seen),
    'aws.events.rule-arn': ruleArn,
    'aws.events.rule-name': ruleName,
    'aws.events.event.ingestion-time': isoSeconds(since),
    // Recorded so: the event without its detail, and `detailType` in place of `detail-type`.
    'aws.events.event': { ...withoutDetail, detailType },
    'aws.events.event.json': seen,
  });
}

function variablesOf(
  { InputPathsMap = {} }: NonNullable<Target['InputTransformer']>,
  event: unknown,
): Variables {
  return Object.fromEntries(
    Object.entries(InputPathsMap).map(([name, path]) => [name, valueAt(event, path)]),
  );
}
