import type { Zone } from './cron.ts';

/** Coordinated Universal Time: the time zone of rules, and of schedules that name no time zone. */
export const utc: Zone = { wallAt: (instant) => instant, instantOf: (wall) => wall };

const dayMs = 86_400_000;

/** A zone of the IANA time zone database; `undefined` if the database has no zone of that name. */
export function zoneOf(name: string): Zone | undefined {
  if (name === 'UTC') return utc;
  // Intl also accepts offsets such as `+02:00`, which are not zones.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  const format = formatOf(name);
  if (format === undefined) return undefined;
  const wallAt = (instant: number): number => {
    const parts: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(instant)) parts[type] = Number(value);
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
    const milliseconds = ((instant % 1000) + 1000) % 1000;
    return Date.UTC(year, month - 1, day, hour, minute, second) + milliseconds;
  };
  const offsetAt = (instant: number) => wallAt(instant) - instant;
  const instantOf = (wall: number): number | undefined => {
    // The offset is that of the day before or of the day after. If both fit, the clock shows the time twice.
    const instants = [offsetAt(wall - dayMs), offsetAt(wall + dayMs)].map((offset) => wall - offset);
    const fitting = instants.filter((instant) => wallAt(instant) === wall);
    return fitting.length === 0 ? undefined : Math.min(...fitting);
  };
  return { wallAt, instantOf };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
