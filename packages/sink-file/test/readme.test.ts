import { readFile } from 'node:fs/promises'
import type { TObject } from 'typebox'
import { expect, it } from 'vitest'
import { FileLineConfig, FilesystemConfig } from '../src/config.ts'
import { FilePayload } from '../src/payload.ts'

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')

/** Key and default of each row below a heading. */
function rows(heading: string): string[][] {
  const section = readme.split(`# ${heading}\n`)[1]?.split('\n#')[0] ?? ''
  return [...section.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, key = '', second = '']) => [key, second])
}

const expected = (schema: TObject): string[][] =>
  Object.entries(schema.properties).map(([key, property]) => {
    const value: unknown = Reflect.get(property, 'default')
    return [key, value === undefined ? 'required' : `\`${typeof value === 'string' ? `'${value}'` : JSON.stringify(value)}\``]
  })

it('lists the options of the schemas with their defaults', () => {
  expect(rows('filesystem')).toEqual(expected(FilesystemConfig))
  expect(rows('file_line')).toEqual(expected(FileLineConfig))
})

it('lists the fields of the payload', () => {
  expect(rows('Payload').map(([key]) => key)).toEqual(Object.keys(FilePayload.properties))
})
