import { isSinkDefinition } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import * as surface from '../src/index.ts'

it('exports these names and no others', () => {
  expect(Object.keys(surface).toSorted()).toEqual(['default', 'postgresSink'])
})

it('declares what it exports', () => {
  expect(manifest.drakkar.sinks).toEqual({ postgres: './dist/index.js' })
  expect(isSinkDefinition(surface.default) && surface.default.type).toBe('postgres')
  expect(surface.postgresSink).toMatchObject({ payloadKey: 'postgres', short: 'pg', capabilities: { batching: true, ordered: true } })
})
