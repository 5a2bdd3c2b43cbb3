import { SinkError } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { classifyFileError } from './classify-error.ts'

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
