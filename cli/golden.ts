#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// What becomes of the sources on their way from TypeScript is kept, since that takes a third of the time of a short command.
enableCompileCache(join(import.meta.dirname, '..', 'node_modules', '.cache', 'golden'));

const [command, ...rest] = process.argv.slice(2);

const HELP = `golden: golden images on AWS, and on an AWS inside this process

  golden bake [recipe]        bake an image on the embedded AWS (golden bake --help)
  golden bake <recipe> --aws  start a build of the deployed pipeline, and watch it
  golden watch <execution>    watch a build of the deployed pipeline (golden watch --help)
  golden stop <execution>     stop one (golden stop --help)
  golden aws                  serve the embedded AWS to any AWS client (golden aws --help)
`;

// Whoever reads the output may stop reading, as `head` does; then there is nobody left to write for. A server has others to serve.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  if (command !== 'aws') process.exit();
});

// npm runs scripts in the project's root; paths are meant from where the user stands.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

// Each command brings along what it needs, and no more: a bake need not know how to speak HTTP.
if (command === 'bake') {
  process.exitCode = await (await import('./bake/bake.ts')).bakeCommand(rest);
} else if (command === 'aws') {
  process.exitCode = await (await import('./serve/serve.ts')).awsCommand(rest);
} else if (command === 'watch') {
  process.exitCode = await (await import('./watch/watch.ts')).watchCommand(rest);
} else if (command === 'stop') {
  process.exitCode = await (await import('./stop/stop.ts')).stopCommand(rest);
} else if (command === undefined || command === '--help' || command === 'help') {
  process.stdout.write(HELP);
} else {
  process.stderr.write(`There is no command ${JSON.stringify(command)}; there are: bake, watch, stop, aws\n`);
  process.exitCode = 2;
}
