import { type Execution, type ExecutionResult, type Item, inventory, perform } from 'embedded-aws';
import { HOME } from '../local/pipeline.ts';
import type { MetricName, Metrics } from '../shared/lambda/metrics.ts';
import { plainRecipe, recipeFile, simulate } from './simulated-build.ts';

const CLEAN_UP = `arn:aws:states:${HOME.region}:${HOME.account}:stateMachine:golden-image-clean-up`;

export interface CleanUpRun {
  readonly status: string;
  readonly output: { found: string; cleanedUp: string[] } | undefined;
  readonly cause: string | undefined;
  readonly events: number;
}

/** A deployment, with functions to stop builds, to run clean-up and to list resources. */
export function simulateLeftovers(options: Partial<Parameters<typeof simulate>[0]> = {}) {
  const measured: Partial<Record<MetricName, number>> = {};
  const put: Metrics['put'] = (name, value) => {
    measured[name] = (measured[name] ?? 0) + value;
  };
  const metrics: Metrics = { count: (name) => put(name, 1), put };
  const simulation = simulate({ recipes: [recipeFile(plainRecipe)], metrics, ...options });
  const { world, pipeline, run, pass } = simulation;
  const call = (service: string, operation: string, input: object, region: string = HOME.region) =>
    perform(pipeline.services, world, {
      service,
      operation,
      account: HOME.account,
      region,
      input: input as Record<string, unknown>,
      inner: true,
    });

  /** A build that is stopped some seconds after it entered a state, unless it has ended by then. */
  const stopped = async (
    state: string,
    seconds = 0,
    request: Parameters<typeof pipeline.start>[0] = 'plain',
  ): Promise<Execution & { outcome: ExecutionResult }> => {
    const execution = pipeline.start(request, ({ type, state: entered }) => {
      if (type === 'StateEntered' && entered?.name === state) setTimeout(execution.stop, seconds * 1000);
    });
    return { ...execution, outcome: await run(execution.result) };
  };
  /** Runs the clean-up machine until it ends: as the janitor, or for the executions in the input. */
  const cleanUp = async (input: object = {}): Promise<CleanUpRun> => {
    const { executionArn } = call('sfn', 'StartExecution', {
      stateMachineArn: CLEAN_UP,
      input: JSON.stringify(input),
    });
    for (;;) {
      await pass(60);
      const record = world.executions.get(String(executionArn));
      if (record === undefined || record.status === 'RUNNING') continue;
      const { status, output, cause, history } = record;
      return {
        status,
        output: output === undefined ? undefined : JSON.parse(output),
        cause,
        events: history.flat().length,
      };
    }
  };
  const resources = (execution?: { name: string }): Item[] =>
    inventory(pipeline, HOME.account).filter(
      ({ tags }) => execution === undefined || tags['golden-image:execution'] === execution.name,
    );

  /** Adds an instance, images and snapshots that the pipeline did not create, in two regions. */
  const addOtherResources = async (): Promise<void> => {
    const { Parameter } = call('ssm', 'GetParameter', { Name: plainRecipe.base.ssmParameter }) as {
      Parameter: { Value: string };
    };
    const one = { ImageId: Parameter.Value, InstanceType: 'm7i.large', MinCount: 1, MaxCount: 1 };
    const { Instances } = call('ec2', 'RunInstances', one) as { Instances: { InstanceId: string }[] };
    await pass(120);
    const InstanceId = Instances[0]?.InstanceId ?? '';
    const { ImageId } = call('ec2', 'CreateImage', { InstanceId, Name: 'of the owner' });
    await pass(3600);
    const copy = { Name: 'of the owner', SourceImageId: ImageId, SourceRegion: HOME.region };
    call('ec2', 'CopyImage', copy, 'eu-west-1');
    await pass(3600);
  };
  return { ...simulation, call, stopped, cleanUp, resources, addOtherResources, measured };
}
