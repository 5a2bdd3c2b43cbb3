/** Which writes of a request the driver's bulk error is about. Pure. */
import type { SinkError } from '@drakkar/plugin-sdk'
import { classifyMongoError, classifyWriteError } from './classify-error.ts'
import type { DocumentWrite } from './request.ts'

interface ServerRefusal {
  readonly code?: number | undefined
  readonly errmsg?: string | undefined
}

interface WriteRefusal extends ServerRefusal {
  readonly index: number
  readonly code: number
}

/** The part of the driver's `MongoBulkWriteError` that is used. */
export interface BulkFailure extends Error {
  readonly writeErrors: WriteRefusal | readonly WriteRefusal[]
  readonly result: {
    getWriteErrors(): readonly WriteRefusal[]
    getWriteConcernError(): ServerRefusal | undefined
  }
}

/**
 * Each write has its own error, or that of the whole request: no connection, no permission, or a write concern that was not
 * met, after which a document is stored but may not stay.
 */
export function failedWrites(writes: readonly DocumentWrite[], error: BulkFailure): ReadonlyMap<DocumentWrite, SinkError> {
  const refused = [error.writeErrors, error.result.getWriteErrors()].flat()
  const concern = error.result.getWriteConcernError()
  const isWhole = refused.length === 0 || concern !== undefined
  const failed = isWhole ? everyWrite(writes, concern === undefined ? error : asError(concern)) : new Map<DocumentWrite, SinkError>()
  for (const { index, code, errmsg = '' } of refused) {
    const write = writes[index]
    if (write !== undefined) failed.set(write, classifyWriteError({ code, errmsg }, write.filter !== null))
  }
  return failed
}

/** One error for all of them. */
export function everyWrite(writes: readonly DocumentWrite[], error: unknown): Map<DocumentWrite, SinkError> {
  const classified = classifyMongoError(error)
  return new Map(writes.map((write) => [write, classified]))
}

function asError({ code, errmsg = '' }: ServerRefusal): Error {
  return Object.assign(new Error(`The write concern was not met: ${errmsg}`), { name: 'MongoWriteConcernError', code })
}
