import { type Fault, installClock, inventory, keepAwake, newWorld, perform, type World } from 'embedded-aws';
import { onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { deploy, type FunctionKey, HOME, type Pipeline, type RecipeFile } from '../local/pipeline.ts';
import type { Metrics } from '../shared/lambda/metrics.ts';
import { parseRecipe } from '../shared/recipe/recipe-file.ts';

export const AT = new Date('2026-11-22T03:00:00Z');

/** A small recipe: Amazon Linux, in the home region and one more region, shared with one account. */
export const plainRecipe = {
  name: 'plain',
  description: 'A recipe for tests',
  platform: 'linux',
  base: { ssmParameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
  build: { instanceTypes: ['m7i.large', 'm6i.large'] },
  regions: ['us-east-1', 'eu-west-1'],
  share: { accounts: ['111122223333'] },
};

export const windowsRecipe = {
  ...plainRecipe,
  name: 'plain-windows',
  platform: 'windows',
  base: { ssmParameter: '/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base' },
};

/** The content of a recipe file. The parser checks it. */
export interface TestRecipe {
  readonly name: string;
  readonly [field: string]: unknown;
}

export function recipeFile(recipe: TestRecipe): RecipeFile {
  const source = new TextEncoder().encode(stringify(recipe));
  const parsed = parseRecipe(source, `recipes/${recipe.name}.yml`, AT);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems, null, 2));
  return { recipe: parsed.recipe, source };
}

/** The field that each stage adds to the document, in the order of the machine. */
const fields = {
  decide: 'decision',
  plan: 'plan',
  scan: 'scan',
  registerBase: 'base',
  launch: 'builder',
  patch: 'patches',
  stop: 'shutdown',
  createImage: 'candidate',
  // In the machine, these two run at the same time.
  testImage: 'verdict',
  copyImages: 'copies',
  testCopies: 'copyVerdicts',
  approve: 'approval',
  shareImages: 'release',
  publish: 'publication',
  protectImages: 'protection',
  announce: 'announcement',
  accelerate: 'acceleration',
  refreshInstances: 'refreshes',
  cleanUp: 'cleanup',
  record: 'record',
} as const satisfies Partial<Record<FunctionKey, string>>;
export type StageKey = keyof typeof fields;

/** The stages of a build of `plainRecipe`, in the order in which they begin, without Decide and Record. */
export const plainStages = [
  'Plan',
  'Launch',
  'Patch',
  'Stop',
  'CreateImage',
  'CopyImages',
  'TestImage',
  'ShareImages',
  'Publish',
  'Announce',
  'CleanUp',
] as const;

export interface SimulatedBuild extends Simulation {
  readonly execution: string;
  /** The execution document. The report of each invocation is put into it, as the machine does. */
  readonly document: Record<string, unknown>;
  /** Invokes a stage once. Returns what the stage reports, without what it spent: a repeated invocation spends more. */
  invoke<T = Record<string, unknown>>(key: StageKey): Promise<T>;
  /** Invokes a stage until it is ready, with its waits in between. */
  finish<T = Record<string, unknown>>(key: StageKey): Promise<T>;
  /** Runs all stages up to the end of this stage. */
  through<T = Record<string, unknown>>(key: StageKey): Promise<T>;
  /** The resources that the account has now: kind and region, sorted. */
  resources(): string[];
}

export interface Simulation {
  readonly world: World;
  readonly pipeline: Pipeline;
  /** Runs a promise on the simulated clock. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets simulated time pass. */
  pass(seconds: number): Promise<void>;
}

