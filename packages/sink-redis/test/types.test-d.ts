/** Checked by `tsc`: what a handler may return for this sink, and what it reaches. */
import type { CollectResult, SinkHandleMap } from '@drakkar/plugin-sdk'
import type { RedisPayload } from '../src/index.ts'

export const accepted: CollectResult = {
  redis: [
    { key: 'a', data: { n: 1 } },
    { key: 'b', data: null, ttl: 60, payloadId: 'once' },
    { key: 'c', data: 1, ttl: null, sink: 'main' },
  ],
}

export const readBack = (redis: SinkHandleMap['redis']): Promise<string | null> => redis.get('a')

// @ts-expect-error -- a key is text
export const numberAsKey: RedisPayload = { key: 1, data: 1 }

// @ts-expect-error -- data is required
export const withoutData: RedisPayload = { key: 'a' }

// @ts-expect-error -- a field no payload has
export const unknownField: CollectResult = { redis: [{ key: 'a', data: 1, expire: 5 }] }
