#!/usr/bin/env node
import { bakeCommand } from './bake.ts';

const HELP = `golden: golden images on AWS, and on an AWS inside this process

  golden bake [recipe]   bake an image on the embedded AWS (golden bake --help)
`;

// Whoever reads the output may stop reading, as `head` does; then there is nobody left to write for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

// npm runs scripts in the project's root; paths are meant from where the user stands.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD);

const [command, ...rest] = process.argv.slice(2);
if (command === 'bake') {
  process.exitCode = await bakeCommand(rest);
} else if (command === undefined || command === '--help' || command === 'help') {
  process.stdout.write(HELP);
} else {
  process.stderr.write(`There is no command ${JSON.stringify(command)}; there is: bake\n`);
  process.exitCode = 2;
}
