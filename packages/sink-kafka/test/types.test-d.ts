/** Checked by `tsc`: what a handler may return for this sink. */
import type { CollectResult } from '@drakkar/plugin-sdk'
import type { KafkaPayload } from '../src/index.ts'

export const accepted: CollectResult = {
  kafka: [
    { data: { n: 1 } },
    { key: 'text', data: null, payloadId: 'once' },
    { key: new Uint8Array([255]), data: 1, headers: { a: 'x', b: [new Uint8Array(), 'y'] }, partition: 0, timestamp: 0, topic: 'other' },
  ],
}

// @ts-expect-error -- a number is no key
export const numberAsKey: KafkaPayload = { key: 1, data: 1 }

// @ts-expect-error -- data is required
export const withoutData: KafkaPayload = { key: 'a' }

// @ts-expect-error -- a field no payload has
export const unknownField: CollectResult = { kafka: [{ data: 1, offset: 5 }] }
