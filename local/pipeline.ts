import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EC2Client, EC2ServiceException } from '@aws-sdk/client-ec2';
import { SSMServiceException } from '@aws-sdk/client-ssm';
import { parse } from 'yaml';
import { handler as cleanUp } from '../functions/clean-up.ts';
import { handler as copyImages } from '../functions/copy-images.ts';
import { handler as createImage } from '../functions/create-image.ts';
import { handler as launch } from '../functions/launch.ts';
import { handler as patch } from '../functions/patch.ts';
import { handler as plan } from '../functions/plan.ts';
import { handler as shareImages } from '../functions/share-images.ts';
import { handler as stop } from '../functions/stop.ts';
import { createClients } from '../shared/aws/clients.ts';
import type { Cleanup, PendingCleanup } from '../shared/domain/build.ts';
import type { Recipe } from '../shared/domain/recipe.ts';
import { stepsDocument } from '../shared/domain/steps-document.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { answerFrom } from './aws/client.ts';
import { addDefaultNetwork, addInstanceProfile, addSecurityGroup } from './aws/new-world.ts';
import { perform } from './aws/operation.ts';
import { uuid } from './aws/random.ts';
import { services } from './aws/services.ts';
import { count, type World } from './aws/world.ts';
import { type Execution, type ExecutionEvent, startExecution } from './states/execution.ts';
import type { Invoke } from './states/lambda.ts';

/** The account that the pipeline is deployed to, and its region, in the embedded AWS. */
export const HOME = { account: '999988887777', region: 'us-east-1' } as const;

const ROOT = join(import.meta.dirname, '..');

/** The steps by their function keys, which are those of serverless.yml. */
const steps = { plan, launch, patch, stop, createImage, copyImages, shareImages, cleanUp };
export type FunctionKey = keyof typeof steps;

/** The pipeline as it stands in one world: the deployed machine, functions and documents, and ways to use them. */
export interface Pipeline {
  readonly world: World;
  readonly deps: Deps;
  /** Starts a build of a deployed recipe. */
  start(recipe: string, onEvent?: (event: ExecutionEvent) => void): Execution;
  /** Calls one function as the state machine would, with the whole event. */
  invoke(key: FunctionKey, event: unknown): Promise<unknown>;
  /**
   * Cleans up after an execution that was stopped, as the rule on aborted executions does: by its name alone, or with what is
   * known of its document.
   */
  cleanUp(execution: Execution, known?: object): Promise<Cleanup>;
}

export interface RecipeFile {
  readonly recipe: Recipe;
  readonly source: Uint8Array;
}

/**
 * Joins what is deployed to AWS with a world: publishes the documents, lays down network, security group and instance profile as
 * serverless.yml and its deployment would, and binds the functions to clients that this world answers.
 */
export function deploy(world: World, recipes: readonly RecipeFile[]): Pipeline {
  const { account, region } = HOME;
  const { vpcId, subnets } = addDefaultNetwork(world, account, region);
  const name = 'golden-image-builder';
  const description = 'Builders of golden images: nothing comes in';
  const securityGroup = addSecurityGroup(world, { account, region, vpcId, name, description });
  addInstanceProfile(world, { account, name });
  publishDocuments(world, recipes);

  const clients = createClients((client) => {
    const exception = client instanceof EC2Client ? EC2ServiceException : SSMServiceException;
    answerFrom(world, services, client, exception, account);
  });
  const deps: Deps = {
    ...clients,
    now: () => new Date(world.now()),
    log: { info: () => {}, warn: () => {} },
    settings: {
      region,
      instanceProfile: name,
      securityGroup: securityGroup.id,
      subnets: subnets.map(({ id }) => id),
      buildDocuments: { linux: 'golden-image-build-linux', windows: 'golden-image-build-windows' },
      automationRole: '',
    },
    recipeFile: (wanted) => recipes.find(({ recipe }) => recipe.name === wanted)?.source,
  };
  const functions = Object.fromEntries(
    Object.entries(steps).map(([key, handler]) => [key, handler.with(deps)]),
  ) as Record<FunctionKey, Invoke>;
  const { definition, functionKeys } = readStateMachine();
  const timeouts = readTimeouts();

  return {
    world,
    deps,
    start: (recipe, onEvent) =>
      startExecution({
        world,
        definition,
        stateMachineArn: `arn:aws:states:${region}:${account}:stateMachine:golden-image-bake`,
        name: uuid(world.seed, 'execution', count(world, 'execution')),
        input: { recipe },
        functions: byState(functionKeys, (key) => functions[key]),
        timeoutSeconds: byState(functionKeys, (key) => timeouts[key]),
        onEvent,
      }),
    invoke: (key, event) => functions[key](event),
    cleanUp: ({ name, startTime }, known = {}) => {
      const event = { execution: name, startTime: new Date(startTime).toISOString() };
      return cleanUpUntilReady((cleanup) => functions.cleanUp({ ...event, document: { ...known, cleanup } }));
    },
  };
}

