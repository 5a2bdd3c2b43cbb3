import { readFile } from 'node:fs/promises'
import { Default } from 'typebox/value'
import { expect, it } from 'vitest'
import { NullConfig, PrintConfig } from '../src/config.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

it('lists the options of the schemas with their defaults', () => {
  const section = readme.split('## Options\n')[1]?.split('\n## ')[0] ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` \| `'(.*?)'` \|/gm)].map(([, key, value]) => [key, value])
  expect(rows).toEqual(Object.entries(Default(PrintConfig, {}) as PrintConfig))
  expect(Object.keys(NullConfig.properties)).toEqual([])
})
