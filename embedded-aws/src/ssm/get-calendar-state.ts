import type { GetCalendarStateCommandInput, GetCalendarStateCommandOutput } from '@aws-sdk/client-ssm';
import { AwsError, notEmulated } from '../core/errors.ts';
import type { Call, Operation } from '../core/service.ts';
import { check } from '../core/validation.ts';
import { type Calendar, stateAt } from './calendar.ts';
import { requireDocument, versionOf } from './documents.ts';

export const getCalendarState: Operation<GetCalendarStateCommandInput, GetCalendarStateCommandOutput> = {
  kind: 'read',
  accepts: ['AtTime', 'CalendarNames'],
  run(input, call) {
    check(input, { CalendarNames: { required: true } });
    const { CalendarNames: names = [], AtTime } = input;
    if (names.length === 0) throw new AwsError('ValidationException', 'CalendarNames must not be empty.');
    const at = AtTime === undefined ? call.now : timeOf(AtTime);
    const calendars = names.map((name) => calendarOf(call, name));
    const { state, changesAt } = stateAt(calendars, at);
    return {
      State: state,
      AtTime: isoSeconds(at),
      ...(changesAt === undefined ? {} : { NextTransitionTime: isoSeconds(changesAt) }),
    };
  },
};

const isoSeconds = (at: number) => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');

/** `2026-11-20T03:00:00Z`, or with an offset, which may contain a colon. */
function timeOf(text: string): number {
  const [, moment, hours, minutes] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z|([+-]\d\d):?(\d\d))$/.exec(text) ?? [];
  const at = Date.parse(`${moment}${hours === undefined ? 'Z' : `${hours}:${minutes}`}`);
  if (moment === undefined || Number.isNaN(at)) {
    throw new AwsError('ValidationException', `AtTime is not a time in ISO 8601 format: ${text}`);
  }
  return at;
}

function calendarOf({ world, account, region }: Call, name: string): Calendar {
  const document = requireDocument(world, { account, region }, name);
  if (document.documentType !== 'ChangeCalendar') {
    throw new AwsError(
      'InvalidDocumentType',
      `The SSM document type is not valid. ${name} is of the type ${document.documentType}, and not ChangeCalendar.`,
    );
  }
  if (document.account !== account) throw notEmulated('the state of a calendar that another account shares');
  const calendar = versionOf(document, '$DEFAULT').content as Calendar;
  if (calendar.type !== 'DEFAULT_OPEN' && calendar.type !== 'DEFAULT_CLOSED') {
    throw new AwsError(
      'UnsupportedCalendarException',
      "The calendar entry contained in the specified SSM document isn't supported.",
    );
  }
  return calendar;
}
