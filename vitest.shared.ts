import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import type { ViteUserConfig } from 'vitest/config'

const conditions = ['@drakkar/source', 'node', 'import', 'default']
const unitTests = ['src/**/*.test.ts', 'test/**/*.test.ts']
const integrationTests = ['src/**/*.integration.test.ts', 'test/**/*.integration.test.ts']

/**
 * One vitest project per package: reads `src` of every workspace package through the `@drakkar/source` condition.
 * Hermetic tests by default; with `--mode integration` the ones that need a real service.
 * DRAKKAR_TEST_REPORT=1 leaves a JSON report in `.reports`, which the root scripts sum up.
 */
export function packageTests(configUrl: string, include: string[] = unitTests) {
  const root = fileURLToPath(new URL('.', configUrl))
  return defineConfig(({ mode }): ViteUserConfig => {
    const integration = mode === 'integration'
    return {
      root,
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name: basename(root),
        include: integration ? integrationTests : include,
        exclude: [...(integration ? [] : ['**/*.integration.test.ts']), '**/node_modules/**', '**/dist/**'],
        typecheck: { enabled: false },
        server: { deps: { inline: [/^@drakkar\//] } },
        testTimeout: integration ? 120_000 : 20_000,
        hookTimeout: integration ? 120_000 : 20_000,
        ...(process.env['DRAKKAR_TEST_REPORT'] === '1' && { reporters: ['default', ['json', { outputFile: '.reports/unit.json' }]] }),
      },
    }
  })
}
