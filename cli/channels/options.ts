import type { ChannelRequest } from '../../shared/build/channel-request.ts';
import type { Problem } from '../../shared/recipe/problem.ts';
import { type CommandForm, type CommandLine, readCommandLine } from '../command-line.ts';
import { readRegion } from '../deployed/region-option.ts';

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

/** The options of the commands that read or move channels. */
export interface ChannelOptions extends PlacedOptions {
  readonly request: Omit<ChannelRequest, 'recipe' | 'by'>;
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