/** A world in which the pipeline is deployed, until the end of the test. */
export function simulate(options: {
  recipes: RecipeFile[];
  faults?: Fault[];
  seed?: number;
  disabledRegions?: string[];
  /** Whether schedules and events start builds. */
  triggers?: boolean;
  /** Receives the metrics of the functions. */
  metrics?: Metrics;
  at?: Date;
  /** SSM's answer to a client token of StartAutomationExecution that it has already seen. */
  repeatedAutomationTokens?: 'answered' | 'refused';
}): Simulation {
  const {
    recipes,
    faults = [],
    seed = 7,
    disabledRegions = [],
    triggers = false,
    metrics,
    at = AT,
    repeatedAutomationTokens,
  } = options;
  const clock = installClock(at, seed);
  onTestFinished(() => clock.uninstall());
  const world = newWorld({
    seed,
    now: clock.now,
    faults,
    disabledRegions: { [HOME.account]: disabledRegions },
  });
  if (repeatedAutomationTokens) world.ssmBehavior.repeatedAutomationTokens = repeatedAutomationTokens;
  const pipeline = deploy(world, recipes, { triggers, ...(metrics === undefined ? {} : { metrics }) });
  // Schedules fire and events arrive also while no call is made.
  if (triggers) onTestFinished(keepAwake(world, pipeline.services));
  return {
    world,
    pipeline,
    run: clock.run,
    pass: (seconds) => clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))),
  };
}

/** Turns Inspector's scans of instances on, and waits until they are on. */
export async function turnOnScans({ world, pipeline, pass }: Simulation): Promise<void> {
  const input = { resourceTypes: ['EC2'] };
  perform(pipeline.services, world, {
    service: 'inspector2',
    operation: 'Enable',
    ...HOME,
    input,
    inner: true,
  });
  await pass(1_200);
}

/** One build, driven stage by stage without the state machine. */
export function simulateBuild(
  options: { recipe?: TestRecipe } & Omit<Parameters<typeof simulate>[0], 'recipes'> = {},
): SimulatedBuild {
  const { recipe = plainRecipe, ...rest } = options;
  const { world, pipeline, run, pass } = simulate({ recipes: [recipeFile(recipe)], ...rest });
  const execution = 'test-execution';
  const document: Record<string, unknown> = { recipe: recipe.name };

  const invoke = async <T>(key: StageKey): Promise<T> => {
    const event = { execution, startTime: AT.toISOString(), document: structuredClone(document) };
    const answer = await run(pipeline.invoke(key, event));
    document[fields[key]] = answer;
    return withoutSpent(answer as T);
  };
  const finish = async <T>(key: StageKey): Promise<T> => {
    for (;;) {
      const answer = await invoke<{ status?: string; waitSeconds: number }>(key);
      if (answer.status !== 'pending') return answer as T;
      await pass(answer.waitSeconds);
    }
  };
  return {
    world,
    pipeline,
    execution,
    document,
    run,
    pass,
    invoke,
    finish,
    through: async <T>(last: StageKey): Promise<T> => {
      for (const key of Object.keys(fields) as StageKey[]) {
        if (!isEntered(key, document)) continue;
        const answer = await finish<T>(key);
        if (key === last) return answer;
      }
      throw new Error(`there is no stage ${last}`);
    },
    resources: () =>
      inventory(pipeline, HOME.account)
        .map(({ kind, region }) => `${kind} ${region}`)
        .toSorted(),
  };
}

/** The result of a stage without what the stage spent: a repeated invocation spends more. */
export function withoutSpent<T>(result: T): T {
  const { spent: _, ...rest } = result as { spent?: unknown };
  return rest as T;
}

/** Whether the machine enters a stage. */
function isEntered(key: StageKey, document: Record<string, unknown>): boolean {
  const { decision, plan } = document as {
    decision?: { verdict: string; accelerated?: true };
    plan?: { base: object; image?: object; copyBase?: true; test?: { copies?: object } };
  };
  if (key === 'scan') return decision?.verdict === 'scan';
  if (plan === undefined) return true;
  if (key === 'testCopies') return plan.test?.copies !== undefined;
  if (key === 'approve') return 'approval' in plan;
  if (key === 'protectImages') return 'deregistrationProtection' in (plan.image ?? {});
  if (key === 'accelerate') return 'accelerate' in plan || decision?.accelerated === true;
  if (key === 'refreshInstances') return 'refreshInstances' in plan;
  if (key === 'registerBase') return 'snapshotId' in plan.base;
  const hasBuilder = !('instanceId' in plan.base) && !plan.copyBase;
  return hasBuilder || !['launch', 'patch', 'stop'].includes(key);
}

/** The name and message of the error with which a promise rejects. */
export async function failureOf(work: Promise<unknown>): Promise<{ name: string; message: string }> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Error) return { name: error.name, message: error.message };
    throw error;
  }
  throw new Error('it did not fail');
}
