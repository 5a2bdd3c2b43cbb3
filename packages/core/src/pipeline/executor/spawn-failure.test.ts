import { expect, it } from 'vitest'
import { classifySpawnFailure } from './spawn-failure.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(`spawn x ${code}`), { code })
}

it.each([
  ['EAGAIN', 'pressure'],
  ['EMFILE', 'pressure'],
  ['ENFILE', 'pressure'],
  ['ENOMEM', 'pressure'],
  ['E2BIG', 'poison'],
  ['ERR_INVALID_ARG_VALUE', 'poison'],
  ['ERR_INVALID_ARG_TYPE', 'poison'],
  ['ENOENT', 'spawn'],
  ['EACCES', 'spawn'],
  ['ENOEXEC', 'spawn'],
  ['ENOTDIR', 'spawn'],
] as const)('%s is %s', (code, kind) => {
  expect(classifySpawnFailure(systemError(code))).toEqual({ kind, code, message: `spawn x ${code}` })
})

it.each([
  ['ENOENT', 'pressure'],
  ['ENOTDIR', 'pressure'],
  ['EACCES', 'pressure'],
  ['ELOOP', 'pressure'],
  ['ENOEXEC', 'pressure'],
  ['ETXTBSY', 'pressure'],
  ['EAGAIN', 'pressure'],
  ['E2BIG', 'poison'],
  ['EIO', 'spawn'],
] as const)('%s of the configured program is %s', (code, kind) => {
  expect(classifySpawnFailure(systemError(code), { isConfigured: true })).toMatchObject({ kind })
})

it('takes anything that was thrown', () => {
  expect(classifySpawnFailure('odd')).toEqual({ kind: 'spawn', code: 'unknown', message: 'odd' })
  expect(classifySpawnFailure(new RangeError('far'))).toEqual({ kind: 'spawn', code: 'RangeError', message: 'far' })
})
