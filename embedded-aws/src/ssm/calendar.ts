import { AwsError, notEmulated } from '../core/errors.ts';
import { utc, zoneOf } from '../scheduler/zones.ts';

/** What a document of the type ChangeCalendar says, read from its iCalendar text (RFC 5545). */
export interface Calendar {
  /** `X-CALENDAR-TYPE` as it stands there; absent: it does not say. */
  readonly type?: string;
  readonly events: readonly CalendarEvent[];
}

/** From `start` until before `end`, in milliseconds since the epoch. */
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

/** Reads a calendar; what AWS would accept and nobody here can tell the state of is refused by name. */
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
      if (open.pop() !== value) throw malformed(`END:${value} ends nothing`);
      if (value === 'VEVENT') events.push(readEvent(event));
    } else if (open.length === 1 && name === 'X-CALENDAR-TYPE') {
      type = value;
    } else if (open.at(-1) === 'VEVENT') {
      event.push(line);
    }
  }
  if (open.length > 0) throw malformed(`BEGIN:${open.at(-1)} has no end`);
  return { ...(type === undefined ? {} : { type }), events };
}

/** A line that begins with a space goes on with the one before. */
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
  if (lines.some(({ name }) => name === 'DURATION'))
    throw notEmulated('an event of a calendar with a DURATION');
  const [start, end] = ['DTSTART', 'DTEND'].map((wanted) => {
    const line = lines.find(({ name }) => name === wanted);
    if (line === undefined) throw malformed(`an event has no ${wanted}`);
    return instantOf(line);
  }) as [number, number];
  if (end <= start) throw malformed('an event ends before it begins');
  return { start, end };
}

/** `20261120T030000Z`, or with a TZID that names a zone of the IANA database. */
function instantOf({ name, parameters, value }: Line): number {
  const { TZID: zoneName, VALUE: kind = 'DATE-TIME' } = parameters;
  if (kind !== 'DATE-TIME')
    throw notEmulated(`an event of a calendar with the ${kind} of a day for its ${name}`);
  const [, year, month, day, hour, minute, second, isUtc] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$/.exec(value) ?? [];
  if (year === undefined) throw malformed(`${name} is no time: ${value.slice(0, 100)}`);
  const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (Number.isNaN(wall)) throw malformed(`${name} is no time: ${value}`);
  if (isUtc === 'Z') return wall;
  if (zoneName === undefined) throw notEmulated('an event of a calendar in the time of no zone');
  const zone = zoneName === 'Etc/UTC' ? utc : zoneOf(zoneName);
  if (zone === undefined) throw malformed(`${zoneName} is no time zone of the IANA database`);
  // A time that the clock skips counts by the offset of the hour before, as RFC 5545 has it.
  return zone.instantOf(wall) ?? (zone.instantOf(wall - 3_600_000) ?? wall) + 3_600_000;
}

export type CalendarState = 'OPEN' | 'CLOSED';

/** The state of calendars together: open only while all are. `changesAt` is the next time at which it is another. */
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
