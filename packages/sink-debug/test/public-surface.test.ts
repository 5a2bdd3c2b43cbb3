import { isSinkDefinition } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import * as surface from '../src/index.ts'

it('exports these names and no others', () => {
  expect(Object.keys(surface).toSorted()).toEqual(['blackholeSink', 'logSink', 'nullSink', 'pprintSink', 'printSink'])
})

it('declares what it exports, each type once', () => {
  const exported = new Map(Object.entries(surface))
  for (const [type, location] of Object.entries(manifest.drakkar.sinks)) {
    const definition = exported.get(location.split('#')[1] ?? '')
    expect(isSinkDefinition(definition) && definition.type, location).toBe(type)
    expect(isSinkDefinition(definition) && definition.payloadKey, location).toBe(type)
  }
  expect(Object.keys(manifest.drakkar.sinks)).toHaveLength(exported.size)
})
