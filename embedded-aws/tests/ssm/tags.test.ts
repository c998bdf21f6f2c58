import {
  AddTagsToResourceCommand,
  CreateDocumentCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  RemoveTagsFromResourceCommand,
  type ResourceTypeForTagging,
  StartAutomationExecutionCommand,
} from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { simulateSsm } from '../simulated-ssm.ts';

const Tags = [{ Key: 'a', Value: '1' }];

/** A resource of each type, with the tag a=1. */
async function tagged(kind: ResourceTypeForTagging) {
  const simulated = simulateSsm();
  const { run, client } = simulated;
  const Content = JSON.stringify({
    schemaVersion: '0.3',
    mainSteps: [{ name: 'nap', action: 'aws:sleep', inputs: { Duration: 'PT1S' } }],
  });
  await run(
    client.send(new CreateDocumentCommand({ Name: 'book', Content, DocumentType: 'Automation', Tags })),
  );
  await run(client.send(new PutParameterCommand({ Name: '/p', Value: 'v', Type: 'String', Tags })));
  const { AutomationExecutionId } = await run(
    client.send(new StartAutomationExecutionCommand({ DocumentName: 'book', Tags })),
  );
  const ResourceId =
    { Document: 'book', Parameter: '/p', Automation: AutomationExecutionId }[kind as string] ?? '';
  const resource = { ResourceType: kind, ResourceId };
  return {
    ...simulated,
    resource,
    list: async () =>
      (await run(client.send(new ListTagsForResourceCommand(resource)))).TagList?.map(
        ({ Key, Value }) => `${Key}=${Value}`,
      ),
  };
}

test.each<ResourceTypeForTagging>(['Parameter', 'Document', 'Automation'])(
  'the tags of a resource of type %s are listed, added, replaced and removed',
  async (kind) => {
    const { run, client, resource, list } = await tagged(kind);
    expect(await list()).toEqual(['a=1']);
    const added = [
      { Key: 'a', Value: '2' },
      { Key: 'b', Value: '' },
    ];
    await run(client.send(new AddTagsToResourceCommand({ ...resource, Tags: added })));
    expect(await list()).toEqual(['a=2', 'b=']);
    await run(client.send(new RemoveTagsFromResourceCommand({ ...resource, TagKeys: ['a', 'none'] })));
    expect(await list()).toEqual(['b=']);
  },
);

test.each<[object, string, RegExp]>([
  [{ ResourceId: '/none' }, 'InvalidResourceId', /resource ID is not valid/],
  [{ ResourceType: 'Automation' }, 'InvalidResourceId', /resource ID is not valid/],
  [{ ResourceType: 'ManagedInstance', ResourceId: 'i-1' }, 'InvalidResourceId', /not valid/],
  [{ ResourceType: 'PatchBaseline' }, 'NotEmulated', /PatchBaseline/],
  [{ ResourceType: 'Thing' }, 'ValidationException', /at 'resourceType' .*enum value set/],
  [{ ResourceId: undefined }, 'ValidationException', /Value null at 'resourceId'/],
  [{ Tags: undefined }, 'ValidationException', /Value null at 'tags'/],
  [{ Tags: [{ Key: 'aws:x', Value: '' }] }, 'ValidationException', /reserved/],
  [{ Tags: [...Tags, ...Tags] }, 'ValidationException', /Duplicate/],
  [{ Tags: [{ Key: 'a!', Value: '' }] }, 'ValidationException', /at 'tags\.1\.member\.key' .*pattern/],
  [
    { Tags: Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' })) },
    'TooManyTagsError',
    /too many tags/,
  ],
])('AddTagsToResource refuses %j', async (changes, name, message) => {
  const { run, client, resource, list } = await tagged('Parameter');
  const command = new AddTagsToResourceCommand({ ...resource, Tags, ...changes });
  await expect(run(client.send(command))).rejects.toMatchObject({
    name,
    message: expect.stringMatching(message),
  });
  expect(await list()).toEqual(['a=1']);
});
