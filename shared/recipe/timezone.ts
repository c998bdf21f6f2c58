import { nearest } from './nearest.ts';
import type { FieldMessage } from './schema-field.ts';

/** The names of all zones. Reading the list takes longer than most other checks of a recipe. */
let zones: readonly string[] | undefined;

/**
 * The problem of a time zone name, or `undefined` if the name is valid. EventBridge Scheduler accepts only names of the IANA database,
 * in their exact case. It refuses offsets such as +01:00.
 */
export function timezoneProblem(timezone: string): FieldMessage | undefined {
  if (timezone === 'UTC') return undefined;
  zones ??= Intl.supportedValuesOf('timeZone');
  if (zones.includes(timezone)) return undefined;
  // The list contains one name for each zone (Asia/Calcutta, not Asia/Kolkata). Intl.DateTimeFormat also accepts the other names.
  const canonical = canonicalName(timezone);
  const isWellFormed = /^[A-Z][A-Za-z_0-9]+(\/[A-Z][A-Za-z_+0-9-]*)*$/.test(timezone);
  const isOtherCase = canonical?.toLowerCase() === timezone.toLowerCase() && canonical !== timezone;
  if (canonical !== undefined && isWellFormed && !isOtherCase) return undefined;
  const near = nearest(timezone, ['UTC', ...zones]);
  return {
    wrong: 'which is not a time zone',
    allowed: 'an IANA name, such as Europe/Berlin or UTC',
    fix: near === undefined ? 'use a name such as Europe/Berlin' : `did you mean ${near}?`,
  };
}

function canonicalName(timezone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
