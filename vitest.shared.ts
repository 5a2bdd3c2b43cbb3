import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const conditions = ['@drakkar/source', 'node']
const excluded = ['**/node_modules/**', '**/dist/**']

/** What every project of the workspace has in common: `src` of the other packages is read through `@drakkar/source`. */
function sharedProject(root: string, include: string[], exclude: string[] = []) {
  return {
    root,
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: {
      name: basename(root),
      include,
      exclude: [...exclude, ...excluded],
      server: { deps: { inline: [/^@drakkar\//] } },
    },
  }
}

/**
 * The hermetic tests of one package. DRAKKAR_TEST_REPORT=1 leaves a JSON report in `.reports`, which the root scripts sum
 * up.
 */
export function packageTests(configUrl: string, include: string[] = ['src/**/*.test.ts', 'test/**/*.test.ts']) {
  const project = sharedProject(fileURLToPath(new URL('.', configUrl)), include, ['**/*.integration.test.ts'])
  const report: [string, { outputFile: string }] = ['json', { outputFile: '.reports/unit.json' }]
  return defineConfig({
    ...project,
    test: {
      ...project.test,
      testTimeout: 20_000,
      hookTimeout: 20_000,
      ...(process.env['DRAKKAR_TEST_REPORT'] === '1' && { reporters: ['default', report] }),
    },
  })
}

/** The tests of one package that need a real service. */
export function packageIntegrationTests(root: string) {
  const project = sharedProject(root, ['src/**/*.integration.test.ts', 'test/**/*.integration.test.ts'])
  return { ...project, test: { ...project.test, testTimeout: 120_000, hookTimeout: 120_000 } }
}
