import { AwsError, notEmulated } from '../core/errors.ts';
import { utc, zoneOf } from '../scheduler/zones.ts';

/** The content of a ChangeCalendar document, parsed from its iCalendar text (RFC 5545). */
export interface Calendar {
  /** The value of `X-CALENDAR-TYPE`. If missing, the calendar has no such line. */
  readonly type?: string;
  readonly events: readonly CalendarEvent[];
}

/** From `start` (inclusive) to `end` (exclusive), in milliseconds since the epoch. */
export interface CalendarEvent {
  readonly start: number;
  readonly end: number;
}

interface Line {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly value: string;
}

const malformed = (what: string) =>
  new AwsError('InvalidDocumentContent', `The calendar is not valid: ${what}.`);

/**
 * Parses a calendar. Refuses a calendar that AWS accepts but whose state the embedded AWS cannot determine.
 */
export function readCalendar(text: string): Calendar {
  const lines = linesOf(text);
  const [first] = lines;
  const last = lines.at(-1);
  if (
    first?.name !== 'BEGIN' ||
    first.value !== 'VCALENDAR' ||
    last?.name !== 'END' ||
    last.value !== 'VCALENDAR'
  ) {
    throw malformed('it does not begin with BEGIN:VCALENDAR and end with END:VCALENDAR');
  }
  const events: CalendarEvent[] = [];
  const open: string[] = [];
  let type: string | undefined;
  let event: Line[] = [];
  for (const line of lines) {
    const { name, value } = line;
    if (name === 'BEGIN') {
      open.push(value);
      event = [];
    } else if (name === 'END') {
      if (open.pop() !== value) throw malformed(`END:${value} has no matching BEGIN`);
      if (value === 'VEVENT') events.push(readEvent(event));
    } else if (open.length === 1 && name === 'X-CALENDAR-TYPE') {
      type = value;
    } else if (open.at(-1) === 'VEVENT') {
      event.push(line);
    }
  }
  if (open.length > 0) throw malformed(`BEGIN:${open.at(-1)} has no matching END`);
  return { ...(type === undefined ? {} : { type }), events };
}

/** A line that starts with white space continues the previous line. */
function linesOf(text: string): Line[] {
  const unfolded = text.trim().replace(/\r?\n[ \t]/g, '');
  return unfolded.split(/\r?\n/).map((line) => {
    const [, head, value = ''] = /^((?:[^":]|"[^"]*")+):(.*)$/s.exec(line) ?? [];
    if (head === undefined) throw malformed(`the line ${line.slice(0, 100)} has no name and value`);
    const [name = '', ...parameters] = head.split(';');
    const pairs = parameters.map((parameter) => {
      const [key = '', given = ''] = parameter.split('=');
      return [key.toUpperCase(), given.replace(/^"(.*)"$/, '$1')] as const;
    });
    return { name: name.toUpperCase(), parameters: Object.fromEntries(pairs), value: value.trim() };
  });
}

const recurring = ['RRULE', 'RDATE', 'EXDATE', 'EXRULE', 'RECURRENCE-ID'];

function readEvent(lines: readonly Line[]): CalendarEvent {
  const again = lines.find(({ name }) => recurring.includes(name));
  if (again !== undefined) throw notEmulated(`a calendar with recurring events (${again.name})`);
  if (lines.some(({ name }) => name === 'DURATION')) throw notEmulated('a calendar event with DURATION');
  const [start, end] = ['DTSTART', 'DTEND'].map((wanted) => {
    const line = lines.find(({ name }) => name === wanted);
    if (line === undefined) throw malformed(`an event has no ${wanted}`);
    return instantOf(line);
  }) as [number, number];
  if (end <= start) throw malformed('an event ends before it begins');
  return { start, end };
}

/** `20261120T030000Z`, or a local time with a TZID from the IANA database. */
function instantOf({ name, parameters, value }: Line): number {
  const { TZID: zoneName, VALUE: kind = 'DATE-TIME' } = parameters;
  if (kind !== 'DATE-TIME')
    throw notEmulated(`a calendar event whose ${name} is a ${kind} without a time of day`);
  const [, year, month, day, hour, minute, second, isUtc] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/.exec(value) ?? [];
  if (year === undefined) throw malformed(`${name} is not a valid time: ${value.slice(0, 100)}`);
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(wall)) throw malformed(`${name} is not a valid time: ${value}`);
  if (isUtc === 'Z') return wall;
  if (zoneName === undefined) throw notEmulated('a calendar event without a time zone');
  const zone = zoneName === 'Etc/UTC' ? utc : zoneOf(zoneName);
  if (zone === undefined) throw malformed(`${zoneName} is not a time zone of the IANA database`);
  // A local time that the clock skips has the offset from before the change (RFC 5545).
  return zone.instantOf(wall) ?? (zone.instantOf(wall - 3_600_000) ?? wall) + 3_600_000;
}

export type CalendarState = 'OPEN' | 'CLOSED';

/**
 * The combined state of calendars: open only while all calendars are open. `changesAt` is the time
 * of the next change.
 */
export function stateAt(
  calendars: readonly Calendar[],
  at: number,
): { state: CalendarState; changesAt: number | undefined } {
  const state = together(calendars, at);
  const edges = calendars
    .flatMap(({ events }) => events.flatMap(({ start, end }) => [start, end]))
    .filter((edge) => edge > at)
    .sort((a, b) => a - b);
  return { state, changesAt: edges.find((edge) => together(calendars, edge) !== state) };
}

const together = (calendars: readonly Calendar[], at: number): CalendarState =>
  calendars.every((calendar) => isOpen(calendar, at)) ? 'OPEN' : 'CLOSED';

function isOpen({ type, events }: Calendar, at: number): boolean {
  const isEvent = events.some(({ start, end }) => start <= at && at < end);
  return (type === 'DEFAULT_OPEN') !== isEvent;
}
