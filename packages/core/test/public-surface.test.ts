/** The names of every export path. A change here is a change of the public API. */
import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import * as core from '../src/index.ts'

it('has these export paths', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { exports: Record<string, unknown> }
  expect(Object.keys(manifest.exports)).toEqual(['.', './package.json'])
})

it('exports these values and types', async () => {
  const source = await readFile(new URL('../src/index.ts', import.meta.url), 'utf8')
  const types = [...source.matchAll(/export type \{([^}]*)\}/g)].flatMap(([, names]) => (names ?? '').split(','))
  const typeNames = types.map((name) => name.trim()).filter((name) => name !== '')
  expect(new Set(typeNames).size).toBe(typeNames.length)
  expect({ values: Object.keys(core).toSorted(), types: typeNames.toSorted() }).toMatchSnapshot()
})
