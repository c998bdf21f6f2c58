import { editDistance, nearest } from './nearest.ts';
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
  const near = nearest(
    timezone,
    ['UTC', ...zones].filter((name) => isSameCity(name, timezone)),
  );
  return {
    wrong: 'which is not a time zone',
    allowed: 'an IANA name, such as Europe/Berlin or UTC',
    fix:
      near === undefined
        ? 'use a name such as Europe/Berlin; most names contain the largest city of the zone'
        : `did you mean ${near}?`,
  };
}

/** Whether the last parts of two names could mean one city. Most of a name is its region, so the complete names are always similar. */
function isSameCity(name: string, other: string): boolean {
  const [one = '', two = ''] = [name, other].map((zone) => zone.toLowerCase().split('/').at(-1));
  return editDistance(one, two) <= Math.max(1, Math.floor(Math.min(one.length, two.length) / 4));
}

function canonicalName(timezone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
