/** The names of every export path. A change here is a change of the public API. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import * as core from '../src/index.ts'
import * as testing from '../src/testing/index.ts'

it('has these export paths', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { exports: Record<string, unknown> }
  expect(Object.keys(manifest.exports)).toEqual(['.', './testing', './package.json'])
})

it.each([
  ['.', core, '../src/index.ts'],
  ['./testing', testing, '../src/testing/index.ts'],
])('%s exports these values and types', async (_path, module, file) => {
  const source = await readFile(new URL(file, import.meta.url), 'utf8')
  const types = [...source.matchAll(/export type \{([^}]*)\}/g)].flatMap(([, names]) => (names ?? '').split(','))
  const typeNames = types.map((name) => name.trim()).filter((name) => name !== '')
  expect(new Set(typeNames).size).toBe(typeNames.length)
  expect({ values: Object.keys(module).toSorted(), types: typeNames.toSorted() }).toMatchSnapshot()
})
