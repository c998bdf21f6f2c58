import {
  CreateDocumentCommand,
  DescribeDocumentCommand,
  GetCalendarStateCommand,
  GetDocumentCommand,
  ListDocumentsCommand,
  ModifyDocumentPermissionCommand,
  SendCommandCommand,
  SSMClient,
  UpdateDocumentCommand,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { ACCOUNT, REGION, type SimulatedSsm, simulateSsm } from '../simulated-ssm.ts';

type Event = readonly string[];

const utc = (start: string, end: string): Event => [`DTSTART:${start}`, `DTEND:${end}`];

function calendar(type: string | undefined, ...events: Event[]): string {
  const lines = events.flatMap((event, index) => ['BEGIN:VEVENT', `UID:${index}`, ...event, 'END:VEVENT']);
  return [
    'BEGIN:VCALENDAR',
    'PRODID:-//AWS//Change Calendar 1.0//EN',
    'VERSION:2.0',
    ...(type === undefined ? [] : [`X-CALENDAR-TYPE:${type}`]),
    'X-WR-CALDESC:',
    ...lines,
    'END:VCALENDAR',
    '',
  ].join('\r\n');
}

const create = ({ run, client }: SimulatedSsm, Name: string, Content: string) =>
  run(
    client.send(
      new CreateDocumentCommand({ Name, Content, DocumentType: 'ChangeCalendar', DocumentFormat: 'TEXT' }),
    ),
  );

async function stateOf({ run, client }: SimulatedSsm, CalendarNames: string[], AtTime?: string) {
  const { $metadata: _none, ...answer } = await run(
    client.send(new GetCalendarStateCommand({ CalendarNames, AtTime })),
  );
  return answer;
}

const freeze = utc('20261220T000000Z', '20270104T080000Z');

describe('a calendar', () => {
  test('is open by default and closed during its events', async () => {
    const ssm = simulateSsm();
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN', freeze));
    expect(await stateOf(ssm, ['freeze'])).toEqual({
      State: 'OPEN',
      AtTime: expect.stringMatching(/^2026-11-20T03:00:0\dZ$/),
      NextTransitionTime: '2026-12-20T00:00:00Z',
    });
    const at = async (time: string) => stateOf(ssm, ['freeze'], time);
    expect(await at('2026-12-19T23:59:59Z')).toMatchObject({ State: 'OPEN' });
    expect(await at('2026-12-20T01:00:00+0100')).toEqual({
      State: 'CLOSED',
      AtTime: '2026-12-20T00:00:00Z',
      NextTransitionTime: '2027-01-04T08:00:00Z',
    });
    expect(await at('2027-01-04T08:00:00Z')).toEqual({ State: 'OPEN', AtTime: '2027-01-04T08:00:00Z' });
  });

  test('is closed by default and open during its events, in their time zone', async () => {
    const ssm = simulateSsm();
    const event = [
      'DTSTART;TZID=Europe/Berlin:20261124T090000',
      'DTEND;TZID="Europe/Berlin":20261124T1',
      ' 70000',
    ];
    await create(ssm, 'windows', calendar('DEFAULT_CLOSED', event));
    expect(await stateOf(ssm, ['windows'])).toMatchObject({
      State: 'CLOSED',
      NextTransitionTime: '2026-11-24T08:00:00Z',
    });
    expect(await stateOf(ssm, ['windows'], '2026-11-24T08:00:00Z')).toMatchObject({
      State: 'OPEN',
      NextTransitionTime: '2026-11-24T16:00:00Z',
    });
  });

  test('with adjacent or overlapping events changes at their common end', async () => {
    const ssm = simulateSsm();
    const events = [
      utc('20261201T000000Z', '20261202T000000Z'),
      utc('20261202T000000Z', '20261204T000000Z'),
      utc('20261203T000000Z', '20261203T120000Z'),
    ];
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN', ...events));
    expect(await stateOf(ssm, ['freeze'], '2026-12-01T00:00:00Z')).toMatchObject({
      State: 'CLOSED',
      NextTransitionTime: '2026-12-04T00:00:00Z',
    });
  });

  test('combined with others is open only while all calendars are open', async () => {
    const ssm = simulateSsm();
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN', freeze));
    await create(ssm, 'windows', calendar('DEFAULT_CLOSED', utc('20261219T000000Z', '20261221T000000Z')));
    const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:document/windows`;
    expect(await stateOf(ssm, ['freeze', arn])).toMatchObject({
      State: 'CLOSED',
      NextTransitionTime: '2026-12-19T00:00:00Z',
    });
    expect(await stateOf(ssm, ['freeze', arn], '2026-12-19T12:00:00Z')).toMatchObject({
      State: 'OPEN',
      NextTransitionTime: '2026-12-20T00:00:00Z',
    });
    const after = await stateOf(ssm, ['freeze', arn], '2026-12-20T12:00:00Z');
    expect(after).toEqual({ State: 'CLOSED', AtTime: '2026-12-20T12:00:00Z' });
  });

  test('is a document that can be described, read, listed and updated', async () => {
    const ssm = simulateSsm();
    const { run, client } = ssm;
    const text = calendar('DEFAULT_OPEN', freeze);
    await create(ssm, 'freeze', text);
    const { Document } = await run(client.send(new DescribeDocumentCommand({ Name: 'freeze' })));
    expect(Document).toMatchObject({
      DocumentType: 'ChangeCalendar',
      DocumentFormat: 'TEXT',
      Status: 'Active',
    });
    const read = await run(client.send(new GetDocumentCommand({ Name: 'freeze' })));
    expect(read).toMatchObject({ Content: text, DocumentFormat: 'TEXT', DocumentType: 'ChangeCalendar' });
    const Filters = [{ Key: 'DocumentType', Values: ['ChangeCalendar'] }];
    const { DocumentIdentifiers } = await run(client.send(new ListDocumentsCommand({ Filters })));
    expect(DocumentIdentifiers).toMatchObject([{ Name: 'freeze' }]);
    await run(
      client.send(
        new UpdateDocumentCommand({
          Name: 'freeze',
          DocumentVersion: '$LATEST',
          DocumentFormat: 'TEXT',
          Content: calendar('DEFAULT_CLOSED'),
        }),
      ),
    );
    expect(await stateOf(ssm, ['freeze'])).toMatchObject({ State: 'OPEN' });
    await run(client.send(new UpdateDocumentDefaultVersionCommand({ Name: 'freeze', DocumentVersion: '2' })));
    expect(await stateOf(ssm, ['freeze'])).toEqual({ State: 'CLOSED', AtTime: expect.any(String) });
  });

  test('cannot be run on a node', async () => {
    const ssm = simulateSsm();
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN'));
    const id = await ssm.online('amazon-linux-2023');
    const command = new SendCommandCommand({ DocumentName: 'freeze', InstanceIds: [id] });
    await expect(ssm.run(ssm.client.send(command))).rejects.toMatchObject({ name: 'InvalidDocument' });
  });
});

describe('CreateDocument refuses a calendar', () => {
  test.each<[string, string, string, string]>([
    ['that is not a calendar', 'hello', 'InvalidDocumentContent', 'has no name and value'],
    ['without BEGIN', 'END:VCALENDAR', 'InvalidDocumentContent', 'does not begin with BEGIN:VCALENDAR'],
    [
      'with an event without END',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR',
      'InvalidDocumentContent',
      'END:VCALENDAR has no matching BEGIN',
    ],
    [
      'without a start',
      calendar('DEFAULT_OPEN', ['DTEND:20261201T000000Z']),
      'InvalidDocumentContent',
      'no DTSTART',
    ],
    [
      'with an event that ends before it begins',
      calendar('DEFAULT_OPEN', utc('20261202T000000Z', '20261201T000000Z')),
      'InvalidDocumentContent',
      'ends before it begins',
    ],
    [
      'with a date in the 13th month',
      calendar('DEFAULT_OPEN', utc('20261302T000000Z', '20261401T000000Z')),
      'InvalidDocumentContent',
      'DTSTART is not a valid time: 20261302T000000Z',
    ],
    [
      'with an unknown time zone',
      calendar('DEFAULT_OPEN', ['DTSTART;TZID=Mars/Olympus:20261201T000000', 'DTEND:20261202T000000Z']),
      'InvalidDocumentContent',
      'Mars/Olympus is not a time zone',
    ],
    [
      'with a time without a time zone',
      calendar('DEFAULT_OPEN', utc('20261201T000000', '20261202T000000')),
      'NotEmulated',
      'without a time zone',
    ],
    [
      'with an all-day event',
      calendar('DEFAULT_OPEN', ['DTSTART;VALUE=DATE:20261201', 'DTEND;VALUE=DATE:20261202']),
      'NotEmulated',
      'DTSTART',
    ],
    [
      'with a recurring event',
      calendar('DEFAULT_OPEN', [...freeze, 'RRULE:FREQ=WEEKLY']),
      'NotEmulated',
      'a calendar with recurring events (RRULE) is not emulated',
    ],
    ['with DURATION', calendar('DEFAULT_OPEN', [...freeze, 'DURATION:PT1H']), 'NotEmulated', 'DURATION'],
  ])('%s', async (_name, text, name, message) => {
    const ssm = simulateSsm();
    await expect(create(ssm, 'freeze', text)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    });
    expect(ssm.world.documents.all()).toEqual([]);
  });

  test('in another format', async () => {
    const { run, client } = simulateSsm();
    const Content = calendar('DEFAULT_OPEN');
    const command = new CreateDocumentCommand({ Name: 'freeze', Content, DocumentType: 'ChangeCalendar' });
    await expect(run(client.send(command))).rejects.toMatchObject({ name: 'NotEmulated' });
  });
});

describe('GetCalendarState refuses', () => {
  test.each([
    ['an unknown calendar', ['none'], undefined, 'InvalidDocument'],
    ['a document of another type', ['AWS-RunShellScript'], undefined, 'InvalidDocumentType'],
    ['a calendar without a type', ['mute'], undefined, 'UnsupportedCalendarException'],
    ['a calendar of an unknown type', ['odd'], undefined, 'UnsupportedCalendarException'],
    ['an unknown calendar among known calendars', ['freeze', 'none'], undefined, 'InvalidDocument'],
    ['an empty list', [], undefined, 'ValidationException'],
    ['an invalid time', ['freeze'], 'tomorrow', 'ValidationException'],
    ['a time without a time zone', ['freeze'], '2026-12-20T00:00:00', 'ValidationException'],
  ])('%s', async (_name, names, time, code) => {
    const ssm = simulateSsm();
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN', freeze));
    await create(ssm, 'mute', calendar(undefined, freeze));
    await create(ssm, 'odd', calendar('DEFAULT_AJAR', freeze));
    await expect(stateOf(ssm, names, time)).rejects.toMatchObject({ name: code });
  });

  test('a calendar shared by another account, as not emulated', async () => {
    const ssm = simulateSsm();
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN', freeze));
    await ssm.run(
      ssm.client.send(
        new ModifyDocumentPermissionCommand({
          Name: 'freeze',
          PermissionType: 'Share',
          AccountIdsToAdd: ['111122223333'],
        }),
      ),
    );
    const client = new SSMClient({
      region: REGION,
      maxAttempts: 1,
      retryMode: 'standard',
      defaultsMode: 'standard',
    });
    answerFrom(ssm.world, ssm.services, client, '111122223333');
    const arn = `arn:aws:ssm:${REGION}:${ACCOUNT}:document/freeze`;
    await expect(stateOf({ ...ssm, client }, [arn])).rejects.toMatchObject({
      name: 'NotEmulated',
      message: expect.stringContaining('a calendar that another account shares'),
    });
  });
});
