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
  test('is open by default and closed by its events', async () => {
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

  test('is closed by default and opened by its events, in the time of their zone', async () => {
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

  test('with events that touch or overlap changes where they end together', async () => {
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

  test('several of them are open only while all are', async () => {
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

  test('is a document: described, read as it is, listed, and changed by versions', async () => {
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

  test('is nothing that a node can run', async () => {
    const ssm = simulateSsm();
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN'));
    const id = await ssm.online('amazon-linux-2023');
    const command = new SendCommandCommand({ DocumentName: 'freeze', InstanceIds: [id] });
    await expect(ssm.run(ssm.client.send(command))).rejects.toMatchObject({ name: 'InvalidDocument' });
  });
});

describe('CreateDocument refuses a calendar', () => {
  test.each<[string, string, string, string]>([
    ['that is none', 'hello', 'InvalidDocumentContent', 'has no name and value'],
    ['that does not begin', 'END:VCALENDAR', 'InvalidDocumentContent', 'does not begin with BEGIN:VCALENDAR'],
    [
      'with an event that does not end',
      'BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR',
      'InvalidDocumentContent',
      'END:VCALENDAR ends nothing',
    ],
    [
      'without a start',
      calendar('DEFAULT_OPEN', ['DTEND:20261201T000000Z']),
      'InvalidDocumentContent',
      'no DTSTART',
    ],
    [
      'that ends before it begins',
      calendar('DEFAULT_OPEN', utc('20261202T000000Z', '20261201T000000Z')),
      'InvalidDocumentContent',
      'ends before it begins',
    ],
    [
      'on the 13th month',
      calendar('DEFAULT_OPEN', utc('20261302T000000Z', '20261401T000000Z')),
      'InvalidDocumentContent',
      'DTSTART is no time: 20261302T000000Z',
    ],
    [
      'in a zone that is none',
      calendar('DEFAULT_OPEN', ['DTSTART;TZID=Mars/Olympus:20261201T000000', 'DTEND:20261202T000000Z']),
      'InvalidDocumentContent',
      'Mars/Olympus is no time zone',
    ],
    [
      'in no zone',
      calendar('DEFAULT_OPEN', utc('20261201T000000', '20261202T000000')),
      'NotEmulated',
      'in the time of no zone',
    ],
    [
      'of whole days',
      calendar('DEFAULT_OPEN', ['DTSTART;VALUE=DATE:20261201', 'DTEND;VALUE=DATE:20261202']),
      'NotEmulated',
      'DTSTART',
    ],
    [
      'that recurs',
      calendar('DEFAULT_OPEN', [...freeze, 'RRULE:FREQ=WEEKLY']),
      'NotEmulated',
      'a calendar with recurring events (RRULE) is not emulated',
    ],
    ['with a duration', calendar('DEFAULT_OPEN', [...freeze, 'DURATION:PT1H']), 'NotEmulated', 'DURATION'],
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
    ['a calendar that is not there', ['none'], undefined, 'InvalidDocument'],
    ['another kind of document', ['AWS-RunShellScript'], undefined, 'InvalidDocumentType'],
    ['a calendar that does not say what it is', ['mute'], undefined, 'UnsupportedCalendarException'],
    ['a calendar of another kind', ['odd'], undefined, 'UnsupportedCalendarException'],
    ['one of several', ['freeze', 'none'], undefined, 'InvalidDocument'],
    ['none at all', [], undefined, 'ValidationException'],
    ['a time that is none', ['freeze'], 'tomorrow', 'ValidationException'],
    ['a time in no zone', ['freeze'], '2026-12-20T00:00:00', 'ValidationException'],
  ])('%s', async (_name, names, time, code) => {
    const ssm = simulateSsm();
    await create(ssm, 'freeze', calendar('DEFAULT_OPEN', freeze));
    await create(ssm, 'mute', calendar(undefined, freeze));
    await create(ssm, 'odd', calendar('DEFAULT_AJAR', freeze));
    await expect(stateOf(ssm, names, time)).rejects.toMatchObject({ name: code });
  });

  test('a calendar that another account shares, by name', async () => {
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
