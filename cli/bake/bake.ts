import { describeProblem, type Problem } from '../../shared/recipe/problem.ts';
import { exitCodeOf, invalidReport } from '../screen/report.ts';
import { BAKE_HELP, type BakeOptions, readBakeOptions } from './options.ts';

/** Runs `golden bake`; returns the exit code. */
export async function bakeCommand(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(BAKE_HELP);
    return 0;
  }
  const { options, problems } = readBakeOptions(args);
  if (problems.length > 0) return refuse(options, problems);
  // Each module is loaded only when it is needed: one loads the whole emulator, the other one the AWS clients.
  const outcome =
    options.on === 'aws'
      ? await (await import('./deployed-bake.ts')).bakeDeployed(options)
      : await (await import('./embedded-bake.ts')).bakeEmbedded(options);
  return typeof outcome === 'number' ? outcome : refuse(options, outcome.problems);
}

function refuse(options: BakeOptions, problems: readonly Problem[]): number {
  const { json, recipe } = options;
  const isEmbedded = options.on === 'embedded';
  const place = isEmbedded
    ? { world: options.on, recipe, seed: options.seed ?? 0 }
    : { world: options.on, recipe, ...(options.region !== undefined && { region: options.region }) };
  const report = invalidReport(place, problems);
  if (json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`;
    const effect = isEmbedded ? 'nothing was launched' : 'nothing was started';
    process.stderr.write(`${problems.map(describeProblem).join('\n\n')}\n\n${count}; ${effect}.\n`);
  }
  return exitCodeOf(report);
}
