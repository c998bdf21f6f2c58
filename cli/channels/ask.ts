import { describeProblem, type Problem } from '../../shared/recipe/problem.ts';
import type { BuildPlace } from '../screen/report.ts';
import { type ChannelReport, exitCodeOfChannels, type PlacedAction, refusedRequest } from './answer.ts';
import type { ChannelOptions, PlacedOptions } from './options.ts';
import { additionLines, answerLines, historyLines, moveLines } from './tables.ts';

/** A command that reads or moves channels, adds something to a release, or answers a build. */
export interface ChannelCommand<Options> {
  readonly help: string;
  /** The first words of the heading: `Promoting`. */
  readonly verb: string;
  /** What a failure means. */
  readonly ifFailed?: string;
  read(args: readonly string[]): { options: Options; problems: Problem[] };
}

/** Acts in one world. `open` prints where the command acts. */
export type Ask<Options> = (
  options: Options,
  open: (lines: readonly string[]) => void,
) => Promise<ChannelReport>;

/** How a command acts in each world. Each module is loaded only when it is needed: one loads the emulator, the other one the AWS clients. */
interface Worlds<Options> {
  embedded(): Promise<Ask<Options>>;
  deployed(): Promise<Ask<Options>>;
}

/** Runs a command that reads or moves channels. */
export const askChannels = (command: ChannelCommand<ChannelOptions>, args: readonly string[]) =>
  askIn(
    {
      embedded: async () => (await import('./embedded.ts')).askEmbedded,
      deployed: async () => (await import('./deployed.ts')).askDeployed,
    },
    command,
    args,
  );

/** Runs a command in the world that the user named. Returns the exit code. */
export async function askIn<
  Options extends PlacedOptions & { readonly request: { readonly action: PlacedAction } },
>(worlds: Worlds<Options>, command: ChannelCommand<Options>, args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  const { options, problems } = command.read(args);
  const { on = 'embedded', recipe, request, json, region } = options;
  const place: BuildPlace = { world: on, ...(region !== undefined && { region }) };
  if (problems.length > 0)
    return print(command, refusedRequest({ place, action: request.action, recipe }, problems), json);
  const open = (lines: readonly string[]) => {
    if (!json)
      process.stdout.write([`${command.verb} ${recipe}`, ...lines, ''].map((line) => `${line}\n`).join(''));
  };
  const ask = on === 'aws' ? await worlds.deployed() : await worlds.embedded();
  return print(command, await ask(options, open), json);
}

function print({ ifFailed }: { readonly ifFailed?: string }, report: ChannelReport, json: boolean): number {
  const { problems = [], error, status, executionArn } = report;
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (problems.length > 0) {
    process.stderr.write(`${problems.map(describe).join('\n\n')}\n\nNothing was changed.\n`);
  } else if (error !== undefined) {
    const effect =
      status === 'running'
        ? `Check with golden history, or watch ${executionArn}.`
        : noEffect(report, ifFailed);
    process.stderr.write(
      [`✘ ${error.message}`, ...(effect === '' ? [] : [effect])].map((line) => `${line}\n`).join(''),
    );
  } else {
    const lines = status === 'running' ? [`The execution continues: ${executionArn}`] : resultLines(report);
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
  return exitCodeOfChannels(report);
}

/** What the command line or a recipe has wrong, with its place; what AWS or its settings have wrong, in one line, as `golden bake` says it. */
const describe = (problem: Problem): string =>
  problem.file === 'AWS'
    ? `${problem.found.charAt(0).toUpperCase()}${problem.found.slice(1)}: ${problem.fix}`
    : describeProblem(problem);

const isAnswer = ({ action }: ChannelReport): boolean => action === 'approve' || action === 'reject';

function noEffect(report: ChannelReport, ifFailed: string | undefined): string {
  if (report.answer !== undefined) return 'The answer was given.';
  if (isAnswer(report)) return 'No build was answered.';
  if (report.action === 'history') return '';
  if (report.error?.name === 'NotPutBack')
    return 'The channel may name different releases in different regions. The scheduled clean-up tries again.';
  if (ifFailed === undefined) return 'No channel was moved.';
  if (report.status !== 'invalid') return ifFailed;
  // Some refusals already say so.
  return report.error?.message.startsWith('Nothing was changed') ? '' : 'Nothing was changed.';
}

function resultLines(report: ChannelReport): string[] {
  if (isAnswer(report)) return answerLines(report);
  if (report.addition !== undefined) return additionLines(report);
  return report.move === undefined ? historyLines(report) : moveLines(report);
}
