import type {
  PutEventsCommandInput,
  PutEventsCommandOutput,
  PutEventsRequestEntry,
  PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { readArn } from '../core/arn.ts';
import { AwsError } from '../core/errors.ts';
import { isDeeperThan, jsonLevelsMax } from '../core/nesting.ts';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { callerOf } from '../sts/callers.ts';
import { busArn } from './arns.ts';
import { newEventId, putOnBus } from './emit.ts';
import { isObject } from './pattern-error.ts';
import { mayPutEvents } from './policy.ts';
import { invalid } from './refusals.ts';

/** Raised from 256 KiB to 1 MB in 2026 (EventBridge API reference, PutEvents). */
const bytesMax = 1_048_576;

/** Accepts or refuses each entry separately. The call fails only if the request as a whole is invalid. */
export const putEvents: Operation<PutEventsCommandInput, PutEventsCommandOutput> = {
  kind: 'write',
  accepts: [
    'Entries.Detail',
    'Entries.DetailType',
    'Entries.EventBusName',
    'Entries.Resources',
    'Entries.Source',
    'Entries.Time',
  ],
  run(input, call) {
    check(input, {
      Entries: {
        required: true,
        length: [1, 10],
        members: {
          EventBusName: {
            length: [1, 1600],
            pattern: /(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[.\-_A-Za-z0-9]+/,
          },
          Resources: { each: { length: [0, 2048] } },
        },
      },
    });
    const { Entries: entries = [] } = input;
    if (entries.reduce((sum, entry) => sum + bytesOf(entry), 0) > bytesMax) {
      throw invalid('Total size of the entries in the request is over the limit.');
    }
    for (const { EventBusName } of entries) checkAccess(call, EventBusName);
    const results = entries.map((entry) => put(call, entry));
    return {
      FailedEntryCount: results.filter(({ ErrorCode }) => ErrorCode !== undefined).length,
      Entries: results,
    };
  },
};

/** Counts bytes as the user guide does (EventBridge user guide, Calculating PutEvents event entry size). */
function bytesOf({
  Time,
  Source = '',
  DetailType = '',
  Detail = '',
  Resources = [],
}: PutEventsRequestEntry): number {
  const texts = [Source, DetailType, Detail, ...Resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), Time === undefined ? 0 : 14);
}

function checkAccess(call: Call, bus: string | undefined): void {
  if (bus === undefined || !bus.startsWith('arn:') || mayPutEvents(call.world, call.account, bus)) return;
  throw new AwsError(
    'AccessDeniedException',
    `User: ${callerOf(call).arn} is not authorized to perform: events:PutEvents on resource: ${bus} because no resource-based policy allows the events:PutEvents action`,
  );
}

function put(call: Call, entry: PutEventsRequestEntry): PutEventsResultEntry {
  const { world, account, region, now } = call;
  const { Source = '', DetailType = '', Detail = '', EventBusName = 'default', Resources = [], Time } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail })) {
    if (value === '')
      return refused(
        'InvalidArgument',
        `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      );
  }
  if (Source.startsWith('aws.'))
    return refused('NotAuthorizedForSourceException', 'Not authorized for the source.');
  const detail = readDetail(Detail);
  if (detail === undefined) return refused('MalformedDetail', 'Detail is malformed.');
  const bus = EventBusName.startsWith('arn:') ? EventBusName : busArn(call, EventBusName);
  if (readArn(bus)?.region !== region) {
    return refused(
      'InvalidArgument',
      'Parameter EventBusName is not valid. Reason: Provided Arn is not in the region of the call.',
    );
  }
  const eventId = newEventId(world);
  // Events on a missing bus are accepted and lost (recorded: localstack/localstack,
  // test_put_events_nonexistent_event_bus).
  putOnBus(
    world,
    {
      eventId,
      account,
      region,
      bus,
      source: Source,
      detailType: DetailType,
      resources: Resources,
      detail,
      time: Time?.getTime() ?? now,
    },
    now,
  );
  return { EventId: eventId };
}

const refused = (ErrorCode: string, ErrorMessage: string): PutEventsResultEntry => ({
  ErrorCode,
  ErrorMessage,
});

function readDetail(text: string): unknown {
  try {
    const detail: unknown = JSON.parse(text);
    // The envelope of the event is one more level.
    return isObject(detail) && !isDeeperThan(detail, jsonLevelsMax - 1) ? detail : undefined;
  } catch {
    return undefined;
  }
}
