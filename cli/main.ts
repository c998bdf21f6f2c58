import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { nearest } from '../shared/recipe/nearest.ts';

const ROOT = join(import.meta.dirname, '..');

// Compiling the TypeScript takes a third of the time of a short command, so the result is cached.
enableCompileCache(join(ROOT, 'node_modules', '.cache', 'golden'));

const HELP = `Usage: golden <command> [options]

Build golden images on AWS, or on an embedded AWS inside this process.

Commands:
  golden bake [recipe]        build an image on the embedded AWS
  golden bake <recipe> --aws  start a build of the deployed pipeline and show its progress
  golden watch <execution>    show the progress of a build of the deployed pipeline
  golden stop <execution>     stop a build of the deployed pipeline
  golden approve <recipe>     release the image of a build that waits for approval
  golden reject <recipe>      refuse the image of a build that waits for approval
  golden promote <recipe>     make a channel name a release
  golden rollback <recipe>    make a channel name the last good release before the present one
  golden copy <recipe>        copy a release to a further region
  golden share <recipe>       share a release with a further account
  golden history <recipe>     show the channels and releases of a recipe
  golden serve                serve the embedded AWS to any AWS client (former name: golden aws)

Options:
  --help                      print this help; golden <command> --help prints the options of a command
  --version                   print the version

Run golden through npm, which uses the project's own Node.js:
  npm run bake -- debian12 --speed max
  npm run serve
  npx --no -- golden <command>     without the --, npx reads --help and --version as its own options
`;

type Command = (args: readonly string[]) => Promise<number>;

/** Each command loads only the modules that it needs: a bake does not need the HTTP server. */
const commands: Readonly<Record<string, Command>> = {
  bake: async (args) => (await import('./bake/bake.ts')).bakeCommand(args),
  watch: async (args) => (await import('./watch/watch.ts')).watchCommand(args),
  stop: async (args) => (await import('./stop/stop.ts')).stopCommand(args),
  approve: async (args) => (await import('./approve/approve.ts')).approveCommand(args),
  reject: async (args) => (await import('./reject/reject.ts')).rejectCommand(args),
  promote: async (args) => (await import('./promote/promote.ts')).promoteCommand(args),
  rollback: async (args) => (await import('./rollback/rollback.ts')).rollbackCommand(args),
  copy: async (args) => (await import('./copy/copy.ts')).copyCommand(args),
  share: async (args) => (await import('./share/share.ts')).shareCommand(args),
  history: async (args) => (await import('./history/history.ts')).historyCommand(args),
  serve: async (args) => (await import('./serve/serve.ts')).serveCommand(args),
};
/** Former names of commands. */
const aliases: Readonly<Record<string, string>> = { aws: 'serve' };

const [given = '--help', ...args] = process.argv.slice(2);
const name = aliases[given] ?? given;

/** The code if the reader closes the output while the command runs, as after an interrupt. */
const UNFINISHED = 130;
let exitCode = Object.hasOwn(commands, name) ? UNFINISHED : 0;

// A reader may close the output early, as `head` does. Then the command ends; a server continues for its clients. The command may have
// finished already, and then it returns its own code before the next turn of the event loop.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (name !== 'serve') setImmediate(() => process.exit(exitCode));
});

// npm runs scripts in the project's root. Paths in arguments are relative to the user's folder.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command !== undefined) {
  exitCode = await command(args);
  process.exitCode = exitCode;
} else if (['--help', '-h', 'help'].includes(name)) {
  process.stdout.write(HELP);
} else if (['--version', '-v', 'version'].includes(name)) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  process.stdout.write(`golden ${version}\n`);
} else {
  const names = Object.keys(commands);
  const meant = nearest(name, names);
  const fix = meant === undefined ? 'See golden --help.' : `Did you mean ${meant}?`;
  process.stderr.write(
    `Unknown command ${JSON.stringify(name)}. The commands are ${names.join(', ')}. ${fix}\n`,
  );
  process.exitCode = 2;
}
