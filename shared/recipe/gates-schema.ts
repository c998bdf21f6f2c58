import * as z from 'zod/mini';
import { CVE_DEADLINE_MINUTES_MAX } from './gate-limits.ts';
import { field, text, textOf, wholeNumber } from './schema-field.ts';

/** Inspector names a vulnerability by its CVE, and on Windows by the update that is missing (Inspector user guide, Finding types). */
const idPattern = /^(CVE-[0-9]{4}-[0-9]{4,19}|KB[0-9]{6,9})$/;

const accepted = field(
  z.strictObject({
    id: field(
      text(idPattern, 32),
      'The id of the vulnerability: a CVE, or the KB number of a Windows update.',
      {
        wrong: 'which is not the id of a vulnerability',
        allowed: 'a CVE such as CVE-2026-12345, or the KB number of a Windows update such as KB5068787',
        fix: (found) => {
          const corrected = textOf(found).toUpperCase();
          return idPattern.test(corrected) ? `did you mean ${corrected}?` : 'copy the id from the finding';
        },
      },
    ),
    until: field(
      text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 10),
      'The end of the acceptance: it ends at midnight UTC at the start of this day. Then the vulnerability counts again.',
      {
        wrong: 'which is not a date',
        allowed: 'a date such as 2026-12-18',
        fix: 'write year, month and day with hyphens',
      },
    ),
    reason: field(
      z.string().check(z.regex(/\S/), z.maxLength(200)),
      'Why the vulnerability is accepted. The report of the build shows it.',
      {
        wrong: 'which is empty',
        allowed: 'a string of 1 to 200 characters',
        fix: 'say in one line why the image may have the vulnerability',
      },
    ),
  }),
  'A vulnerability that does not fail the gate until a date.',
  {
    allowed: 'a map with id, until and reason',
    fix: () => 'use this form: { id: CVE-2026-12345, until: 2026-12-18, reason: not reachable }',
  },
);

const cve = field(
  z.strictObject({
    failFrom: field(
      z.enum(['critical', 'high', 'medium', 'low']),
      'The lowest severity that fails the gate. Vulnerabilities without a severity never fail it, but the report names them.',
    ),
    onlyFixable: z._default(
      field(
        z.boolean(),
        'Whether only vulnerabilities fail the gate for which a fix is available, at least in some of the affected packages.',
      ),
      false,
    ),
    accept: z._default(
      field(
        z.array(accepted).check(z.maxLength(100)),
        'Vulnerabilities that do not fail the gate until a date.',
        {
          allowed: 'a list of at most 100 maps with id, until and reason',
          fix: () => 'use this form: [{ id: CVE-2026-12345, until: 2026-12-18, reason: not reachable }]',
        },
      ),
      [],
    ),
    deadlineMinutes: z._default(
      wholeNumber(
        10,
        CVE_DEADLINE_MINUTES_MAX,
        'How many minutes the build waits for the scan of Amazon Inspector after all tests have passed. After this time, the gate fails. Default: 60.',
        {
          allowed: `a whole number of minutes from 10 to ${CVE_DEADLINE_MINUTES_MAX}`,
          fix: 'write the minutes as a number, such as 60',
        },
      ),
      60,
    ),
  }),
  'Fails the build if Amazon Inspector finds vulnerabilities on the tester. Amazon Inspector must scan EC2 instances in the account and region of the deployment.',
  {
    allowed: 'a map with failFrom and the optional fields onlyFixable, accept, deadlineMinutes',
    fix: () => 'use this form: { failFrom: high }',
  },
);

const approval = field(
  z.strictObject({
    deadlineHours: z._default(
      wholeNumber(
        1,
        168,
        'How many hours the build waits for a person. After this time, the build fails, and the image is removed. Default: 24.',
        {
          allowed: 'a whole number of hours from 1 to 168',
          fix: 'write the hours as a number, such as 24',
        },
      ),
      24,
    ),
  }),
  'Asks people for approval before the image is shared. The pipeline sends a message to its topic, and waits for golden approve or golden reject.',
  {
    allowed: 'a map with the optional field deadlineHours',
    fix: () => 'use this form: { deadlineHours: 24 }',
  },
);

export const gates = field(
  z.strictObject({ cve: z.optional(cve), approval: z.optional(approval) }),
  'What an image must pass before it is released. Default: none.',
  {
    allowed: 'a map with one or both of the fields cve and approval',
    fix: () => 'use this form: { cve: { failFrom: high }, approval: { deadlineHours: 24 } }',
  },
);
