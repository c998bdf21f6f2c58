import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { openFaults } from '../../cli/faults-file.ts';
import { openRecipes } from '../../cli/recipe-argument.ts';
import { handler as cleanUp } from '../../functions/clean-up.ts';
import { handler as copyImages } from '../../functions/copy-images.ts';
import { handler as createImage } from '../../functions/create-image.ts';
import { handler as launch } from '../../functions/launch.ts';
import { handler as patch } from '../../functions/patch.ts';
import { handler as plan } from '../../functions/plan.ts';
import { handler as shareImages } from '../../functions/share-images.ts';
import { handler as stop } from '../../functions/stop.ts';
import type { Fault } from '../../local/aws/faults.ts';
import { HOME, type RecipeFile } from '../../local/pipeline.ts';
import type { Deps } from '../../shared/lambda/deps.ts';
import { AT, plainRecipe, recipeFile, simulate } from '../simulated-build.ts';
import { functionPermissions, otherRoles, unusedPermissions } from './permission-table.ts';

const ROOT = join(import.meta.dirname, '../..');
const handlers = { plan, launch, patch, stop, createImage, copyImages, shareImages, cleanUp };

/** Every permission that a function needed so far, as `<function> <permission>`. */
const needed = new Set<string>();

for (const [key, handler] of Object.entries(handlers)) {
  const original = handler.with;
  // Each function gets clients of its own, so that it is certain whose call it is; and the automation's role, as when deployed.
  vi.spyOn(handler, 'with').mockImplementation((deps: Deps) => {
    const automationRole = `arn:aws:iam::${HOME.account}:role/automation`;
    return original({
      ...deps,
      settings: { ...deps.settings, automationRole },
      ec2: (region) => recorded(deps.ec2(region), 'ec2', key),
      ssm: (region) => recorded(deps.ssm(region), 'ssm', key),
    }) as never;
  });
}

/** The same client, and every call of it written down. */
function recorded<Client extends EC2Client | SSMClient>(
  client: Client,
  service: string,
  key: string,
): Client {
  const send = (command: { constructor: { name: string }; input: object }, ...rest: never[]) => {
    const operation = command.constructor.name.replace(/Command$/, '');
    for (const permission of permissionsFor(service, operation, command.input))
      needed.add(`${key} ${permission}`);
    return (client.send as (...args: unknown[]) => unknown)(command, ...rest);
  };
  return Object.create(client, { send: { value: send } });
}

/** What a call needs: the action of its name, and what AWS checks besides for what its input asks. */
function permissionsFor(
  service: string,
  operation: string,
  input: Record<string, unknown> | object,
): string[] {
  const given = input as Record<string, unknown>;
  const parameters = (given.Parameters ?? {}) as Record<string, unknown>;
  return [
    `${service}:${operation}`,
    ...(given.TagSpecifications === undefined ? [] : ['ec2:CreateTags']),
    ...(given.IamInstanceProfile === undefined ? [] : ['iam:PassRole']),
    ...(given.DeleteAssociatedSnapshots === true ? ['ec2:DeleteSnapshot'] : []),
    ...(operation === 'StartAutomationExecution' && given.Tags !== undefined
      ? ['ssm:AddTagsToResource']
      : []),
    ...(parameters.AutomationAssumeRole === undefined ? [] : ['iam:PassRole']),
  ];
}

async function bake(recipe: RecipeFile, faults: Fault[] = []): Promise<string> {
  const { pipeline, run } = simulate({ recipes: [recipe], faults });
  const { status } = await run(pipeline.start(recipe.recipe.name).result);
  return status;
}

const opened = openRecipes(ROOT, AT);
if ('problems' in opened) throw new Error(JSON.stringify(opened.problems));
const al2023 = opened.find(({ recipe }) => recipe.name === 'al2023') as RecipeFile;

describe('permissions of the functions', () => {
  const table = new Set(
    functionPermissions().flatMap(({ permission, functions }) =>
      functions.map((key) => `${key} ${permission}`),
    ),
  );
  const unpermitted = () => [...needed].filter((one) => !table.has(one));

  it.each(opened)('suffice for a bake of $recipe.name', async (file) => {
    expect(await bake(file)).toBe('SUCCEEDED');
    expect(unpermitted()).toEqual([]);
  });

  it.each(readdirSync(join(ROOT, 'faults')))('suffice for a bake with faults/%s', async (name) => {
    const file = openFaults(join(ROOT, 'faults', name));
    if ('problems' in file) throw new Error(JSON.stringify(file.problems));
    await bake(al2023, file.faults);
    expect(unpermitted()).toEqual([]);
  });

  it('suffice for a public image, which the account blocks', async () => {
    expect(await bake(recipeFile({ ...plainRecipe, share: { public: true } }))).toBe('FAILED');
    expect(unpermitted()).toEqual([]);
  });

  it('suffice for an image that is hard to remove again', async () => {
    const faults: Fault[] = [
      { call: 'ModifyImageAttribute', error: 'InvalidAMIAttributeItemValue', times: 'always' },
      { call: 'DeregisterImage', error: 'OperationNotPermitted', times: 3 },
      // What DeregisterImage leaves of an image.
      { call: 'DeleteSnapshot', error: 'InternalError', times: 2 },
    ];
    expect(await bake(recipeFile(plainRecipe), faults)).toBe('FAILED');
    expect(unpermitted()).toEqual([]);
  });

  it('are all used by these bakes, but for those with a reason of their own', () => {
    const unused = [...table].filter((one) => !needed.has(one));
    const justified = unusedPermissions().flatMap((one) =>
      one.startsWith('all ') ? Object.keys(handlers).map((key) => one.replace('all', key)) : [one],
    );
    expect(unused.toSorted()).toEqual(justified.toSorted());
  });
});

describe('permissions of the automation', () => {
  /** What an action of a document does with the role of its automation. */
  const actions: Record<string, (inputs: { Service?: string; Api?: string }) => string[]> = {
    'aws:branch': () => [],
    'aws:waitForAwsResourceProperty': ({ Service, Api }) => [`${Service}:${Api}`],
    // Sends a command and follows it.
    'aws:runCommand': () => ['ssm:SendCommand', 'ssm:ListCommands', 'ssm:ListCommandInvocations'],
  };

  it('are what the build documents do', () => {
    const steps = ['linux', 'windows'].flatMap((platform) => {
      const source = readFileSync(join(ROOT, `documents/build-${platform}.yml`), 'utf8');
      return parse(source).mainSteps as { action: string; inputs: object }[];
    });
    expect(steps.filter(({ action }) => !(action in actions))).toEqual([]);
    const used = new Set(steps.flatMap(({ action, inputs }) => actions[action]?.(inputs) ?? []));
    expect([...used].toSorted()).toEqual(otherRoles().AutomationRole);
  });
});