/** How often a turn of clean-up that fails is tried again, as the state machine does. */
const CLEAN_UP_RETRIES = 8;

async function cleanUpUntilReady(turn: (cleanup: unknown) => Promise<unknown>): Promise<Cleanup> {
  let cleanup: PendingCleanup | undefined;
  for (let failures = 0; ; ) {
    let waitSeconds = Math.min(2 ** (failures + 1), 60);
    try {
      const answer = (await turn(cleanup)) as Cleanup | PendingCleanup;
      if (answer.status === 'ready') return answer;
      cleanup = answer;
      failures = 0;
      waitSeconds = answer.waitSeconds;
    } catch (error) {
      failures++;
      if (failures > CLEAN_UP_RETRIES) {
        const reason = `clean-up itself failed: ${error instanceof Error ? error.message : String(error)}`;
        const everything = { region: HOME.region, kind: 'region' as const, id: HOME.region, reason };
        return { status: 'ready', removed: cleanup?.seen ?? [], remaining: [everything] };
      }
    }
    await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000));
  }
}

/** Publishes what serverless.yml publishes: the two build documents, and each recipe's steps as a Command document. */
function publishDocuments(world: World, recipes: readonly RecipeFile[]): void {
  const create = (input: Record<string, unknown>) =>
    perform(services, world, { service: 'ssm', operation: 'CreateDocument', ...HOME, input });
  for (const platform of ['linux', 'windows']) {
    create({
      Name: `golden-image-build-${platform}`,
      DocumentType: 'Automation',
      DocumentFormat: 'YAML',
      Content: readFileSync(join(ROOT, 'documents', `build-${platform}.yml`), 'utf8'),
    });
  }
  for (const { recipe } of recipes) {
    const document = stepsDocument(recipe);
    if (document === undefined) continue;
    const Content = JSON.stringify(document.content);
    create({ Name: document.name, DocumentType: 'Command', DocumentFormat: 'JSON', Content });
  }
}

/** The state machine with its functions' ARNs in place, and the function key behind each Task state. */
export function readStateMachine(): { definition: object; functionKeys: Record<string, FunctionKey> } {
  const definition = parse(readFileSync(join(ROOT, 'statemachines', 'bake.yml'), 'utf8'), { merge: true });
  const functionKeys: Record<string, FunctionKey> = {};
  for (const [name, state] of Object.entries<{ Type: string; Resource?: unknown }>(definition.States)) {
    if (state.Type !== 'Task') continue;
    const key = (state.Resource as { 'Fn::GetAtt': [FunctionKey, 'Arn'] })['Fn::GetAtt'][0];
    functionKeys[name] = key;
    state.Resource = `arn:aws:lambda:${HOME.region}:${HOME.account}:function:golden-image-${key}`;
  }
  return { definition, functionKeys };
}

/** How long each function may take, in seconds, as serverless.yml deploys it. */
function readTimeouts(): Record<FunctionKey, number> {
  const { provider, functions } = parse(readFileSync(join(ROOT, 'serverless.yml'), 'utf8'));
  const timeoutOf = (key: string) => functions[key].timeout ?? provider.timeout;
  return Object.fromEntries(Object.keys(steps).map((key) => [key, timeoutOf(key)])) as Record<
    FunctionKey,
    number
  >;
}

function byState<T>(keys: Record<string, FunctionKey>, of: (key: FunctionKey) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(keys).map(([state, key]) => [state, of(key)]));
}
