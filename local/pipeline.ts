import {
  addDefaultNetwork,
  addInstanceProfile,
  addSecurityGroup,
  answerFrom,
  deployFunctions,
  type Execution,
  type ExecutionEvent,
  type ExecutionResult,
  type Invoke,
  perform,
  resumeExecutions,
  type SecurityGroupRecord,
  type Services,
  services,
  type World,
} from 'embedded-aws';
import { handler as accelerate } from '../functions/accelerate.ts';
import { handler as announce } from '../functions/announce.ts';
import { handler as answerApproval } from '../functions/answer-approval.ts';
import { handler as approve } from '../functions/approve.ts';
import { handler as cleanUp } from '../functions/clean-up.ts';
import { handler as copyImages } from '../functions/copy-images.ts';
import { handler as createImage } from '../functions/create-image.ts';
import { handler as decide } from '../functions/decide.ts';
import { handler as findLeftovers } from '../functions/find-leftovers.ts';
import { handler as launch } from '../functions/launch.ts';
import { handler as moveChannel } from '../functions/move-channel.ts';
import { handler as patch } from '../functions/patch.ts';
import { handler as plan } from '../functions/plan.ts';
import { handler as planDistribution } from '../functions/plan-distribution.ts';
import { handler as protectImages } from '../functions/protect-images.ts';
import { handler as publish } from '../functions/publish.ts';
import { handler as readHistory } from '../functions/read-history.ts';
import { handler as record } from '../functions/record.ts';
import { handler as refreshInstances } from '../functions/refresh-instances.ts';
import { handler as registerBase } from '../functions/register-base.ts';
import { handler as scan } from '../functions/scan.ts';
import { handler as shareImages } from '../functions/share-images.ts';
import { handler as stop } from '../functions/stop.ts';
import { handler as testCopies } from '../functions/test-copies.ts';
import { handler as testImage } from '../functions/test-image.ts';
import { handler as trigger } from '../functions/trigger.ts';
import { handler as watch } from '../functions/watch.ts';
import { handler as watchReleases } from '../functions/watch-releases.ts';
import {
  autoScaling,
  dynamodb,
  ec2,
  events,
  inspector2,
  kms,
  type Prepare,
  sfn,
  sfnIn,
  sns,
  ssm,
} from '../shared/aws/clients.ts';
import { consumers } from '../shared/aws/consumer-clients.ts';
import type { ChannelRequest } from '../shared/build/channel-request.ts';
import type { DistributionRequest } from '../shared/build/distribution.ts';
import type { BuildRequest, Cleanup } from '../shared/build/execution-document.ts';
import type { Deps } from '../shared/lambda/deps.ts';
import type { Metrics } from '../shared/lambda/metrics.ts';
import type { Recipes } from '../shared/lambda/packaged-recipes.ts';
import type { Recipe } from '../shared/recipe/recipe.ts';
import { APPROVAL_DOCUMENT, answerBuild, type GivenAnswer } from './approval.ts';
import { createTable, TABLE } from './builds-table.ts';
import { cleanUpInput, cleanupResult } from './clean-up.ts';
import { publishDocuments } from './documents.ts';
import { HOME } from './home.ts';
import { deployedFunctions, deployMachine, machineArn } from './machines.ts';
import { deployStackKeys } from './stack-keys.ts';
import { createTopic, createTriggers, TOPIC } from './triggers.ts';

export { HOME };

/** The number of subnets for builders. The default VPC has one subnet for each availability zone. */
const subnetsMax = 3;

/** The functions by their keys in serverless.yml. */
const steps = {
  decide,
  plan,
  planDistribution,
  scan,
  registerBase,
  launch,
  patch,
  stop,
  createImage,
  copyImages,
  testCopies,
  testImage,
  approve,
  shareImages,
  publish,
  protectImages,
  announce,
  accelerate,
  refreshInstances,
  cleanUp,
  record,
  moveChannel,
  readHistory,
  answerApproval,
  findLeftovers,
  trigger,
  watch,
  watchReleases,
};
export type FunctionKey = keyof typeof steps;

/** The deployed pipeline in a world. */
export interface Pipeline {
  readonly world: World;
  /** All services of the embedded AWS, including Step Functions with the deployed state machines. */
  readonly services: Services;
  readonly deps: AllDeps;
  /** Starts a build with StartExecution. The request is the name of a deployed recipe, or a complete input. */
  start(request: string | BuildRequest, onEvent?: (event: ExecutionEvent) => void): Execution;
  /** Adds a region or an account to a release, with StartExecution. */
  distribute(request: DistributionRequest, onEvent?: (event: ExecutionEvent) => void): Execution;
  /** Resumes the builds in a loaded world that were interrupted when the former process ended. */
  resume(onEvent?: (event: ExecutionEvent) => void): Execution[];
  /** Promotes a release, rolls a channel back, or reads the history of a recipe, with StartExecution. */
  moveChannel(request: ChannelRequest): Execution;
  /** Answers a build that waits for approval. Returns the result of the execution that takes the answer. */
  answer(answer: GivenAnswer): Promise<ExecutionResult>;
  /** Calls a function with a complete event, as the state machine does. */
  invoke(key: FunctionKey, event: unknown): Promise<unknown>;
  /**
   * Cleans up after a stopped execution: starts the clean-up machine, as the rule for stopped executions does, and waits for its end.
   * `known` contains the known fields of the execution's document.
   */
  cleanUp(execution: Execution, known?: object): Promise<Cleanup>;
}

