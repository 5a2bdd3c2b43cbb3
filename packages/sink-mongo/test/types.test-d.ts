/** Checked by `tsc`: what a handler may return for this sink, and what it gets as its handle. */
import type { CollectResult, SinkHandleMap } from '@drakkar/plugin-sdk'
import type { MongoPayload } from '../src/index.ts'

export const accepted: CollectResult = {
  mongo: [
    { collection: 'runs', data: { n: 1, at: new Date(0), bytes: new Uint8Array([1]), big: 1n } },
    { collection: 'runs', data: {}, payloadId: 'once' },
  ],
}

export const countRuns = (handle: SinkHandleMap['mongo']): Promise<number> => handle.db.collection('runs').countDocuments()

// @ts-expect-error -- the collection is required
export const withoutCollection: MongoPayload = { data: {} }

// @ts-expect-error -- a document is an object
export const textAsDocument: MongoPayload = { collection: 'runs', data: 'text' }

// @ts-expect-error -- a field no payload has
export const unknownField: CollectResult = { mongo: [{ collection: 'runs', data: {}, table: 'runs' }] }
