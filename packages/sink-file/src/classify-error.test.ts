import { SinkError } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { classifyAppendError, classifyFileError } from './classify-error.ts'

const withCode = (code: string) => Object.assign(new Error(`${code}: failed`), { code })

it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'ETIMEDOUT'])('%s may pass', (code) => {
  expect(classifyFileError(withCode(code)).kind).toBe('transient')
})

it.each(['EACCES', 'EROFS', 'ELOOP', 'EISDIR', 'ENAMETOOLONG', 'ENOENT'])('%s does not pass by trying again', (code) => {
  expect(classifyFileError(withCode(code)).kind).toBe('permanent')
})

it('leaves what is classified already as it is', () => {
  const error = new SinkError({ kind: 'throttled', message: 'wait' })
  expect(classifyFileError(error)).toBe(error)
})

it.each([
  ['ENOENT', 'transient'],
  ['ENOTDIR', 'transient'],
  ['EACCES', 'permanent'],
  ['ENOSPC', 'transient'],
])('%s while a checked path is written is %s', (code, kind) => {
  expect(classifyAppendError(withCode(code)).kind).toBe(kind)
})

it('keeps what is classified already, also while a path is written', () => {
  const error = new SinkError({ kind: 'permanent', message: 'a link' })
  expect(classifyAppendError(error)).toBe(error)
})
