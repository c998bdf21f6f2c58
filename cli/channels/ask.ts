import { describeProblem, type Problem } from '../../shared/recipe/problem.ts';
import type { BuildPlace } from '../screen/report.ts';
import { type ChannelReport, exitCodeOfChannels, refusedRequest } from './answer.ts';
import type { ChannelOptions } from './options.ts';
import { additionLines, historyLines, moveLines } from './tables.ts';

/** A command that reads or moves channels, or adds something to a release. */
export interface ChannelCommand {
  readonly help: string;
  /** The first words of the heading: `Promoting`. */
  readonly verb: string;
  /** What a failure means. */
  readonly ifFailed?: string;
  read(args: readonly string[]): { options: ChannelOptions; problems: Problem[] };
}

/** Runs a command in the world that the user named. Returns the exit code. */
export async function askChannels(command: ChannelCommand, args: readonly string[]): Promise<number> {
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
  // Each module is loaded only when it is needed: one loads the whole emulator, the other one the AWS clients.
  const report =
    on === 'aws'
      ? await (await import('./deployed.ts')).askDeployed(options, open)
      : await (await import('./embedded.ts')).askEmbedded(options, open);
  return print(command, report, json);
}

function print({ ifFailed }: ChannelCommand, report: ChannelReport, json: boolean): number {
  const { problems = [], error, status, executionArn } = report;
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (problems.length > 0) {
    process.stderr.write(`${problems.map(describeProblem).join('\n\n')}\n\nNothing was changed.\n`);
  } else if (error !== undefined) {
    const effect =
      status === 'running'
        ? `Check with golden history, or watch ${executionArn}.`
        : noEffect(report, ifFailed);
    process.stderr.write(`✘ ${error.message}\n${effect}\n`);
  } else {
    const lines = status === 'running' ? [`The execution continues: ${executionArn}`] : linesOf(report);
    process.stdout.write(lines.map((line) => `${line}\n`).join(''));
  }
  return exitCodeOfChannels(report);
}

const noEffect = ({ status }: ChannelReport, ifFailed: string | undefined): string => {
  if (ifFailed === undefined) return 'No channel was moved.';
  return status === 'invalid' ? 'Nothing was changed.' : ifFailed;
};

function linesOf(report: ChannelReport): string[] {
  if (report.addition !== undefined) return additionLines(report);
  return report.move === undefined ? historyLines(report) : moveLines(report);
}
