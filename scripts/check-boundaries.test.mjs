import { describe, expect, it } from 'vitest'
import { brokenRules } from './check-boundaries.mjs'

const rooms = ['config', 'payload', 'request', 'client', 'classify-error', 'sink', 'index']
const door = { '.': { '@drakkar/source': './src/index.ts' } }
const sink = (overrides = {}) => ({
  name: 'sink-x',
  manifest: { exports: door, peerDependencies: { '@drakkar/plugin-sdk': '^1.0.0' } },
  files: Object.fromEntries(rooms.map((room) => [`src/${room}.ts`, ''])),
  ...overrides,
})
const withFile = (path, text) => sink({ files: { ...sink().files, [path]: text } })

describe('the boundary check', () => {
  it('accepts a sink with all rooms that imports the SDK', () => {
    expect(brokenRules([withFile('src/sink.ts', "import { defineSink } from '@drakkar/plugin-sdk'")])).toEqual([])
  })
  it.each([
    ['static import', "import { run } from '@drakkar/core'"],
    ['import of a subpath', "import { run } from '@drakkar/core/testing'"],
    ['dynamic import', "await import('@drakkar/core')"],
    ['import for its effect', "import '@drakkar/core'"],
    ['re-export', "export { run } from '@drakkar/core'"],
  ])('refuses core in a sink: %s', (_name, text) => {
    expect(brokenRules([withFile('src/sink.ts', text)])).toEqual(['packages/sink-x/src/sink.ts: may not import @drakkar/core'])
  })
  it('refuses an import of ours in a leaf', () => {
    const leaf = { name: 'plugin-sdk', manifest: { exports: door }, files: { 'src/index.ts': "import { a } from '@drakkar/kafka-codecs'" } }
    expect(brokenRules([leaf])).toEqual(['packages/plugin-sdk/src/index.ts: may not import @drakkar/kafka-codecs'])
  })
  it('refuses a dependency that is only declared', () => {
    const manifest = { ...sink().manifest, dependencies: { '@drakkar/core': '1.0.0' } }
    expect(brokenRules([sink({ manifest })])).toEqual(['packages/sink-x/package.json: may not depend on @drakkar/core'])
  })
  it('refuses a sink without the SDK as peer', () => {
    expect(brokenRules([sink({ manifest: { exports: door } })])).toEqual([
      'packages/sink-x/package.json: a sink holds @drakkar/plugin-sdk as peerDependency',
    ])
  })
  it('names a missing room', () => {
    const { ['src/request.ts']: _removed, ...files } = sink().files
    expect(brokenRules([sink({ files })])).toEqual(['packages/sink-x: room src/request.ts is missing'])
  })
  it('refuses export * and an index.ts that is no exports entry', () => {
    expect(brokenRules([withFile('src/index.ts', "export * from './sink.ts'")])).toHaveLength(1)
    expect(brokenRules([withFile('src/deep/index.ts', '')])).toEqual([
      'packages/sink-x/src/deep/index.ts: an index.ts that is no exports entry',
    ])
  })
  it('refuses a package that is not in the table', () => {
    expect(brokenRules([{ name: 'other', manifest: {}, files: {} }])[0]).toContain('not in the table')
  })
})
