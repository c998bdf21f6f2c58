import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts', 'embedded-aws/tests/**/*.test.ts'],
    // A world is one process-wide clock: each file has its own process, and inside a file tests take turns.
    pool: 'forks',
    testTimeout: 30_000,
  },
});
