import { defineConfig } from 'vitest/config';

const shared = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  pool: 'forks',
} as const;

/** The tiers run two files at a time; then the running system has the machine to itself. */
export default defineConfig({
  test: {
    globalSetup: ['test/support/assembly.ts', 'test/support/prices.ts'],
    silent: 'passed-only',
    projects: [
      {
        test: {
          ...shared,
          name: 'tiers',
          include: ['test/**/*.test.ts'],
          exclude: ['test/system/**'],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'system',
          include: ['test/system/**/*.test.ts'],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
