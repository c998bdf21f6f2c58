import {
  CreateDocumentCommand,
  type CreateDocumentCommandInput,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  DescribeDocumentPermissionCommand,
  type DocumentKeyValuesFilter,
  GetDocumentCommand,
  ListDocumentsCommand,
  type ListDocumentsCommandInput,
  ListDocumentVersionsCommand,
  ModifyDocumentPermissionCommand,
  type ModifyDocumentPermissionCommandInput,
  SendCommandCommand,
  SSMClient,
  UpdateDocumentCommand,
  type UpdateDocumentCommandInput,
  UpdateDocumentDefaultVersionCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { answerFrom } from '../../src/client.ts';
import { ACCOUNT, REGION, simulateSsm } from '../simulated-ssm.ts';

const content = {
  schemaVersion: '2.2',
  description: 'Says something',
  parameters: { what: { type: 'String', default: 'hello' } },
  mainSteps: [{ name: 'say', action: 'aws:runShellScript', inputs: { runCommand: ['echo {{ what }}'] } }],
};

const create = (changes: Partial<CreateDocumentCommandInput> = {}) =>
  new CreateDocumentCommand({
    Name: 'say-something',
    Content: JSON.stringify(content),
    DocumentType: 'Command',
    ...changes,
  });

test('a document is created, described, read and deleted', async () => {
  const { run, client } = simulateSsm();
  const created = await run(client.send(create({ Tags: [{ Key: 'a', Value: 'b' }] })));
  const description = {
    Name: 'say-something',
    Owner: ACCOUNT,
    Status: 'Active',
    DocumentVersion: '1',
    DocumentType: 'Command',
    SchemaVersion: '2.2',
    Description: 'Says something',
    HashType: 'Sha256',
    Hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    PlatformTypes: ['Linux', 'MacOS'],
    Parameters: [{ Name: 'what', Type: 'String', DefaultValue: 'hello' }],
    Tags: [{ Key: 'a', Value: 'b' }],
  };
  expect(created.DocumentDescription).toMatchObject({ ...description, Status: 'Creating' });
  const { Document } = await run(client.send(new DescribeDocumentCommand({ Name: 'say-something' })));
  expect(Document).toMatchObject(description);
  const json = await run(client.send(new GetDocumentCommand({ Name: 'say-something' })));
  expect(JSON.parse(json.Content ?? '')).toEqual(content);
  const yaml = await run(
    client.send(new GetDocumentCommand({ Name: 'say-something', DocumentFormat: 'YAML' })),
  );
  expect(parse(yaml.Content ?? '')).toEqual(content);
  await run(client.send(new DeleteDocumentCommand({ Name: 'say-something' })));
  await expect(
    run(client.send(new DescribeDocumentCommand({ Name: 'say-something' }))),
  ).rejects.toMatchObject({
    name: 'InvalidDocument',
    message: 'Document with name say-something does not exist.',
  });
});

test('AWS documents exist and cannot be changed', async () => {
  const { run, client } = simulateSsm();
  const { Document } = await run(client.send(new DescribeDocumentCommand({ Name: 'AWS-RunPatchBaseline' })));
  expect(Document).toMatchObject({
    Owner: 'Amazon',
    DocumentType: 'Command',
    PlatformTypes: ['Windows', 'Linux'],
  });
  await expect(
    run(client.send(new DeleteDocumentCommand({ Name: 'AWS-RunShellScript' }))),
  ).rejects.toMatchObject({ name: 'InvalidDocumentOperation' });
});

test('a name must be unique', async () => {
  const { run, client } = simulateSsm();
  await run(client.send(create()));
  await expect(run(client.send(create()))).rejects.toMatchObject({
    name: 'DocumentAlreadyExists',
    message: 'Document with same name say-something already exists',
  });
});

test('the content is returned as it was given, or in the requested format', async () => {
  const { run, client } = simulateSsm();
  const Content = `# a remark\n${stringify(content)}`;
  await run(client.send(create({ Content, DocumentFormat: 'YAML' })));
  const get = (DocumentFormat?: 'JSON' | 'YAML') =>
    run(client.send(new GetDocumentCommand({ Name: 'say-something', DocumentFormat })));
  expect((await get('YAML')).Content).toBe(Content);
  expect(JSON.parse((await get()).Content ?? '')).toEqual(content);
});

test('an unknown version is refused', async () => {
  const { run, client } = simulateSsm();
  await run(client.send(create()));
  await expect(
    run(client.send(new GetDocumentCommand({ Name: 'say-something', DocumentVersion: '2' }))),
  ).rejects.toMatchObject({ name: 'InvalidDocumentVersion' });
});

const automation = (step: object, more: object = {}) => ({
  DocumentType: 'Automation' as const,
  Content: JSON.stringify({
    schemaVersion: '0.3',
    mainSteps: [{ name: 'first', action: 'aws:sleep', inputs: { Duration: 'PT1S' }, ...step }],
    ...more,
  }),
});
const command = (step: object) => ({
  Content: JSON.stringify({
    schemaVersion: '2.2',
    mainSteps: [{ name: 'first', action: 'aws:runShellScript', inputs: {}, ...step }],
  }),
});

test.each<[Partial<CreateDocumentCommandInput>, string, RegExp]>([
  [{ Name: 'a' }, 'ValidationException', /'name'/],
  [{ Name: 'AWS-Mine' }, 'ValidationException', /reserved/],
  [{ Content: '{' }, 'InvalidDocumentContent', /JSON not well-formed/],
  [{ Content: 'a: [', DocumentFormat: 'YAML' }, 'InvalidDocumentContent', /YAML not well-formed/],
  [
    { Content: `{"a":${'['.repeat(200)}${']'.repeat(200)}}` },
    'InvalidDocumentContent',
    /JSON not well-formed/,
  ],
  [{ Content: 'a: &a [*a, *a]', DocumentFormat: 'YAML' }, 'InvalidDocumentContent', /YAML not well-formed/],
  [{ Content: '{}' }, 'InvalidDocumentContent', /schemaVersion is missing/],
  [{ Content: '{"schemaVersion":"1.2"}' }, 'NotEmulated', /schema version 1.2/],
  [{ Content: '{"schemaVersion":"2.2","mainSteps":[]}' }, 'InvalidDocumentContent', /mainSteps/],
  [{ Content: ' '.repeat(65_537) }, 'MaxDocumentSizeExceeded', /64 KB/],
  [{ DocumentType: 'Package' }, 'NotEmulated', /DocumentType Package/],
  [{ DocumentFormat: 'TEXT' }, 'NotEmulated', /DocumentFormat TEXT/],
  [{ Attachments: [{ Key: 'SourceUrl' }] }, 'NotEmulated', /the parameter Attachments/],
  [{ VersionName: 'a b' }, 'ValidationException', /at 'versionName'/],
  [{ Tags: [{ Key: 'aws:a', Value: 'b' }] }, 'ValidationException', /reserved/],
  [command({ name: 'a b' }), 'InvalidDocumentContent', /the step name a b/],
  [command({ action: '' }), 'InvalidDocumentContent', /no action/],
  [command({ action: 'aws:downloadContent' }), 'NotEmulated', /the plugin aws:downloadContent/],
  [command({ action: 'embedded:patch' }), 'NotEmulated', /the plugin embedded:patch/],
  [command({ action: 'aws:runDocument', inputs: { documentType: 'LocalPath' } }), 'NotEmulated', /LocalPath/],
  [
    command({ precondition: { StringEquals: ['{{ x }}', 'y'] } }),
    'NotEmulated',
    /precondition of the step first/,
  ],
  [automation({ action: 'aws:runInstances' }), 'NotEmulated', /the action aws:runInstances/],
  [automation({ inputs: { Hours: 1 } }), 'NotEmulated', /aws:sleep with the input Hours/],
  [automation({ nextStep: 'nowhere' }), 'InvalidDocumentContent', /goes to the step nowhere/],
  [automation({ onFailure: 'step:nowhere' }), 'InvalidDocumentContent', /goes to the step nowhere/],
  [automation({ onCancel: 'Abort' }), 'NotEmulated', /the property onCancel/],
  [
    automation({ inputs: { Duration: '{{ x }}' } }),
    'InvalidDocumentContent',
    /\{\{ x \}\} in the step first/,
  ],
  [automation({}, { assumeRole: '{{ Role }}' }), 'InvalidDocumentContent', /\{\{ Role \}\}/],
])('CreateDocument refuses %j', async (changes, name, message) => {
  const { run, client } = simulateSsm();
  await expect(run(client.send(create(changes)))).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message),
  });
});