export interface RecipeFile {
  readonly recipe: Recipe;
  readonly source: Uint8Array;
}

export interface DeployOptions {
  /** Configures the AWS clients of the functions. Default: the clients call this world in process. */
  readonly prepare?: Prepare;
  /** Whether schedules and events also start builds. */
  readonly triggers?: boolean;
  /** Receives the metrics of the functions. Default: metrics are dropped. */
  readonly metrics?: Metrics;
}

const NO_METRICS: Metrics = { count: () => {}, put: () => {} };

/** The dependencies of all functions. */
type AllDeps = Deps &
  ReturnType<typeof makeClients> & { readonly recipes: Recipes; readonly metrics: Metrics };

const makeClients = (prepare: Prepare) => ({
  consumers: consumers(HOME.region, prepare),
  ec2: ec2(HOME.region, prepare),
  ssm: ssm(HOME.region, prepare),
  kms: kms(HOME.region, prepare),
  inspector2: inspector2(HOME.region, prepare),
  autoScaling: autoScaling(HOME.region, prepare),
  dynamodb: dynamodb(HOME.region, prepare),
  sfn: sfn(HOME.region, prepare),
  sfnIn: sfnIn(HOME.region, prepare),
  sns: sns(HOME.region, prepare),
  events: events(HOME.region, prepare),
});

/**
 * Deploys the pipeline to a world, like a deployment of serverless.yml: creates network, security group, instance profile, state machines,
 * table, documents and keys, and connects the functions to their clients. If the world already contains a deployment, unchanged resources are
 * kept and changed resources are replaced.
 */
export function deploy(world: World, recipes: readonly RecipeFile[], options: DeployOptions = {}): Pipeline {
  const { account, region } = HOME;
  const { vpcId, subnets } = addDefaultNetwork(world, account, region);
  const name = 'golden-image-builder';
  const securityGroup = builderGroup(world, vpcId, name);
  addInstanceProfile(world, { account, name });

  const prepare =
    options.prepare ?? ((client, signed) => answerFrom(world, services, client, account, { signed }));
  const deps: AllDeps = {
    ...makeClients(prepare),
    now: () => new Date(world.now()),
    log: { info: () => {}, warn: () => {} },
    settings: {
      region,
      instanceProfile: name,
      securityGroup: securityGroup.id,
      subnets: subnets.slice(0, subnetsMax).map(({ id }) => id),
      checkDocuments: { linux: 'golden-image-check-linux', windows: 'golden-image-check-windows' },
      buildDocuments: { linux: 'golden-image-build-linux', windows: 'golden-image-build-windows' },
      approvalDocument: APPROVAL_DOCUMENT,
      automationRole: '',
      table: TABLE,
      stateMachine: machineArn('bake'),
      channelsMachine: machineArn('channels'),
      topic: TOPIC,
    },
    metrics: options.metrics ?? NO_METRICS,
    recipes: Object.fromEntries(recipes.map(({ recipe }) => [recipe.name, recipe])),
  };
  const functions = Object.fromEntries(
    Object.entries(steps).map(([key, handler]) => [key, handler.with(deps)]),
  ) as Record<FunctionKey, Invoke>;
  // Before any call, because a call runs the due transitions of a loaded world. They can invoke a function or start an execution.
  deployFunctions(world, deployedFunctions(functions));
  const bakeMachine = deployMachine(world, 'bake');
  const cleanUpMachine = deployMachine(world, 'clean-up');
  const channelsMachine = deployMachine(world, 'channels');
  const startExecution = (stateMachineArn: string, input: object): Execution => {
    const call = { service: 'sfn', operation: 'StartExecution', ...HOME, inner: true };
    const startInput = { stateMachineArn, input: JSON.stringify(input) };
    const { executionArn } = perform(services, world, { ...call, input: startInput });
    return world.running.get(String(executionArn)) as Execution;
  };
  createTable(world, services);
  createTopic(world, services);
  const deployed = recipes.map(({ recipe }) => recipe);
  publishDocuments(world, services, deployed);
  deployStackKeys(world, services, deployed);
  if (options.triggers === true) createTriggers(world, services, deployed);

  const startBake = (input: object, onEvent?: (event: ExecutionEvent) => void): Execution => {
    const execution = startExecution(bakeMachine, input);
    if (onEvent !== undefined) execution.listen(onEvent);
    return execution;
  };

  return {
    world,
    services,
    deps,
    start: (request, onEvent) =>
      startBake(typeof request === 'string' ? { recipe: request } : request, onEvent),
    distribute: startBake,
    resume: (onEvent) => {
      const resumed = resumeExecutions(world);
      if (onEvent !== undefined) for (const execution of resumed) execution.listen(onEvent);
      return resumed;
    },
    moveChannel: (request) => startExecution(channelsMachine, request),
    answer: (answer) => answerBuild(world, services, answer),
    invoke: (key, event) => functions[key](event),
    cleanUp: (execution, known = {}) =>
      cleanupResult(startExecution(cleanUpMachine, cleanUpInput(execution, known))),
  };
}

function builderGroup(world: World, vpcId: string, name: string): SecurityGroupRecord {
  const known = world.securityGroups.all().find((group) => group.vpcId === vpcId && group.name === name);
  const description = 'Builders of golden images: no inbound traffic';
  return known ?? addSecurityGroup(world, { ...HOME, vpcId, name, description });
}
