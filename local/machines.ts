import { join } from 'node:path';
import { deployStateMachine, type Functions, type Invoke, type World } from 'embedded-aws';
import { HOME } from './home.ts';
import { readYaml } from './project-file.ts';

export const functionArn = (key: string): string =>
  `arn:aws:lambda:${HOME.region}:${HOME.account}:function:golden-image-${key}`;

/** The ARN of the state machine in `statemachines/<file>.yml`. */
export const machineArn = (file: string): string =>
  `arn:aws:states:${HOME.region}:${HOME.account}:stateMachine:golden-image-${file}`;

interface Stack {
  readonly provider: { readonly timeout: number };
  readonly functions: Readonly<Record<string, { readonly timeout?: number }>>;
}

/** All deployed functions, with their timeouts in serverless.yml. */
export function deployedFunctions(invokes: Readonly<Record<string, Invoke>>): Functions {
  const { provider, functions } = readYaml('serverless.yml') as Stack;
  return Object.fromEntries(
    Object.entries(invokes).map(([key, invoke]) => [
      functionArn(key),
      { invoke, timeoutSeconds: functions[key]?.timeout ?? provider.timeout },
    ]),
  );
}

/** The definition of a state machine with the ARNs of its functions, as the deployment inserts them. */
export function readDefinition(file: string): object {
  return withArns(readYaml(join('statemachines', `${file}.yml`)));
}

/** The names of all states of a state machine, and the function key of each Task state. */
export function statesOf(file: string): { all: string[]; functionKeys: Record<string, string> } {
  const states = statesIn(readDefinition(file) as Machine);
  const tasks = states.filter(([, { Type }]) => Type === 'Task');
  const keys = tasks.map(([name, { Resource = '' }]) => [name, Resource.replace(functionArn(''), '')]);
  return { all: states.map(([name]) => name), functionKeys: Object.fromEntries(keys) };
}

interface Machine {
  readonly States: Readonly<Record<string, State>>;
}

interface State {
  readonly Type: string;
  readonly Resource?: string;
  /** Of a Parallel state. */
  readonly Branches?: readonly Machine[];
  /** Of a Map state. */
  readonly ItemProcessor?: Machine;
}

/** All states of a state machine, including the states of branches and iterations. */
function statesIn({ States }: Machine): [string, State][] {
  return Object.entries(States).flatMap(([name, state]): [string, State][] => [
    [name, state],
    ...[...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])].flatMap(statesIn),
  ]);
}

function withArns(value: unknown): object {
  return JSON.parse(JSON.stringify(value), (_, item) => {
    const [key, attribute] = item?.['Fn::GetAtt'] ?? [];
    return attribute === 'Arn' ? functionArn(key) : item;
  });
}

/** Deploys the state machine in `statemachines/<file>.yml`. Returns its ARN. */
export function deployMachine(world: World, file: string): string {
  const arn = machineArn(file);
  const definition = JSON.stringify(readDefinition(file));
  deployStateMachine(world, {
    arn,
    definition,
    roleArn: `arn:aws:iam::${HOME.account}:role/golden-image-${file}`,
  });
  return arn;
}