describe('versions', () => {
  const said = (words: string) => JSON.stringify({ ...content, description: words });
  async function withTwo() {
    const simulated = simulateSsm();
    const { run, client } = simulated;
    await run(client.send(create({ VersionName: 'first' })));
    const update = (input: Partial<UpdateDocumentCommandInput>) =>
      run(
        client.send(
          new UpdateDocumentCommand({
            Name: 'say-something',
            Content: said('two'),
            DocumentVersion: '$LATEST',
            ...input,
          }),
        ),
      );
    const updated = await update({ VersionName: 'second' });
    return {
      ...simulated,
      update,
      updated,
      describe: async (input: { DocumentVersion?: string; VersionName?: string } = {}) =>
        (await run(client.send(new DescribeDocumentCommand({ Name: 'say-something', ...input })))).Document,
      remove: (input: { DocumentVersion?: string; VersionName?: string }) =>
        run(client.send(new DeleteDocumentCommand({ Name: 'say-something', ...input }))),
    };
  }

  test('are added after the latest version, and the default stays until it is changed', async () => {
    const { run, client, updated, describe } = await withTwo();
    expect(updated.DocumentDescription).toMatchObject({
      Status: 'Updating',
      DocumentVersion: '2',
      LatestVersion: '2',
      DefaultVersion: '1',
    });
    expect(await describe()).toMatchObject({ DocumentVersion: '1', VersionName: 'first' });
    expect(await describe({ DocumentVersion: '$LATEST' })).toMatchObject({ Description: 'two' });
    expect(await describe({ VersionName: 'second' })).toMatchObject({ DocumentVersion: '2' });
    const { Description } = await run(
      client.send(new UpdateDocumentDefaultVersionCommand({ Name: 'say-something', DocumentVersion: '2' })),
    );
    expect(Description).toEqual({
      Name: 'say-something',
      DefaultVersion: '2',
      DefaultVersionName: 'second',
    });
    expect(await describe()).toMatchObject({ Description: 'two' });
  });

  test('are listed newest first', async () => {
    const { run, client } = await withTwo();
    const list = (input: object) =>
      run(client.send(new ListDocumentVersionsCommand({ Name: 'say-something', ...input })));
    expect((await list({})).DocumentVersions).toMatchObject([
      { DocumentVersion: '2', VersionName: 'second', IsDefaultVersion: false, Status: 'Active' },
      { DocumentVersion: '1', VersionName: 'first', IsDefaultVersion: true },
    ]);
    const first = await list({ MaxResults: 1 });
    expect((await list({ MaxResults: 1, NextToken: first.NextToken })).DocumentVersions).toMatchObject([
      { DocumentVersion: '1' },
    ]);
    await expect(list({ Name: 'nothing' })).rejects.toMatchObject({ name: 'InvalidDocument' });
  });

  test('are deleted one by one, except the default; the document is deleted with all versions', async () => {
    const { remove, describe } = await withTwo();
    await expect(remove({ DocumentVersion: '1' })).rejects.toMatchObject({
      name: 'InvalidDocumentOperation',
      message: "Default version of the document can't be deleted.",
    });
    await remove({ VersionName: 'second' });
    await expect(describe({ DocumentVersion: '2' })).rejects.toMatchObject({
      name: 'InvalidDocumentVersion',
    });
    await remove({});
    await expect(describe()).rejects.toMatchObject({ name: 'InvalidDocument' });
  });

  test('are run by commands: the default or the requested version', async () => {
    const simulated = await withTwo();
    const { run, client, world } = simulated;
    const id = await simulated.online('amazon-linux-2023');
    await simulated.command(id, 'say-something');
    for (const DocumentVersion of ['$LATEST', '3']) {
      const sent = run(
        client.send(
          new SendCommandCommand({ InstanceIds: [id], DocumentName: 'say-something', DocumentVersion }),
        ),
      );
      if (DocumentVersion === '3')
        await expect(sent).rejects.toMatchObject({ name: 'InvalidDocumentVersion' });
      else expect((await sent).Command).toMatchObject({ DocumentVersion });
    }
    expect(world.commands.all().map(({ documentVersion }) => documentVersion)).toEqual([
      '$DEFAULT',
      '$LATEST',
    ]);
  });

  test.each<[Partial<UpdateDocumentCommandInput>, string, RegExp]>([
    [{ Name: 'nothing' }, 'InvalidDocument', /nothing/],
    [{ Name: 'AWS-RunShellScript' }, 'InvalidDocumentOperation', /AWS owns/],
    [{ DocumentVersion: '1' }, 'InvalidDocumentVersion', /not valid or does not exist/],
    [{ DocumentVersion: undefined }, 'InvalidDocumentVersion', /not valid or does not exist/],
    [{ Content: said('two') }, 'DuplicateDocumentContent', /Change the content/],
    [{ VersionName: 'first', Content: said('three') }, 'DuplicateDocumentVersionName', /already been used/],
    [{ Content: '{' }, 'InvalidDocumentContent', /not well-formed/],
    [{ Content: undefined }, 'ValidationException', /Value null at 'content'/],
  ])('UpdateDocument refuses %j', async (input, name, message) => {
    const { update, world } = await withTwo();
    await expect(update(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    expect(world.documents.all()).toMatchObject([{ latestVersion: 2 }]);
  });

  test.each([
    ['3', 'InvalidDocumentVersion'],
    ['$LATEST', 'ValidationException'],
  ])('the version %s cannot be the default', async (DocumentVersion, name) => {
    const { run, client } = await withTwo();
    await expect(
      run(client.send(new UpdateDocumentDefaultVersionCommand({ Name: 'say-something', DocumentVersion }))),
    ).rejects.toMatchObject({ name });
  });
});

describe('ListDocuments', () => {
  const list = async (Filters?: DocumentKeyValuesFilter[]) => {
    const { run, client } = simulateSsm();
    await run(client.send(create({ Tags: [{ Key: 'team', Value: 'blue' }] })));
    await run(client.send(create({ Name: 'nap', ...automation({}) })));
    const { DocumentIdentifiers = [] } = await run(client.send(new ListDocumentsCommand({ Filters })));
    return DocumentIdentifiers.map(({ Name }) => Name);
  };

  test.each<[string, string[], string[]]>([
    ['Owner', ['Self'], ['nap', 'say-something']],
    ['Name', ['na', 'AWS-RunP'], ['AWS-RunPatchBaseline', 'AWS-RunPowerShellScript', 'nap']],
    ['DocumentType', ['Automation'], ['nap']],
    ['tag:team', ['blue'], ['say-something']],
    ['Owner', ['Public'], []],
    ['TargetType', ['/AWS::EC2::Instance'], []],
  ])('with %s %j finds %j', async (Key, Values, names) => {
    expect(await list([{ Key, Values }])).toEqual(names);
  });

  test('also shows AWS documents', async () => {
    expect(await list()).toEqual(expect.arrayContaining(['AWS-RunShellScript', 'nap']));
  });

  test('combines all filters', async () => {
    expect(
      await list([
        { Key: 'Owner', Values: ['Amazon'] },
        { Key: 'PlatformTypes', Values: ['Windows'] },
      ]),
    ).toEqual([
      'AWS-ConfigureAWSPackage',
      'AWS-RunDocument',
      'AWS-RunPatchBaseline',
      'AWS-RunPowerShellScript',
    ]);
  });

  test.each<[ListDocumentsCommandInput, string, RegExp]>([
    [{ Filters: [{ Key: 'Colour', Values: ['red'] }] }, 'InvalidFilterKey', /not valid/],
    [
      { Filters: [{ Key: 'Owner', Values: ['Self', 'Amazon'] }] },
      'ValidationException',
      /only have one value/,
    ],
    [{ DocumentFilterList: [{ key: 'Owner', value: 'Self' }] }, 'ValidationException', /deprecated/],
    [{ MaxResults: 51 }, 'ValidationException', /less than or equal to 50/],
  ])('refuses %j', async (input, name, message) => {
    const { run, client } = simulateSsm();
    await expect(run(client.send(new ListDocumentsCommand(input)))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message),
    });
  });
});

