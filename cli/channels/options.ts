import type { ChannelRequest } from '../../shared/build/channel-request.ts';
import type { Distribute } from '../../shared/build/distribution.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { regionNames } from '../../shared/recipe/regions.ts';
import { type CommandForm, type CommandLine, readCommandLine } from '../command-line.ts';
import { MACHINE } from '../deployed/deployment.ts';
import { readRegion } from '../deployed/region-option.ts';

/** What the command asks the state machine for: the input without the recipe. */
export type MachineRequest =
  | Omit<ChannelRequest, 'recipe' | 'by'>
  | { readonly action: 'copy' | 'share'; readonly distribute: Distribute };

/** The options of the commands with `--local` and `--aws`. */
export interface PlacedOptions {
  /** `undefined`: the user did not say which world. */
  readonly on: 'embedded' | 'aws' | undefined;
  /** The recipe as given: a name, or with `--local` also a path. To approve or reject, also an execution. */
  readonly recipe: string;
  readonly json: boolean;
  readonly state: string | undefined;
  readonly region: string | undefined;
}

/** The options of the commands that read or move channels, or add something to a release. */
export interface ChannelOptions extends PlacedOptions {
  readonly request: MachineRequest;
}

export const PLACE_HELP = `\
  --local           act on the embedded AWS that golden bake keeps
  --aws             act on the deployed pipeline, with your AWS credentials
  --json            print one JSON document, and nothing else

Option with --local:
  --state FILE      file of the embedded AWS (default: .golden/world.json in the project)

Option with --aws:
  --region REGION   region of the pipeline (default: AWS_REGION, or the region of your profile)
`;

/** Reads the arguments of a command, with every problem in them. `values`: the options that only this command has. */
export function readChannelOptions(
  action: ChannelRequest['action'],
  command: string,
  args: readonly string[],
  values: Readonly<Record<string, string>> = {},
): { options: ChannelOptions; problems: Problem[] } {
  const { line, placed } = readPlaced(command, args, values);
  const { text, problems } = line;
  const own = (name: string) => (Object.hasOwn(values, name) ? text(name) : undefined);
  const channel = own('to') ?? own('channel');
  const version = own('version');
  const request = {
    action,
    ...(channel !== undefined && { channel }),
    ...(version !== undefined && { version }),
  };
  return { options: { ...placed, request }, problems };
}

/** Reads where a command acts, and on which recipe. */
export function readPlaced(
  command: string,
  args: readonly string[],
  values: Readonly<Record<string, string>>,
): { line: CommandLine; placed: PlacedOptions } {
  const form: CommandForm = {
    command,
    values: { ...values, state: 'FILE', region: 'REGION' },
    flags: ['local', 'aws', 'json'],
  };
  const line = readCommandLine(args, form);
  const { flag, text } = line;
  const placed: PlacedOptions = {
    on: flag('aws') ? 'aws' : flag('local') ? 'embedded' : undefined,
    recipe: recipeOf(line, command),
    json: flag('json'),
    state: text('state'),
    region: readRegion(line),
  };
  checkPlace(line, placed);
  return { line, placed };
}

/** Reads the arguments of `golden copy` or `golden share`. */
export function readAdditionOptions(
  action: 'copy' | 'share',
  args: readonly string[],
): { options: ChannelOptions; problems: Problem[] } {
  const [what, VALUE] = action === 'copy' ? (['to', 'REGION'] as const) : (['account', 'ID'] as const);
  const { line, placed } = readPlaced(action, args, { [what]: VALUE, version: 'VERSION' });
  const { text, problems, wrong } = line;
  const values = (text(what) ?? '').split(',').filter((value) => value !== '');
  const option = `--${what}`;
  if (values.length === 0) wrong(option, 'nothing', ALLOWED[action], `add ${option} ${EXAMPLES[action]}`);
  const isValid = (value: string) =>
    action === 'copy' ? regionNames.some((name) => name === value) : /^[0-9]{12}$/.test(value);
  for (const value of values.filter((one) => !isValid(one)))
    wrong(option, JSON.stringify(value), ALLOWED[action], `write a value such as ${EXAMPLES[action]}`);
  const version = text('version');
  const distribute = {
    [action === 'copy' ? 'regions' : 'accounts']: values,
    ...(version !== undefined && { version }),
  } as Distribute;
  return { options: { ...placed, request: { action, distribute } }, problems };
}

const ALLOWED = {
  copy: 'regions of the aws partition, separated by commas',
  share: 'account ids of 12 digits, separated by commas',
} as const;
const EXAMPLES = { copy: 'ap-southeast-2', share: '111122223333' } as const;

/** The name of the state machine that moves channels. It is the same in every deployment. */
export const CHANNELS_MACHINE = 'golden-image-channels';

/** The state machine that the request is for, and its input. `by`: who asks. */
export function machineInput(
  request: MachineRequest,
  recipe: string,
  by?: string,
): { machine: string; input: object } {
  const asked = by === undefined ? {} : { by };
  return 'distribute' in request
    ? { machine: MACHINE, input: { recipe, distribute: request.distribute, ...asked } }
    : { machine: CHANNELS_MACHINE, input: { ...request, recipe, ...asked } };
}

function recipeOf({ positionals, hasUnknownOption, wrong }: CommandLine, command: string): string {
  const [recipe = ''] = positionals;
  if (recipe === '')
    wrong('recipe', 'no recipe', 'the name of a recipe', `name a recipe, as in golden ${command} al2023`);
  if (positionals.length > 1 && !hasUnknownOption) {
    const found = positionals.map((name) => JSON.stringify(name)).join(' and ');
    wrong('recipe', found, 'one recipe', 'run the command once for each recipe');
  }
  return recipe;
}

/** The user says which world the command acts on, because it changes what others see, or shows what others see. */
function checkPlace({ flag, wrong }: CommandLine, { on, state, region }: PlacedOptions): void {
  if (flag('aws') && flag('local')) {
    wrong('--aws', '--aws together with --local', 'one of --local and --aws', 'remove one of the two');
    return;
  }
  if (on === undefined) {
    const fix = 'add --local for the embedded AWS, or --aws for the deployed pipeline';
    wrong('--local', 'neither --local nor --aws', 'one of --local and --aws', fix);
  }
  if (state === '')
    wrong('--state', 'an empty name', 'the path of a file', 'remove --state to use .golden/world.json');
  if (state !== undefined && on === 'aws')
    wrong('--state', '--state together with --aws', '--state only with --local', 'remove --state');
  if (region !== undefined && on === 'embedded')
    wrong('--region', '--region together with --local', '--region only with --aws', 'remove --region');
}
