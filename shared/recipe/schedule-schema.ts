import * as z from 'zod/mini';
import { field, text, textOf } from './schema-field.ts';

const timezone = (description: string) =>
  z._default(
    field(z.string(), description, {
      allowed: 'an IANA name, such as Europe/Berlin or UTC',
      fix: 'give the name as in Europe/Berlin',
    }),
    'UTC',
  );

const flexibleWindowMinutes = z.optional(
  field(
    z.int().check(z.minimum(1), z.maximum(1_440)),
    'How many minutes later it may begin, as AWS finds best. Left out: on time.',
    { allowed: 'a whole number of minutes from 1 to 1440', fix: 'give the minutes as a number, such as 15' },
  ),
);

const cronSchedule = z.strictObject({
  cron: field(
    z.string(),
    "When to bake: AWS's six fields, minutes hours day-of-month month day-of-week year, one of the two days being ?.",
    {
      allowed: 'six fields in quotes: minutes hours day-of-month month day-of-week year',
      fix: 'for Sundays at three: "0 3 ? * SUN *"',
    },
  ),
  timezone: timezone('The IANA name of the time zone that cron is read in. Left out: UTC.'),
  flexibleWindowMinutes,
});

const rateSchedule = z.strictObject({
  rate: field(
    text(/^(1 (hour|day)|([2-9]|[1-9][0-9]{1,3}) (hours|days))$/, 12),
    'How often to bake, beginning with the deployment: a number of hours or days, of 24 hours each.',
    {
      wrong: 'which is no rate',
      allowed: '1 hour, 1 day, or a whole number of hours or days such as 12 hours or 7 days',
      fix: (found) =>
        typeof found === 'number'
          ? `write it with its unit: ${found} ${found === 1 ? 'day' : 'days'}`
          : /^1 (hours|days)$/.test(textOf(found))
            ? `write ${textOf(found).slice(0, -1)}`
            : 'write it as in 7 days',
    },
  ),
  flexibleWindowMinutes,
});

/** When a recipe is built by itself. */
export const schedule = field(
  z.union([cronSchedule, rateSchedule]),
  'When to bake by itself. Left out: only by hand, or by rebuildOnNewBase.',
  {
    allowed: 'a map with exactly one of cron and rate',
    fix: (found) => {
      // As EventBridge writes it, or bare.
      const [, kind, given = ''] = /^(?:(cron|rate)\()?([\w *?,/#-]*)\)?$/.exec(textOf(found)) ?? [];
      if (kind === 'rate' || /^\d+ \w+$/.test(given)) return `write { rate: ${given} }`;
      if (given.split(' ').length > 4) return `write { cron: "${given}", timezone: UTC }`;
      return 'write it as in { cron: "0 3 ? * SUN *", timezone: Europe/Berlin }';
    },
  },
);

const wallClock = (description: string) =>
  field(text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$/, 16), description, {
    wrong: 'which is no day or time of day',
    allowed: 'a day such as 2026-12-18, or a time such as 2026-12-18T18:00',
    fix: (found) =>
      /T[0-9:]+/.test(textOf(found))
        ? 'give hours and minutes alone; the time zone is freeze.timezone'
        : 'write year, month and day with hyphens, and the time after a T',
  });

/** When it is not. */
export const freeze = field(
  z.strictObject({
    timezone: timezone('The IANA name of the time zone that the windows are read in. Left out: UTC.'),
    windows: z._default(
      field(
        z
          .array(
            field(
              z.strictObject({
                from: wallClock('When it begins; a day alone begins at midnight.'),
                until: wallClock('When it is over; a day alone is over as it begins.'),
                reason: z.optional(
                  field(z.string().check(z.minLength(1), z.maxLength(200)), 'Why, for those who wonder.', {
                    allowed: 'a text of 1 to 200 characters',
                    fix: 'say why in one line, or leave reason out',
                  }),
                ),
              }),
              'A time in which nothing is built.',
              {
                allowed: 'a map with from and until, and perhaps reason',
                fix: () => 'write it as in { from: 2026-12-18, until: 2027-01-04 }',
              },
            ),
          )
          .check(z.maxLength(50)),
        'Times in which nothing is built.',
        {
          allowed: 'a list of at most 50 maps with from and until',
          fix: () => 'write it as in [{ from: 2026-12-18, until: 2027-01-04 }]',
        },
      ),
      [],
    ),
    changeCalendars: z._default(
      field(
        z
          .array(
            field(
              text(/^[a-zA-Z0-9_\-.:/]{3,128}$/, 128),
              'The name of a Change Calendar of Systems Manager, or its ARN.',
              {
                wrong: 'which is no name of a Change Calendar',
                allowed: '3 to 128 letters, digits and _ - . : /',
                fix: 'give the name as Systems Manager has it',
              },
            ),
          )
          .check(z.maxLength(10)),
        'Change Calendars of the deployment; nothing is built while one of them is closed.',
        {
          allowed: 'a list of at most 10 Change Calendars',
          fix: () => 'write it as in [holidays]',
        },
      ),
      [],
    ),
  }),
  'When nothing is built, but by hand with force. Left out: never.',
  {
    allowed: 'a map with the fields timezone, windows, changeCalendars',
    fix: () => 'write it as in { windows: [{ from: 2026-12-18, until: 2027-01-04 }] }',
  },
);
