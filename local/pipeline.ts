import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { handler as cleanUp } from '../functions/clean-up.ts';
import { handler as copyImages } from '../functions/copy-images.ts';
import { handler as createImage } from '../functions/create-image.ts';
import { handler as launch } from '../functions/launch.ts';
import { handler as patch } from '../functions/patch.ts';
import { handler as plan } from '../functions/plan.ts';
import { handler as shareImages } from '../functions/share-images.ts';
import { handler as stop } from '../functions/stop.ts';
import { type Clients, createClients } from '../shared/aws/clients.ts';
import type { Cleanup, PendingCleanup } from '../shared/domain/build.ts';
import type { Recipe } from '../shared/domain/recipe.ts';
import { stepsDocument } from '../shared/domain/steps-document.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import { answerFrom } from './aws/client.ts';
import { AwsError } from './aws/errors.ts';
import { addDefaultNetwork, addInstanceProfile, addSecurityGroup } from './aws/new-world.ts';
import { perform, type Services } from './aws/operation.ts';
import { uuid } from './aws/random.ts';
import type { SecurityGroupRecord } from './aws/records.ts';
import { services as ownServices } from './aws/services.ts';
import { count, type World } from './aws/world.ts';
import type { Execution } from './states/execution.ts';
import type { ExecutionEvent } from './states/execution-event.ts';
import type { Functions, Invoke } from './states/lambda.ts';
import { stepFunctions } from './states/service.ts';

/** The account that the pipeline is deployed to, and its region, in the embedded AWS. */
export const HOME = { account: '999988887777', region: 'us-east-1' } as const;

const ROOT = join(import.meta.dirname, '..');

/** Of the default VPC, whose subnets are as many as the region has zones, builders are given the first. */
const subnetsMax = 3;

/** The steps by their function keys, which are those of serverless.yml. */
const steps = { plan, launch, patch, stop, createImage, copyImages, shareImages, cleanUp };
export type FunctionKey = keyof typeof steps;

