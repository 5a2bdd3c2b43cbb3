import { defineConfig } from 'vitest/config'

/**
 * All suites that need a real service in one run, one file at a time: they share a broker and measure real failures.
 * Run with `--mode integration`, which the packages' own configurations read.
 */
export default defineConfig({
  test: {
    projects: ['packages/*/vitest.config.ts', 'integration/vitest.config.ts'],
    globalSetup: ['integration/services/global-setup.ts'],
    fileParallelism: false,
    reporters: ['default', ['json', { outputFile: '.reports/integration.json' }]],
  },
})
