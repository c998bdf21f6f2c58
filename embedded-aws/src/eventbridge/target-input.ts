import type { Target } from '@aws-sdk/client-eventbridge';
import { valueAt } from './json-paths.ts';
import type { DeliveryRecord, EventRecord } from './records.ts';
import { fill, type Variables } from './transformer.ts';

const isoSeconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** An event in the form that rules and targets see. */
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

/** The input of a target as text; `undefined` if its template does not produce JSON. */
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
    // Recorded from AWS: the event without its detail, with `detailType` instead of `detail-type`.
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
