import { defineConfig } from 'vitest/config';

/** Suites by folder: what needs a whole stack of its own or kills things runs apart from the rest. */
const APART = ['e2e', 'crash'];
const apart = APART.map((name) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: 300_000, fileParallelism: false },
}));

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: real engines and the tests that use them must not starve each other.
    maxWorkers: 2,
    projects: [{ extends: true, test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: APART.map((name) => `test/${name}/**`) } }, ...apart],
  },
});
