/**
 * Measures the pipeline at scale on the embedded AWS, with the throttles of EC2 and Systems Manager: many recipes that start in the same
 * minute, and one execution with many regions and accounts.
 *
 *     npm run bench:scale -- [--recipes 100] [--seed 1]
 */
import { parseArgs } from 'node:util';
import {
  answerFrom,
  type Execution,
  installClock,
  newWorld,
  perform,
  regionNames,
  type Services,
  services,
  type World,
} from 'embedded-aws';
import { deploy, HOME, type Pipeline } from '../local/pipeline.ts';
import type { Prepare } from '../shared/aws/clients.ts';
import { describeSeconds } from '../shared/build/waiting.ts';
import { parseRecipe } from '../shared/recipe/recipe-file.ts';

const { values } = parseArgs({
  options: { recipes: { type: 'string', default: '100' }, seed: { type: 'string', default: '1' } },
});
const [recipes, seed] = [Number(values.recipes), Number(values.seed)];

const START = new Date('2026-11-22T03:00:00Z');
const TARGETS = ['us-east-1', 'eu-west-1', 'eu-central-1', 'us-west-2', 'ap-southeast-2'];
const MINUTE_MS = 60_000;

const recipe = (name: string, more: object) => ({
  name,
  description: 'A recipe of the measurement',
  platform: 'linux',
  base: { ssmParameter: '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64' },
  build: { instanceTypes: ['m7i.large', 'm6i.large'] },
  ...more,
});

const many = Array.from({ length: recipes }, (_, index) =>
  recipe(`recipe-${index}`, { regions: TARGETS, share: { accounts: ['111122223333'] } }),
);
await measure(
  `${recipes} recipes that start in the same minute, each to its own region and four others`,
  many,
);

const accounts = Array.from({ length: 1000 }, (_, index) => String(100_000_000_000 + index));
const wide = recipe('wide', { regions: regionNames.slice(0, 30), share: { accounts } });
await measure(`One recipe to ${Math.min(30, regionNames.length)} regions and 1,000 accounts`, [wide]);

interface Traffic {
  calls: number;
  retries: number;
  /** Retried calls by operation. */
  readonly retried: Map<string, number>;
  /** For each bucket of a throttle, how many seconds its rate needs for the calls that were made. */
  readonly boundSeconds: Map<string, { readonly bucket: Bucket; tokens: number }>;
}

