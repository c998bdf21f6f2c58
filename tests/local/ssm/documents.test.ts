import {
  CreateDocumentCommand,
  type CreateDocumentCommandInput,
  DeleteDocumentCommand,
  DescribeDocumentCommand,
  GetDocumentCommand,
} from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { ACCOUNT, simulateSsm } from '../simulated-ssm.ts';

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
  expect(created.DocumentDescription).toMatchObject(description);
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

test("AWS's own documents are there, and stay", async () => {
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

test('a name is used once', async () => {
  const { run, client } = simulateSsm();
  await run(client.send(create()));
  await expect(run(client.send(create()))).rejects.toMatchObject({
    name: 'DocumentAlreadyExists',
    message: 'Document with same name say-something already exists',
  });
});

test('another version is not there', async () => {
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
  [{ Content: '{}' }, 'InvalidDocumentContent', /schemaVersion is missing/],
  [{ Content: '{"schemaVersion":"1.2"}' }, 'NotEmulated', /schema version 1.2/],
  [{ Content: '{"schemaVersion":"2.2","mainSteps":[]}' }, 'InvalidDocumentContent', /mainSteps/],
  [{ Content: ' '.repeat(65_537) }, 'MaxDocumentSizeExceeded', /64 KB/],
  [{ DocumentType: 'Package' }, 'NotEmulated', /DocumentType Package/],
  [{ DocumentFormat: 'TEXT' }, 'NotEmulated', /DocumentFormat TEXT/],
  [{ VersionName: 'x' }, 'NotEmulated', /the parameter VersionName/],
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
