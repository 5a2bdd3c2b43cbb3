import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/** One vitest project per package: reads `src` of every workspace package through the `@drakkar/source` condition. */
export function packageTests(configUrl: string) {
  const root = fileURLToPath(new URL('.', configUrl))
  return defineConfig({
    root,
    resolve: { conditions: ['@drakkar/source', 'node', 'import', 'default'] },
    ssr: { resolve: { conditions: ['@drakkar/source', 'node', 'import', 'default'] } },
    test: {
      name: basename(root),
      include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
      exclude: ['**/*.integration.test.ts', '**/node_modules/**', '**/dist/**'],
      typecheck: { enabled: false },
      server: { deps: { inline: [/^@drakkar\//] } },
      testTimeout: 20_000,
      hookTimeout: 20_000,
    },
  })
}
