import { defineConfig } from 'vitest/config'

const conditions = ['@drakkar/source', 'node']

/** Real services: one file at a time, because each may start a broker of its own on a small machine. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ['../scripts/compile-faults.mjs', 'support/faults/print-figures.ts'],
    name: 'integration',
    include: [
      'scenarios/**/*.integration.test.ts',
      'faults/test/*.integration.test.ts',
      'services/**/*.test.ts',
      'rebalance/judge/*.test.ts',
    ],
    server: { deps: { inline: [/^@drakkar\//] } },
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
  },
})