/** Builds all recipes at the same time, and prints how long it took and what it cost. */
async function measure(title: string, sources: readonly object[]): Promise<void> {
  const began = performance.now();
  const clock = installClock(START, seed);
  const world = newWorld({ seed, now: clock.now, disabledRegions: { [HOME.account]: [] } });
  const traffic: Traffic = { calls: 0, retries: 0, retried: new Map(), boundSeconds: new Map() };
  const pipeline = deploy(world, sources.map(recipeFile), { prepare: counted(world, traffic) });
  const executions: Execution[] = [];
  const all = async () => {
    for (const [index, source] of sources.entries()) {
      const gapMs = index === 0 ? 0 : MINUTE_MS / sources.length;
      await new Promise((resolve) => setTimeout(resolve, gapMs));
      executions.push(pipeline.start((source as { name: string }).name));
    }
    return Promise.all(
      executions.map(async (execution) => ({
        ...(await execution.result),
        seconds: (world.now() - execution.startTime) / 1000,
      })),
    );
  };
  const results = await clock.run(all());
  const seconds = (world.now() - START.getTime()) / 1000;
  clock.uninstall();

  const failed = results.filter(({ status }) => status !== 'SUCCEEDED');
  const events = executions.map(({ arn }) => historyLength(pipeline, arn));
  const durations = results.map((result) => result.seconds).toSorted((one, other) => one - other);
  const most = [...traffic.retried].toSorted(([, one], [, other]) => other - one).slice(0, 5);
  console.log(`\n${title}`);
  console.log(`  ended well      ${results.length - failed.length} of ${results.length}`);
  console.log(
    `  simulated       ${describeSeconds(seconds)} in all; a build ${describeSeconds(durations[0] ?? 0)} to ${describeSeconds(durations.at(-1) ?? 0)}, median ${describeSeconds(durations[Math.floor(durations.length / 2)] ?? 0)}`,
  );
  console.log(
    `  calls           ${traffic.calls}, and ${traffic.retries} retries${most.length > 0 ? `: ${most.map(([name, count]) => `${name} ${count}`).join(', ')}` : ''}`,
  );
  console.log(`  throttle bound  ${busiestThrottle(traffic)}`);
  console.log(`  history events  ${Math.max(...events)} at most for an execution, of 25,000`);
  console.log(`  real            ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const { error, cause } of failed.slice(0, 3))
    console.log(`  failed          ${error}: ${cause?.slice(0, 300)}`);
  if (failed.length > 0) process.exitCode = 1;
}

function recipeFile(source: object) {
  const bytes = new TextEncoder().encode(JSON.stringify(source));
  const parsed = parseRecipe(bytes, `recipes/${(source as { name: string }).name}.yml`, START);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return { recipe: parsed.recipe, source: bytes };
}

/** Clients of the world that count their calls and the SDK's retries. */
function counted(world: World, traffic: Traffic): Prepare {
  return (client) => {
    const stack = client.middlewareStack as { add(middleware: unknown, options: object): void };
    const counting =
      (next: (args: unknown) => Promise<{ output?: Answered }>, context: { commandName?: string }) =>
      async (args: unknown) => {
        try {
          const answer = await next(args);
          count(traffic, context.commandName, answer.output);
          await withdraw(traffic, client, context.commandName, args);
          return answer;
        } catch (error) {
          count(traffic, context.commandName, error as Answered);
          throw error;
        }
      };
    stack.add(counting, { step: 'initialize', priority: 'high', name: 'countTraffic' });
    answerFrom(world, services, client, HOME.account);
  };
}

type Bucket = { readonly max: number; readonly perSecond: number };

/** Adds the tokens that a call took from the buckets of its service. */
async function withdraw(
  traffic: Traffic,
  client: Parameters<Prepare>[0],
  command = '',
  args: unknown,
): Promise<void> {
  const operation = command.replace(/Command$/, '');
  const region = await client.config.region();
  const service = (services as Services)[client.config.serviceId.toLowerCase()];
  const { input } = args as { input: Record<string, unknown> };
  const call = {
    operation,
    kind: service?.operations[operation]?.kind ?? 'read',
    input,
    account: HOME.account,
    region,
    now: 0,
  };
  for (const { name, bucket, tokens } of service?.throttling?.withdrawals(call) ?? []) {
    const key = `${name} in ${region}`;
    const taken = traffic.boundSeconds.get(key) ?? { bucket, tokens: 0 };
    taken.tokens += tokens;
    traffic.boundSeconds.set(key, taken);
  }
}

/** The throttle that needs the most time for the calls that were made. */
function busiestThrottle({ boundSeconds }: Traffic): string {
  const seconds = [...boundSeconds].map(([name, { bucket, tokens }]) => ({
    name,
    tokens,
    perSecond: bucket.perSecond,
    seconds: Math.max(0, tokens - bucket.max) / bucket.perSecond,
  }));
  const [busiest] = seconds.toSorted((one, other) => other.seconds - one.seconds);
  if (busiest === undefined) return 'none';
  return `${describeSeconds(busiest.seconds)}: ${busiest.tokens} calls of ${busiest.name} at ${busiest.perSecond} a second`;
}

interface Answered {
  readonly $metadata?: { readonly attempts?: number };
}

function count(traffic: Traffic, command = 'a call', answer: Answered | undefined): void {
  const retries = (answer?.$metadata?.attempts ?? 1) - 1;
  const operation = command.replace(/Command$/, '');
  traffic.calls++;
  traffic.retries += retries;
  if (retries > 0) traffic.retried.set(operation, (traffic.retried.get(operation) ?? 0) + retries);
}

function historyLength({ world, services }: Pipeline, executionArn: string): number {
  const input = { executionArn, reverseOrder: true, maxResults: 1 };
  const call = { service: 'sfn', operation: 'GetExecutionHistory', ...HOME, inner: true };
  const { events } = perform(services, world, { ...call, input }) as { events?: { id?: number }[] };
  return events?.[0]?.id ?? 0;
}
