/** Checked by `tsc`: what a handler may return for this sink, and what it gets of it. */
import type { CollectResult, SinkHandleMap } from '@drakkar/plugin-sdk'
import type { Pool } from 'pg'
import type { PostgresPayload } from '../src/index.ts'

interface Order {
  readonly id: number
  readonly lines: readonly string[]
}
declare const order: Order

export const accepted: CollectResult = {
  postgres: [
    { table: 'orders', data: order, payloadId: 'once' },
    { table: 'app.events', data: { at: new Date(), amount: 10n, bytes: new Uint8Array(), tags: ['a'], none: null } },
    { table: 'defaults', data: {} },
  ],
}

export const poolOf = (handle: SinkHandleMap['postgres']): Pool => handle.pool

// @ts-expect-error -- table is required
export const withoutTable: PostgresPayload = { data: {} }

// @ts-expect-error -- data is an object
export const textAsData: PostgresPayload = { table: 't', data: 'text' }

// @ts-expect-error -- a field no payload has
export const unknownField: CollectResult = { postgres: [{ table: 't', data: {}, key: 'a' }] }
