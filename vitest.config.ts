import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'embedded-aws/tests/**/*.test.ts'],
    // A world is one process-wide clock: each file has its own process, and inside a file tests take turns.
    pool: 'forks',
    // Vitest leaves a core unused, and many tests wait for processes of their own.
    maxWorkers: availableParallelism() + 1,
    // Many tests run whole processes (the command, the packaging), which take ten times as long on a machine whose cores are busy.
    // No test asserts on real time, so the limit is only there to end a test that hangs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
