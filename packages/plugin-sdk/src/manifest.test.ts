import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manifestSchema, parseManifest } from './manifest.ts'
import { compileSchema } from './validate.ts'

const withSinks = (sinks: unknown) => ({ name: 'p', drakkar: { sinks } })

it('reads types with their module and export', () => {
  expect(parseManifest(withSinks({ kafka: './dist/index.js', file_line: './dist/index.js#fileLineSink' }))).toEqual({
    sinks: [
      { type: 'kafka', module: './dist/index.js', exportName: 'default' },
      { type: 'file_line', module: './dist/index.js', exportName: 'fileLineSink' },
    ],
    problems: [],
  })
})

it.each([[{}], [{ drakkar: {} }], [null], ['text']])('finds nothing, and nothing wrong, in %j', (packageJson) => {
  expect(parseManifest(packageJson)).toEqual({ sinks: [], problems: [] })
})

describe('names what cannot be used and keeps the rest', () => {
  it.each([
    ['drakkar', { drakkar: [] }],
    ['drakkar.sinks', withSinks('./index.js')],
    ['drakkar.sinks.Kafka', withSinks({ Kafka: './a.js' })],
    ['drakkar.sinks.a', withSinks({ a: 1 })],
    ['drakkar.sinks.a', withSinks({ a: 'dist/index.js' })],
    ['drakkar.sinks.a', withSinks({ a: './../other/index.js' })],
    ['drakkar.sinks.a', withSinks({ a: './index.js#' })],
    ['drakkar.sinks.a', withSinks({ a: './index.js#a#b' })],
  ])('%s', (path, packageJson) => {
    expect(parseManifest(packageJson)).toMatchObject({ sinks: [], problems: [{ path }] })
  })

  it('beside a good entry', () => {
    expect(parseManifest(withSinks({ good: './a.js', bad: 1 }))).toMatchObject({
      sinks: [{ type: 'good' }],
      problems: [{ path: 'drakkar.sinks.bad' }],
    })
  })
})

it('never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      parseManifest(value)
      parseManifest({ drakkar: value })
      parseManifest(withSinks(value))
    }),
  )
})

it('has a schema that accepts what the parser accepts', () => {
  const schema = compileSchema(manifestSchema)
  expect(schema.check({ sinks: { kafka: './dist/index.js#Name' } })).toBe(true)
  expect(schema.check({ sinks: { kafka: 'dist/index.js' } })).toBe(false)
})
