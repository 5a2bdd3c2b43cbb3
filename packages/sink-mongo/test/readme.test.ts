import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { MongoSinkConfig } from '../src/config.ts'
import { MongoPayload } from '../src/payload.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
/** First column of the table below a heading. */
const tableKeys = (heading: string): string[] => {
  const section = readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `([a-z_A-Z]+)`/gm)].map((match) => match[1] ?? '')
}

it.each([
  ['Options', MongoSinkConfig],
  ['Payload', MongoPayload],
])('%s of the README are those of the schema', (heading, schema) => {
  expect(tableKeys(heading)).toEqual(Object.keys(schema.properties))
})

it('names the default of every option', () => {
  const shown = [...readme.matchAll(/^\| `([a-z_]+)` \| `(.+?)` \|/gm)].map(([, key, text]) => [key, text])
  const defaults = Object.entries(MongoSinkConfig.properties).filter(([, schema]) => 'default' in schema)
  const expected = defaults.map(([key, schema]) => [key, JSON.stringify(Reflect.get(schema, 'default')).replaceAll('"', "'")])
  expect(shown).toEqual(expected)
})
