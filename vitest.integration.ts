import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { packageIntegrationTests } from './vitest.shared.ts'

const packages = fileURLToPath(new URL('packages/', import.meta.url))

/**
 * The packages' `*.integration.test.ts` in one run, one file at a time: they share the broker named by DRAKKAR_TEST_KAFKA.
 * Suites that stop and kill a broker of their own are in integration/ and have their own configuration.
 */
export default defineConfig({
  test: {
    projects: readdirSync(packages).map((name) => packageIntegrationTests(`${packages}${name}`)),
    fileParallelism: false,
  },
})
