import { describe, expect, test } from 'vitest'
import Schema from 'typebox/schema'
import { jsonSchema } from '../../src/config/json-schema.ts'
import { parse } from 'yaml'
import { loadText, problemsOf } from './load-text.ts'
import { sectionMistakes } from './mistakes-sections.ts'
import { sinkMistakes } from './mistakes-sinks.ts'
import { quickStart } from './quick-start.ts'
import { sinkSchemas } from './sink-schemas.ts'

const schema = jsonSchema({ sinks: sinkSchemas })
const validator = Schema.Compile(schema)

describe('the JSON Schema', () => {
  test('is plain JSON of draft 2020-12', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema)
    expect(schema['$schema']).toBe('https://json-schema.org/draft/2020-12/schema')
  })

  test.each([
    ['nothing', {}],
    ['all defaults', loadText('').config],
    ['the quick start', parse(quickStart)],
    ['a loaded configuration with its sinks', loadText(quickStart).config],
    ['a plugin sink as py-drakkar spells it', { sinks: { custom: { my_custom: { a: { endpoint: 'x', more: 1 } } } } }],
    ['framework keys of an instance', { sinks: { redis: { a: { batch: { max_items: 3 }, circuit_breaker: { on_open: 'hold' } } } } }],
    ['an embedded log', { embedded: { path: 'x.db' } }],
  ])('accepts %s', (_, value) => {
    expect(validator.Errors(value)[1]).toEqual([])
    expect(validator.Check(value)).toBe(true)
  })

  /** What an editor cannot know from a schema: rules between settings. */
  const beyondSchemas = new Set([
    'dead letters in the source topic',
    'a serving store that is not there',
    'marks the wrong way round',
    'a deadline that is no shorter than its interval',
    'a spool without its directory',
    'a backoff above its maximum',
    'two sources',
    'infinity',
    'not a number',
    'a fallback policy without a fallback',
    'a fallback that does not exist',
    'a sink that is its own fallback',
    'fallbacks in a circle',
    'a fallback and a follower in a circle',
    'one sink configured twice',
  ])
  test.each([...sectionMistakes, ...sinkMistakes].filter(({ title }) => !beyondSchemas.has(title)))('refuses $title', ({ yaml }) => {
    expect(problemsOf(yaml)).not.toEqual([])
    expect(validator.Check(parse(yaml))).toBe(false)
  })

  test('has the installed types and no others', () => {
    const types = Object.keys(Object(Object(schema['properties']).sinks.properties))
    expect(types).toEqual(['circuit_breaker', 'custom', ...sinkSchemas.keys()])
    const few = jsonSchema({ sinks: new Map() })
    expect(Schema.Compile(few).Check({ sinks: { kafka: { a: { topic: 'x' } } } })).toBe(false)
  })

  test('keeps descriptions and defaults for editors', () => {
    const { brokers } = Object(Object(schema['properties']).kafka).properties
    expect(brokers).toEqual({
      type: 'string',
      minLength: 1,
      description: 'Bootstrap brokers, `host:port`, separated by commas.',
      default: 'localhost:9092',
    })
  })
})
