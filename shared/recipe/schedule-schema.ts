import * as z from 'zod/mini';
import { arnMessage, field, noForeignArn, text, textOf, wholeNumber } from './schema-field.ts';

const timezone = (description: string) =>
  z._default(
    field(z.string(), description, {
      allowed: 'an IANA name, such as Europe/Berlin or UTC',
      fix: 'use a name such as Europe/Berlin',
    }),
    'UTC',
  );

const flexibleWindowMinutes = z.optional(
  wholeNumber(
    1,
    1_440,
    'EventBridge Scheduler starts the build within this number of minutes after the scheduled time. Default: at the scheduled time.',
    { allowed: 'a whole number of minutes from 1 to 1440', fix: 'write the minutes as a number, such as 15' },
  ),
);

const cronSchedule = z.strictObject({
  cron: field(
    z.string(),
    'When to build: the six fields of an AWS cron expression, minutes hours day-of-month month day-of-week year. One of the two day fields must be ?.',
    {
      allowed: 'six fields in quotes: minutes hours day-of-month month day-of-week year',
      fix: 'for example "0 3 ? * SUN *" for Sundays at 03:00',
    },
  ),
  timezone: timezone('The IANA name of the time zone for cron. Default: UTC.'),
  flexibleWindowMinutes,
});

const rateSchedule = z.strictObject({
  rate: field(
    text(/^(1 (hour|day)|([2-9]|[1-9][0-9]{1,3}) (hours|days))$/, 12),
    'The time between builds: a number of hours or days. The first build starts with the deployment that creates the schedule. A day has 24 hours.',
    {
      wrong: (found) =>
        /^[0-9]{5,} (hours|days)$/.test(textOf(found)) ? 'which is too large' : 'which is not a rate',
      allowed: '1 hour, 1 day, or 2 to 9999 hours or days, such as 12 hours or 7 days',
      fix: (found) => {
        if (typeof found === 'number') return `add a unit: ${found} ${found === 1 ? 'day' : 'days'}`;
        const [, count, unit = ''] = /^([1-9][0-9]*) (hour|day)s?$/.exec(textOf(found)) ?? [];
        if (count === '1') return `write 1 ${unit}`;
        if (Number(count) > 9_999) return `use at most 9999 ${unit}s`;
        return count === undefined ? 'use a rate such as 7 days' : `write ${count} ${unit}s`;
      },
    },
  ),
  flexibleWindowMinutes,
});

export const schedule = field(
  z.union([cronSchedule, rateSchedule]),
  'When builds start automatically. Default: builds start only by hand, or with rebuildOnNewBase.',
  {
    allowed: 'a map with exactly one of cron and rate',
    fix: (found) => {
      // With or without the cron(…) or rate(…) of EventBridge.
      const [, kind, given = ''] = /^(?:(cron|rate)\()?([\w *?,/#-]*)\)?$/.exec(textOf(found)) ?? [];
      if (kind === 'rate' || /^\d+ \w+$/.test(given)) return `write { rate: ${given} }`;
      if (given.split(' ').length > 4) return `write { cron: "${given}", timezone: UTC }`;
      return 'use this form: { cron: "0 3 ? * SUN *", timezone: Europe/Berlin }';
    },
  },
);

const wallClock = (description: string) =>
  field(text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$/, 16), description, {
    wrong: 'which is not a date or time',
    allowed: 'a date such as 2026-12-18, or a time such as 2026-12-18T18:00',
    fix: (found) =>
      /T[0-9:]+/.test(textOf(found))
        ? 'write only hours and minutes, such as T18:00; the time zone is freeze.timezone'
        : 'write year, month and day with hyphens, and an optional time after T',
  });

export const freeze = field(
  z.strictObject({
    timezone: timezone('The IANA name of the time zone for windows. Default: UTC.'),
    windows: z._default(
      field(
        z
          .array(
            field(
              z.strictObject({
                from: wallClock(
                  'The start of the window. A date without a time means midnight at the start of that day.',
                ),
                until: wallClock(
                  'The end of the window. A date without a time means midnight at the start of that day.',
                ),
                reason: z.optional(
                  field(z.string().check(z.minLength(1), z.maxLength(200)), 'The reason for the freeze.', {
                    allowed: 'a string of 1 to 200 characters',
                    fix: 'write the reason in one line, or remove reason',
                  }),
                ),
              }),
              'A period without builds.',
              {
                allowed: 'a map with from, until and an optional reason',
                fix: () => 'use this form: { from: 2026-12-18, until: 2027-01-04 }',
              },
            ),
          )
          .check(z.maxLength(50)),
        'Periods without builds.',
        {
          allowed: 'a list of at most 50 maps with from and until',
          fix: () => 'use this form: [{ from: 2026-12-18, until: 2027-01-04 }]',
        },
      ),
      [],
    ),
    changeCalendars: z._default(
      field(
        z
          .array(
            field(
              text(noForeignArn(/^[a-zA-Z0-9_\-.:/]{3,}$/), 128),
              'The name or ARN of a Change Calendar of AWS Systems Manager.',
              arnMessage({
                wrong: 'which is not the name of a Change Calendar',
                allowed: '3 to 128 letters, digits and _ - . : /',
                fix: 'copy the name from Systems Manager',
              }),
            ),
          )
          .check(z.maxLength(10)),
        'Change Calendars of AWS Systems Manager. No build starts while one of the Change Calendars is closed.',
        {
          allowed: 'a list of at most 10 Change Calendars',
          fix: () => 'use this form: [holidays]',
        },
      ),
      [],
    ),
  }),
  'The periods when no build starts, except a build by hand with force. Default: none.',
  {
    allowed: 'a map with the fields timezone, windows, changeCalendars',
    fix: () => 'use this form: { windows: [{ from: 2026-12-18, until: 2027-01-04 }] }',
  },
);