describe('sharing', () => {
  const other = '111122223333';
  async function shared(changes: Partial<ModifyDocumentPermissionCommandInput> = {}) {
    const simulated = simulateSsm();
    const { run, client } = simulated;
    await run(client.send(create()));
    const modify = (input: Partial<ModifyDocumentPermissionCommandInput>) =>
      run(
        client.send(
          new ModifyDocumentPermissionCommand({ Name: 'say-something', PermissionType: 'Share', ...input }),
        ),
      );
    await modify({ AccountIdsToAdd: [other], ...changes });
    return {
      ...simulated,
      modify,
      permissions: () =>
        run(
          client.send(
            new DescribeDocumentPermissionCommand({ Name: 'say-something', PermissionType: 'Share' }),
          ),
        ),
    };
  }

  test('lets another account use a document by its ARN', async () => {
    const { run, permissions, world, services } = await shared();
    expect(await permissions()).toMatchObject({
      AccountIds: [other],
      AccountSharingInfoList: [{ AccountId: other, SharedDocumentVersion: '$DEFAULT' }],
    });
    // Without these settings, a client reads its modes from files, which takes no simulated time.
    const modes = { retryMode: 'standard', defaultsMode: 'standard' } as const;
    const theirs = new SSMClient({ region: REGION, maxAttempts: 1, ...modes });
    answerFrom(world, services, theirs, other);
    const Name = `arn:aws:ssm:${REGION}:${ACCOUNT}:document/say-something`;
    const { Document } = await run(theirs.send(new DescribeDocumentCommand({ Name })));
    expect(Document).toMatchObject({ Name: 'say-something', Owner: ACCOUNT });
    await expect(
      run(theirs.send(new DescribeDocumentCommand({ Name: 'say-something' }))),
    ).rejects.toMatchObject({ name: 'InvalidDocument' });
    const { DocumentIdentifiers } = await run(
      theirs.send(new ListDocumentsCommand({ Filters: [{ Key: 'Owner', Values: ['Private'] }] })),
    );
    expect(DocumentIdentifiers).toMatchObject([{ Name, Owner: ACCOUNT }]);
  });

  test('prevents the deletion of the document until it ends', async () => {
    const { run, client, modify, world } = await shared();
    const remove = () => run(client.send(new DeleteDocumentCommand({ Name: 'say-something' })));
    await expect(remove()).rejects.toMatchObject({
      name: 'InvalidDocumentOperation',
      message: expect.stringContaining('must stop sharing'),
    });
    await modify({ AccountIdsToRemove: [other] });
    await remove();
    expect(world.documents.all()).toEqual([]);
  });

  test.each<[Partial<ModifyDocumentPermissionCommandInput>, string, RegExp]>([
    [{ AccountIdsToAdd: ['all', other] }, 'DocumentPermissionLimit', /all or a group/],
    [{ AccountIdsToAdd: ['me'] }, 'ValidationException', /at 'accountIdsToAdd'/],
    [{ PermissionType: 'Lend' as 'Share' }, 'ValidationException', /\[Share\]/],
    [{ Name: 'nothing' }, 'InvalidDocument', /nothing/],
  ])('refuses %j', async (input, name, message) => {
    const { modify } = await shared();
    await expect(modify(input)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
