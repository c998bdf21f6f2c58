#!/usr/bin/env node
// Plain JavaScript on purpose: an older Node.js can run this file, and say in one line that it cannot run the TypeScript of the rest.

if (process.features.typescript) {
  await import('./golden.ts');
} else {
  const [command = ''] = process.argv.slice(2);
  const script = ['bake', 'serve'].includes(command) ? `npm run ${command}` : `npx --no -- golden ${command}`;
  process.stderr.write(
    `golden needs Node.js 22.18 or newer to run TypeScript; this is Node.js ${process.version}. ` +
      `Run it through npm, which uses the project's own Node.js: ${script.trimEnd()}\n`,
  );
  process.exitCode = 2;
}
