import { defineConfig } from 'vitest/config'

const conditions = ['@drakkar/source', 'node']

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: ['print-figures.ts'],
    name: 'rebalance',
    include: ['*.suite.ts'],
    server: { deps: { inline: [/^@drakkar\//] } },
    fileParallelism: false,
    hookTimeout: 180_000,
    teardownTimeout: 30_000,
  },
})
