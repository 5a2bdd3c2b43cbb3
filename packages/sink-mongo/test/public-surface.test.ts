import { isSinkDefinition } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import * as surface from '../src/index.ts'

it('exports these names and no others', () => {
  expect(Object.keys(surface).toSorted()).toEqual(['default', 'mongoSink'])
})

it('declares what it exports', () => {
  expect(manifest.drakkar.sinks).toEqual({ mongo: './dist/index.js' })
  expect(isSinkDefinition(surface.default) && surface.default.type).toBe('mongo')
})

it('keeps the list name and the short name of the origin (COL-1, CFG-55)', () => {
  expect(surface.mongoSink).toMatchObject({ payloadKey: 'mongo', short: 'mg' })
})
