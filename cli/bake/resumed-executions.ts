import type { Execution, ExecutionResult, World } from 'embedded-aws';
import { untilItWaitsForPeople } from '../../local/approval.ts';
import { cleanupResult } from '../../local/clean-up.ts';
import type { Cleanup } from '../../shared/build/execution-document.ts';
import { versionOf } from '../../shared/build/version.ts';
import { buildReport, type ResumedExecution } from '../screen/report.ts';
import { advance, emptyTimeline } from '../screen/timeline.ts';

/** An execution of an earlier command that was interrupted and continues. */
export interface Resuming {
  /** What continues, such as `al2023 20261122-030000-ea6070` or `the clean-up of al2023 20261122-030000-ea6070`. */
  readonly subject: string;
  /** Resolves when the execution has ended. */
  readonly ended: Promise<ResumedExecution>;
}

/** Describes an execution that continues, and how it ends. Call it before time advances, so that no event is missed. */
export function followResumed(world: World, execution: Execution): Resuming {
  const { stateMachineArn, input } = world.executions.get(execution.arn) ?? {
    stateMachineArn: '',
    input: '',
  };
  if (stateMachineArn.endsWith(':golden-image-clean-up')) return followCleanUp(world, execution, input);
  if (stateMachineArn.endsWith(':golden-image-channels')) return followChannelMove(execution, input);
  return followBuild(world, execution, input);
}

/** A promotion or a rollback. */
function followChannelMove(execution: Execution, input: string): Resuming {
  const recipe = recipeIn(input);
  const { action = 'move' } = parsed(input) as { action?: string };
  const ended = execution.result.then(({ status, output, error, cause }): ResumedExecution => {
    const { move } = (output ?? {}) as { move?: { channel?: string; to?: string } };
    const common = { kind: 'channel move', execution: execution.name, recipe } as const;
    if (status !== 'SUCCEEDED')
      return { ...common, status: 'failed', outcome: `failed: ${onOneLine(cause ?? error ?? status)}` };
    const outcome = move === undefined ? 'read the history' : `${move.channel} names ${move.to}`;
    return { ...common, status: 'succeeded', outcome };
  });
  return { subject: `the ${action} of ${recipe}`, ended };
}

function followBuild(world: World, execution: Execution, input: string): Resuming {
  const { name, startTime } = execution;
  const recipe = recipeIn(input);
  const version = versionOf(name, new Date(startTime).toISOString());
  let timeline = emptyTimeline;
  execution.listen((event) => {
    timeline = advance(timeline, event);
  });
  const report = async (): Promise<ResumedExecution> => {
    const result = await untilItWaitsForPeople(execution);
    const { approval } = timeline.document;
    if (result === undefined) {
      const outcome = `waits for approval until ${approval?.deadline}`;
      return { kind: 'build', execution: name, recipe, version, status: 'waiting', outcome };
    }
    const place = { world: 'embedded' } as const;
    const { status, images, decision, error, cleanup } = buildReport({
      ...{ place, recipe, execution, origin: {}, timeline, result, now: world.now() },
    });
    // The events before the interruption are unknown, so the failed stage may be unknown.
    const at = timeline.failedStage === undefined ? '' : ` at ${timeline.failedStage}`;
    const outcomes: Partial<Record<typeof status, string>> = {
      succeeded: `released ${images.length === 1 ? '1 image' : `${images.length} images`}`,
      skipped: `skipped: ${decision?.reason ?? ''}`,
      aborted: `stopped${at}`,
    };
    const outcome = outcomes[status] ?? `failed${at}: ${onOneLine(error?.message)}`;
    const left = describeRemaining(cleanup?.remaining ?? []);
    return {
      ...{ kind: 'build', execution: name, recipe, version, status },
      outcome: [outcome, ...(left === '' ? [] : [left])].join('; '),
    };
  };
  return { subject: `${recipe} ${version}`, ended: report() };
}

/** A clean-up after one build, or after all builds that left resources behind. */
function followCleanUp(world: World, execution: Execution, input: string): Resuming {
  const { executions = [] } = parsed(input) as { executions?: { execution: string }[] };
  const [only] = executions.length === 1 ? executions : [];
  const common = { kind: 'clean-up', execution: execution.name } as const;
  if (only === undefined) {
    const ended = execution.result.then((result) => ({ ...common, ...endOfCleanUps(result) }));
    return { subject: `the clean-up execution ${execution.name}`, ended };
  }
  const { subject, ...build } = buildNamed(world, only.execution);
  const cleanedUp = cleanupResult(execution).then(({ removed, remaining }): ResumedExecution => {
    const left = describeRemaining(remaining);
    const gone = `removed ${removed.map(({ id }) => id).join(', ') || 'nothing'}`;
    return {
      ...common,
      ...build,
      ...(left === ''
        ? { status: 'succeeded', outcome: gone }
        : { status: 'failed', outcome: `failed: ${left}; ${gone}` }),
    };
  });
  return { subject: `the clean-up of ${subject}`, ended: cleanedUp };
}

function endOfCleanUps(result: ExecutionResult): Pick<ResumedExecution, 'status' | 'outcome'> {
  if (result.status !== 'SUCCEEDED') {
    const reason = onOneLine(result.cause ?? result.error ?? result.status);
    return { status: 'failed', outcome: `failed: ${reason}` };
  }
  const { found = '', cleanedUp = [] } = (result.output ?? {}) as { found?: string; cleanedUp?: string[] };
  return { status: 'succeeded', outcome: cleanedUp.join('; ') || found };
}

/** The build with this execution name, as messages name it. */
function buildNamed(
  world: World,
  name: string,
): Pick<ResumedExecution, 'recipe' | 'version'> & { subject: string } {
  const build = world.executions
    .all()
    .find((one) => one.name === name && one.stateMachineArn.endsWith(':golden-image-bake'));
  if (build === undefined) return { subject: name };
  const recipe = recipeIn(build.input);
  const version = versionOf(name, new Date(build.startDate).toISOString());
  return { subject: `${recipe} ${version}`, recipe, version };
}

const describeRemaining = (remaining: Cleanup['remaining']): string =>
  remaining
    .map(({ region, kind, id, reason }) =>
      kind === 'region'
        ? `could not check ${region}: ${reason}`
        : `could not remove ${kind} ${id} in ${region}: ${reason}`,
    )
    .join('; ');

/** The name of the recipe in the input of a build. Clients of golden serve can start executions with any input. */
function recipeIn(input: string): string {
  const { recipe } = parsed(input) as { recipe?: unknown };
  const name = typeof recipe === 'object' && recipe !== null && 'name' in recipe ? recipe.name : recipe;
  return typeof name === 'string' ? name : 'an unnamed recipe';
}

const parsed = (input: string): object => (JSON.parse(input || '{}') as object | null) ?? {};

const onOneLine = (text = ''): string => text.replaceAll(/\s+/g, ' ').trim();
