import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import NearestFirst from './tests/nearest-first.ts';

/** These tests replace what belongs to the whole process (modules, `process.env`, the console), so each file has its own process. */
const OWN_PROCESS = [
  ...['tests/artefact/**/*.test.ts', 'tests/lambda/**/*.test.ts', 'tests/packaging/**/*.test.ts'],
  'embedded-aws/tests/core/clock-real-work.test.ts',
];

const DEPLOYED = ['tests/artefact/artefact.test.ts', 'tests/artefact/denials.test.ts'];

export default defineConfig({
  test: {
    // A world is one process-wide clock: a process runs its files one after the other, and inside a file tests take turns.
    pool: 'forks',
    // The worlds of a test live longer than V8's default of 16 MiB for new objects, so V8 copied them again and again.
    execArgv: ['--max-semi-space-size=64'],
    // Vitest would leave a core unused.
    maxWorkers: availableParallelism(),
    // Many tests run whole processes (the command, the packaging), which take ten times as long on a machine whose cores are busy.
    // No test asserts on real time, so the limit is only there to end a test that hangs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    sequence: { sequencer: NearestFirst },
    projects: [
      {
        extends: true,
        // A process loads each module once for all of its files: docs/decisions/0017-test-suite.md.
        test: {
          name: 'shared',
          include: ['tests/**/*.test.ts', 'embedded-aws/tests/**/*.test.ts'],
          exclude: OWN_PROCESS,
          isolate: false,
        },
      },
      { extends: true, test: { name: 'own-process', include: OWN_PROCESS, exclude: DEPLOYED } },
      // These tests deploy the packaged project, which is packaged once for all of them.
      {
        extends: true,
        test: { name: 'deployed', include: DEPLOYED, globalSetup: 'tests/artefact/own-project.ts' },
      },
    ],
  },
});
