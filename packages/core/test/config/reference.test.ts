import { describe, expect, test } from 'vitest'
import { configReference } from '../../src/config/reference.ts'
import { drakkarConfigSchema } from '../../src/config/schema.ts'
import { sinkInstanceSchema } from '../../src/config/schema/sink-instance.ts'
import { alternativesOf, viewOf, type SchemaView } from '../../src/config/schema-view.ts'
import { loadText } from './load-text.ts'

/** Every property of the schema, at any depth. */
function properties(schema: SchemaView, path: string): readonly (readonly [path: string, schema: SchemaView])[] {
  const members = alternativesOf(schema).flatMap((branch) => [
    ...Object.entries(branch.properties ?? {}),
    ...(branch.items ? [['[]', branch.items] as const] : []),
  ])
  return members.flatMap(([key, member]) => {
    const full = path === '' ? key : `${path}.${key}`
    return [[full, member] as const, ...properties(member, full)]
  })
}

const all = [...properties(viewOf(drakkarConfigSchema), ''), ...properties(viewOf(sinkInstanceSchema), 'sinks.<type>.<instance>')]
const described = all.filter(([path]) => !path.endsWith('[]'))

describe('the schema', () => {
  test('describes every property in a sentence', () => {
    expect(described.length).toBeGreaterThan(140)
    expect(described.filter(([, { description = '' }]) => !/^[A-Z`].{9,}[.)]$/s.test(description)).map(([path]) => path)).toEqual([])
  })

  test('names every key as a wire name', () => {
    const odd = described.map(([path]) => path.split('.').at(-1) ?? '').filter((key) => key !== '[]' && !/^[a-z][a-z0-9_]*$/.test(key))
    expect(odd).toEqual([])
  })

  test('has a default wherever the loaded configuration has a value', () => {
    const { config } = loadText('')
    const without = described
      .filter(([path, schema]) => !path.startsWith('sinks.<') && !path.includes('[]') && !('default' in schema))
      .filter(([path]) => path.split('.').reduce<unknown>((node, key) => Reflect.get(Object(node), key), config) !== undefined)
    expect(without.map(([path]) => path)).toEqual([])
  })
})

describe('docs/reference/config.md', () => {
  test('is what the schema says', async () => {
    await expect(configReference()).toMatchFileSnapshot('../../../../docs/reference/config.md')
  })

  test('has a row for every key', () => {
    const page = configReference()
    const keys = described.map(([path]) => path.split('.').at(-1) ?? '')
    expect(keys.filter((key) => !page.includes(`${key}\``) && !page.includes(`${key}.`) && !page.includes(`## ${key}`))).toEqual([])
  })
})
