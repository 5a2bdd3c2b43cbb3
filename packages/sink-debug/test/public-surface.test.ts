import { isSinkDefinition } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import * as surface from '../src/index.ts'

it('exports these names and no others', () => {
  expect(Object.keys(surface).toSorted()).toEqual(['blackholeSink', 'logSink', 'nullSink', 'pprintSink', 'printSink'])
})

it('declares what it exports, each type once', () => {
  const exported = new Map(Object.entries(surface))
  const declared = Object.entries(manifest.drakkar.sinks).map(([type, location]) => {
    const definition = exported.get(location.split('#')[1] ?? '')
    return isSinkDefinition(definition) ? [type, definition.type, definition.payloadKey] : [type, 'not exported']
  })
  expect(declared).toEqual(Object.keys(manifest.drakkar.sinks).map((type) => [type, type, type]))
  expect(Object.keys(manifest.drakkar.sinks)).toHaveLength(exported.size)
})
