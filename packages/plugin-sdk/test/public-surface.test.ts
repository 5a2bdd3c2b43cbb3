/** The names of every export path. A change here is a change of the public API. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { exports: Record<string, unknown> }

it('has these export paths', () => {
  expect(Object.keys(manifest.exports)).toEqual(['.', './testing', './conformance', './log', './log/conformance', './package.json'])
})

const modules = {
  '.': [await import('../src/index.ts'), '../src/index.ts'],
  './testing': [await import('../src/testing/index.ts'), '../src/testing/index.ts'],
  './conformance': [await import('../src/conformance/index.ts'), '../src/conformance/index.ts'],
  './log': [await import('../src/log/index.ts'), '../src/log/index.ts'],
  './log/conformance': [await import('../src/log/conformance/index.ts'), '../src/log/conformance/index.ts'],
} as const

it.each(Object.entries(modules))('%s exports these values and types', async (_path, [module, file]) => {
  const source = await readFile(new URL(file, import.meta.url), 'utf8')
  const types = [...source.matchAll(/export type \{([^}]*)\}/g)].flatMap(([, names]) => (names ?? '').split(','))
  const typeNames = types.map((name) => name.trim()).filter((name) => name !== '')
  expect({ values: Object.keys(module).toSorted(), types: typeNames.toSorted() }).toMatchSnapshot()
})
