import { nearest } from './nearest.ts';
import type { Words } from './schema-field.ts';

/**
 * What is wrong with the name of a time zone; undefined if nothing is. EventBridge Scheduler takes the names of the
 * IANA database and nothing else: no offsets such as +01:00, no other case.
 */
export function timezoneFault(timezone: string): Words | undefined {
  const known = Intl.supportedValuesOf('timeZone');
  if (timezone === 'UTC' || known.includes(timezone)) return undefined;
  // The list has only one name of each zone (Asia/Calcutta, not Asia/Kolkata); the formatter knows the others too.
  const canonical = canonicalName(timezone);
  const wellWritten = /^[A-Z][A-Za-z_0-9]+(\/[A-Z][A-Za-z_+0-9-]*)*$/.test(timezone);
  const isOtherCase = canonical?.toLowerCase() === timezone.toLowerCase() && canonical !== timezone;
  if (canonical !== undefined && wellWritten && !isOtherCase) return undefined;
  const near = nearest(timezone, ['UTC', ...known]);
  return {
    wrong: 'which is no time zone',
    allowed: 'an IANA name, such as Europe/Berlin or UTC',
    fix: near === undefined ? 'give the name as in Europe/Berlin' : `did you mean ${near}?`,
  };
}

function canonicalName(timezone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
