import { expect, it } from 'vitest'
import { failedWrites, type BulkFailure } from './failed-writes.ts'
import type { DocumentWrite } from './request.ts'

const writes: readonly DocumentWrite[] = [0, 1, 2].map((n) => ({ id: `w${n}`, document: { n }, filter: null }))
const duplicate = { index: 1, code: 11_000, errmsg: 'E11000 index: _id_' }

interface Parts {
  readonly refused?: readonly (typeof duplicate)[]
  readonly concern?: { code: number; errmsg: string }
  readonly code?: number
}

function bulkFailure({ refused = [], concern, code }: Parts): BulkFailure {
  return Object.assign(new Error('bulk'), {
    name: 'MongoBulkWriteError',
    writeErrors: [],
    result: { getWriteErrors: () => refused, getWriteConcernError: () => concern },
    ...(code === undefined ? {} : { code }),
  })
}

const verdicts = (parts: Parts) => {
  const failed = failedWrites(writes, bulkFailure(parts))
  return writes.map((write) => failed.get(write)?.kind ?? 'ok')
}

it('blames the documents the server names, and no others', () => {
  expect(verdicts({ refused: [duplicate] })).toEqual(['ok', 'permanent', 'ok'])
})

it('acknowledges nothing whose write concern was not met, and keeps what was refused for good (F27)', () => {
  const concern = { code: 64, errmsg: 'waiting for replication timed out' }
  expect(verdicts({ concern })).toEqual(['transient', 'transient', 'transient'])
  expect(verdicts({ refused: [duplicate], concern })).toEqual(['transient', 'permanent', 'transient'])
})

it('blames all of them for what the server says of the whole request', () => {
  expect(verdicts({ code: 13 })).toEqual(['permanent', 'permanent', 'permanent'])
})

it('tries everything again when there was no answer: the driver then tells neither class nor code', () => {
  expect(verdicts({})).toEqual(['transient', 'transient', 'transient'])
})