/** The pipeline as it stands in one world: the deployed machine, functions and documents, and ways to use them. */
export interface Pipeline {
  readonly world: World;
  /** All that this world answers to, Step Functions with the deployed machine included. */
  readonly services: Services;
  readonly deps: Deps;
  /** Starts a build of a deployed recipe, as StartExecution does for anybody with the input `{"recipe": "<name>"}`. */
  start(recipe: string, onEvent?: (event: ExecutionEvent) => void): Execution;
  /** Takes up the builds of a kept world whose process ended. */
  resume(onEvent?: (event: ExecutionEvent) => void): Execution[];
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

export interface DeployOptions {
  /** The clients of the functions; left out, clients that this world answers in process. */
  readonly clients?: Clients;
}

/**
 * Joins what is deployed to AWS with a world: publishes the documents, lays down network, security group, instance profile and
 * state machine as serverless.yml and its deployment would, and binds the functions to their clients. What a kept world has of it
 * is used again, and what has changed is replaced, as a deployment does.
 */
export function deploy(world: World, recipes: readonly RecipeFile[], options: DeployOptions = {}): Pipeline {
  const { account, region } = HOME;
  const { vpcId, subnets } = addDefaultNetwork(world, account, region);
  const name = 'golden-image-builder';
  const securityGroup = builderGroup(world, vpcId, name);
  addInstanceProfile(world, { account, name });

  // Looked up when they are called: Step Functions is among them, and needs the functions, whose clients call them.
  const services: Record<string, Services[string]> = { ...ownServices };
  const inProcess = () =>
    createClients((client) => {
      answerFrom(world, services, client, account);
    });
  const deps: Deps = {
    ...(options.clients ?? inProcess()),
    now: () => new Date(world.now()),
    log: { info: () => {}, warn: () => {} },
    settings: {
      region,
      instanceProfile: name,
      securityGroup: securityGroup.id,
      subnets: subnets.slice(0, subnetsMax).map(({ id }) => id),
      buildDocuments: { linux: 'golden-image-build-linux', windows: 'golden-image-build-windows' },
      automationRole: '',
    },
    recipeFile: (wanted) => recipes.find(({ recipe }) => recipe.name === wanted)?.source,
  };
  const functions = Object.fromEntries(
    Object.entries(steps).map(([key, handler]) => [key, handler.with(deps)]),
  ) as Record<FunctionKey, Invoke>;
  const { definition, functionKeys } = readStateMachine();
  const sfn = stepFunctions(deployedFunctions(functions, Object.values(functionKeys)));
  services[sfn.name] = sfn;
  const stateMachineArn = putStateMachine(world, definition);
  publishDocuments(world, services, recipes);

  return {
    world,
    services,
    deps,
    start: (recipe, onEvent) => {
      const input = { stateMachineArn, input: JSON.stringify({ recipe }) };
      const answer = perform(services, world, {
        service: 'sfn',
        operation: 'StartExecution',
        ...HOME,
        input,
        inner: true,
      });
      const execution = sfn.underWay(String(answer.executionArn)) as Execution;
      if (onEvent !== undefined) execution.listen(onEvent);
      return execution;
    },
    resume: (onEvent) => {
      const resumed = sfn.resumeExecutions(world);
      if (onEvent !== undefined) for (const execution of resumed) execution.listen(onEvent);
      return resumed;
    },
    invoke: (key, event) => functions[key](event),
    cleanUp: ({ name, startTime }, known = {}) => {
      const event = { execution: name, startTime: new Date(startTime).toISOString() };
      return cleanUpUntilReady((cleanup) => functions.cleanUp({ ...event, document: { ...known, cleanup } }));
    },
  };
}

function builderGroup(world: World, vpcId: string, name: string): SecurityGroupRecord {
  const known = world.securityGroups.all().find((group) => group.vpcId === vpcId && group.name === name);
  const description = 'Builders of golden images: nothing comes in';
  return known ?? addSecurityGroup(world, { ...HOME, vpcId, name, description });
}

/** Creates the state machine, or updates it if its definition has changed; executions under way keep theirs. */
function putStateMachine(world: World, definition: object): string {
  const { account, region } = HOME;
  const name = 'golden-image-bake';
  const arn = `arn:aws:states:${region}:${account}:stateMachine:${name}`;
  const now = world.now();
  const known = world.stateMachines.get(arn);
  const revision = {
    definition: JSON.stringify(definition),
    roleArn: `arn:aws:iam::${account}:role/${name}`,
  };
  if (known?.definition === revision.definition) return arn;
  const next =
    known === undefined
      ? { id: arn, account, region, tags: {}, name, creationDate: now, tracing: true }
      : { ...known, revisionId: uuid(world.seed, 'revision', count(world, 'revision')) };
  world.stateMachines.put({ ...next, ...revision, updateDate: now }, now, 0);
  return arn;
}

function deployedFunctions(invokes: Record<FunctionKey, Invoke>, keys: readonly FunctionKey[]): Functions {
  const timeouts = readTimeouts();
  return Object.fromEntries(
    keys.map((key) => [functionArn(key), { invoke: invokes[key], timeoutSeconds: timeouts[key] }]),
  );
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

/**
 * Publishes what serverless.yml publishes: the two build documents, and each recipe's steps as a Command document. A document
 * that stands there with another content is replaced.
 */
function publishDocuments(world: World, services: Services, recipes: readonly RecipeFile[]): void {
  const call = (operation: string, input: Record<string, unknown>) =>
    perform(services, world, { service: 'ssm', operation, ...HOME, input, inner: true });
  const standingHash = (Name: string): unknown => {
    try {
      return (call('DescribeDocument', { Name }).Document as { Hash?: string }).Hash;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'InvalidDocument') return undefined;
      throw error;
    }
  };
  const publish = (input: {
    Name: string;
    Content: string;
    DocumentType: string;
    DocumentFormat: string;
  }) => {
    const { Name, Content } = input;
    const hash = standingHash(Name);
    if (hash === createHash('sha256').update(Content).digest('hex')) return;
    if (hash !== undefined) call('DeleteDocument', { Name });
    call('CreateDocument', input);
  };
  for (const platform of ['linux', 'windows']) {
    publish({
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
    publish({ Name: document.name, DocumentType: 'Command', DocumentFormat: 'JSON', Content });
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
    state.Resource = functionArn(key);
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

const functionArn = (key: FunctionKey): string =>
  `arn:aws:lambda:${HOME.region}:${HOME.account}:function:golden-image-${key}`;
