import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  type StartExecutionCommandInput,
} from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import { answerFrom } from '../../src/client.ts';
import { installClock } from '../../src/core/clock.ts';
import type { Fault } from '../../src/core/faults.ts';
import { perform } from '../../src/core/operation.ts';
import type { Services } from '../../src/core/service.ts';
import type { World } from '../../src/core/world.ts';
import { deployFunctions, type Functions, type Invoke } from '../../src/lambda/functions.ts';
import { emptyWorld } from '../../src/new-world.ts';
import type { Execution } from '../../src/step-functions/execution.ts';
import type { ExecutionEvent } from '../../src/step-functions/execution-event.ts';
import { stepFunctions } from '../../src/step-functions/index.ts';

export { refusal } from '../refusal.ts';

export const START = new Date('2026-11-20T03:00:00Z');
export const ACCOUNT = '999988887777';
export const REGION = 'eu-west-1';
export const MACHINE = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:bake`;
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/bake`;

const EXECUTIONS = MACHINE.replace(':stateMachine:', ':execution:');
export const executionNamed = (name: string): string => `${EXECUTIONS}:${name}`;
export const functionNamed = (name: string): string => `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;

/** A Task state that invokes the function `work`. */
export const task = (more: object) => ({ Type: 'Task', Resource: functionNamed('work'), ...more });

export interface SimulatedStates {
  readonly world: World;
  readonly services: Services;
  readonly run: <T>(work: Promise<T>) => Promise<T>;
  pass(seconds: number): Promise<void>;
  /** Simulated seconds since the start. */
  seconds(): number;
  client(options?: { account?: string; region?: string }): SFNClient;
  /** Starts an execution through the API, and lets a test follow the execution. */
  start(input?: unknown, name?: string): { execution: Execution; events: ExecutionEvent[] };
  history(arn: string): Promise<HistoryEvent[]>;
}

/** One state machine, `bake`, and its functions by name, on a separate clock. */
export function simulateStates(
  machine:
    | Record<string, object>
    | { StartAt: string; States: Record<string, object>; TimeoutSeconds?: number },
  functions: Record<string, Invoke> = {},
  {
    timeoutSeconds = {},
    faults = [],
    others = {},
  }: { timeoutSeconds?: Record<string, number>; faults?: Fault[]; others?: Services } = {},
): SimulatedStates {
  const clock = installClock(START, 7);
  onTestFinished(() => clock.uninstall());
  const world = emptyWorld({ seed: 7, now: clock.now, faults });
  const definition = 'StartAt' in machine ? machine : { StartAt: Object.keys(machine)[0], States: machine };
  addStateMachine(world, MACHINE, definition);
  deployFunctions(world, deployed(functions, timeoutSeconds));
  const services: Services = { ...others, sfn: stepFunctions };
  const client: SimulatedStates['client'] = ({ account = ACCOUNT, region = REGION } = {}) => {
    const sdk = new SFNClient({ region, maxAttempts: 1, retryMode: 'standard', defaultsMode: 'standard' });
    answerFrom(world, services, sdk, account);
    return sdk;
  };
  return {
    world,
    services,
    run: clock.run,
    pass: (seconds) => clock.run(new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000))),
    seconds: () => (clock.now() - START.getTime()) / 1000,
    client,
    start: (input = {}, name = 'one') => {
      perform(services, world, {
        service: 'sfn',
        operation: 'StartExecution',
        account: ACCOUNT,
        region: REGION,
        input: { stateMachineArn: MACHINE, name, input: JSON.stringify(input) },
      });
      const execution = world.running.get(executionNamed(name)) as Execution;
      const events: ExecutionEvent[] = [];
      execution.listen((event) => events.push(event));
      return { execution, events };
    },
    history: async (executionArn) => {
      const { events = [] } = await clock.run(
        client().send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 })),
      );
      return events;
    },
  };
}

/** Functions by ARN. */
export function deployed(
  functions: Record<string, Invoke>,
  timeoutSeconds: Record<string, number> = {},
): Functions {
  return Object.fromEntries(
    Object.entries(functions).map(([name, invoke]) => {
      const seconds = timeoutSeconds[name];
      return [functionNamed(name), { invoke, ...(seconds === undefined ? {} : { timeoutSeconds: seconds }) }];
    }),
  );
}

export function addStateMachine(world: World, arn: string, definition: object): void {
  const at = world.now();
  world.stateMachines.put(
    {
      id: arn,
      account: ACCOUNT,
      region: REGION,
      tags: { team: 'platform' },
      name: arn.split(':').at(-1) ?? '',
      definition: JSON.stringify(definition),
      roleArn: ROLE,
      creationDate: at,
      updateDate: at,
      tracing: true,
    },
    at,
    0,
  );
}

/** Starts an execution with a client, by default on the state machine of the simulation. */
export const startWith = (client: SFNClient, input: Partial<StartExecutionCommandInput> = {}) =>
  client.send(new StartExecutionCommand({ stateMachineArn: MACHINE, ...input }));

export const describeWith = (client: SFNClient, executionArn: string) =>
  client.send(new DescribeExecutionCommand({ executionArn }));

/** Events in short form: id, previous id, type, and the name of the state. */
export const inShort = (events: readonly HistoryEvent[]): string[] =>
  events.map(({ id, previousEventId, type, stateEnteredEventDetails, stateExitedEventDetails }) => {
    const name = (stateEnteredEventDetails ?? stateExitedEventDetails)?.name;
    return `${id} ${previousEventId} ${type}${name === undefined ? '' : ` ${name}`}`;
  });
