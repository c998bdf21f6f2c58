#!/usr/bin/env node
// This file is plain JavaScript, so that an older Node.js can run it and explain in one line that it cannot run TypeScript.

if (process.features.typescript) {
  await import('./main.ts');
} else {
  const [command = ''] = process.argv.slice(2);
  const script = ['bake', 'serve'].includes(command) ? `npm run ${command}` : `npx --no -- golden ${command}`;
  process.stderr.write(
    `golden needs Node.js 22.18 or newer to run TypeScript; this is Node.js ${process.version}. ` +
      `Run it through npm, which uses the project's own Node.js: ${script.trimEnd()}\n`,
  );
  process.exitCode = 2;
}
