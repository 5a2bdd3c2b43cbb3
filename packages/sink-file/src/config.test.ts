import { compileSchema } from '@drakkar/plugin-sdk'
import { createTestSink } from '@drakkar/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { FilesystemConfig } from './config.ts'
import { fileLineSink, filesystemSink } from './index.ts'

it.each([{}, { base_path: '' }, { base_path: '/x', fsync: 'sometimes' }])('refuses %j', (config) => {
  expect(compileSchema(FilesystemConfig).check({ fsync: 'never', ...config })).toBe(false)
})

it('has a barrier only with fsync: batch', () => {
  expect(createTestSink(filesystemSink, { base_path: '/x' }).flush).toBeUndefined()
  expect(createTestSink(filesystemSink, { base_path: '/x', fsync: 'always' }).flush).toBeUndefined()
  expect(createTestSink(filesystemSink, { base_path: '/x', fsync: 'batch' }).flush).toBeTypeOf('function')
  expect(createTestSink(fileLineSink, { path: '/x', fsync: 'batch' }).flush).toBeTypeOf('function')
})
