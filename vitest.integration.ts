import { defineConfig } from 'vitest/config'

/**
 * The packages' `*.integration.test.ts` in one run, one file at a time: they share the broker named by DRAKKAR_TEST_KAFKA.
 * Run with `--mode integration`, which the packages' own configurations read. Suites that stop and kill their own broker
 * are in integration/ and have their own configuration.
 */
export default defineConfig({
  test: { projects: ['packages/*/vitest.config.ts'], fileParallelism: false },
})
