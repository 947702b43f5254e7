import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real sockets, processes and databases are used: a slow machine must not look like a defect.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } },
    // Two cores: one file at a time for the processes that tests start, one for the tests themselves.
    maxWorkers: 2,
    pool: 'forks',
    reporters: process.env.CI ? ['default', './scripts/count-reporter.ts'] : ['default'],
  },
});
