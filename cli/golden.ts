#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { nearest } from '../shared/recipe/nearest.ts';

const ROOT = join(import.meta.dirname, '..');

// Compiling the TypeScript takes a third of the time of a short command, so the result is kept.
enableCompileCache(join(ROOT, 'node_modules', '.cache', 'golden'));

const HELP = `golden: golden images on AWS, and on an AWS inside this process

  golden bake [recipe]        bake an image on the embedded AWS (golden bake --help)
  golden bake <recipe> --aws  start a build of the deployed pipeline, and watch it
  golden watch <execution>    watch a build of the deployed pipeline (golden watch --help)
  golden stop <execution>     stop a build of the deployed pipeline (golden stop --help)
  golden serve                serve the embedded AWS to any AWS client (golden serve --help)
                              golden aws is its former name, and still works
  golden --version            print the version

Run it through npm, which uses the project's own Node.js: npm run bake, npm run serve, or npx --no -- golden <command>.
Without the --, npx takes --help and --version for its own options.
`;

type Command = (args: readonly string[]) => Promise<number>;

/** Each command loads what it needs, and no more: a bake does not need the HTTP server. */
const commands: Readonly<Record<string, Command>> = {
  bake: async (args) => (await import('./bake/bake.ts')).bakeCommand(args),
  watch: async (args) => (await import('./watch/watch.ts')).watchCommand(args),
  stop: async (args) => (await import('./stop/stop.ts')).stopCommand(args),
  serve: async (args) => (await import('./serve/serve.ts')).serveCommand(args),
};
/** Former names of commands. */
const aliases: Readonly<Record<string, string>> = { aws: 'serve' };

const [given = '--help', ...args] = process.argv.slice(2);
const name = aliases[given] ?? given;

// A reader may close the output early, as `head` does. Then the command has nobody to write for, but a server goes on for its clients.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (name !== 'serve') process.exit();
});

// npm runs scripts in the project's root; paths are relative to where the user is.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (command !== undefined) {
  process.exitCode = await command(args);
} else if (['--help', '-h', 'help'].includes(name)) {
  process.stdout.write(HELP);
} else if (['--version', '-v', 'version'].includes(name)) {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  process.stdout.write(`golden ${version}\n`);
} else {
  const names = Object.keys(commands);
  const meant = nearest(name, names);
  const fix = meant === undefined ? 'see golden --help' : `did you mean ${meant}?`;
  process.stderr.write(
    `There is no command ${JSON.stringify(name)}; there are: ${names.join(', ')}; ${fix}\n`,
  );
  process.exitCode = 2;
}
