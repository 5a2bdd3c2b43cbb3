import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { KafkaSinkConfig } from '../src/config.ts'
import { KafkaPayload } from '../src/payload.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
/** First column of the table below a heading. */
const tableKeys = (heading: string): string[] => {
  const section = readme.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...section.matchAll(/^\| `([a-z_A-Z]+)`/gm)].map((match) => match[1] ?? '')
}

it.each([
  ['Options', KafkaSinkConfig],
  ['Payload', KafkaPayload],
])('%s of the README are those of the schema', (heading, schema) => {
  expect(tableKeys(heading)).toEqual(Object.keys(schema.properties))
})

it('names the default of every option', () => {
  for (const [key, schema] of Object.entries(KafkaSinkConfig.properties)) {
    if (!('default' in schema)) continue
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${key}\``)) ?? ''
    expect(row.split('|')[2]?.trim(), key).toBe(`\`${JSON.stringify(schema.default).replaceAll('"', "'")}\``)
  }
})
