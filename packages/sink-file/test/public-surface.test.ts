import { isSinkDefinition } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import manifest from '../package.json' with { type: 'json' }
import * as surface from '../src/index.ts'

it('exports these names and no others', () => {
  expect(Object.keys(surface).toSorted()).toEqual(['default', 'fileLineSink', 'filesystemSink'])
})

it('declares what it exports', () => {
  expect(manifest.drakkar.sinks).toEqual({ filesystem: './dist/index.js', file_line: './dist/index.js#fileLineSink' })
  expect(isSinkDefinition(surface.default) && surface.default.type).toBe('filesystem')
  expect(isSinkDefinition(surface.fileLineSink) && surface.fileLineSink.type).toBe('file_line')
})

it('keeps the list name and the short name of the origin (COL-1)', () => {
  expect(surface.filesystemSink).toMatchObject({ payloadKey: 'files', short: 'fs', idempotent: false })
})
