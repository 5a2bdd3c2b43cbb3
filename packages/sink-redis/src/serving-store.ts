/** Answers of SERVE in Redis, over the connection of the sink (spec NMF-15, NMF-16). Other workers see them. */
import { SinkError, type CallOptions, type ServingStore } from '@drakkar/plugin-sdk'
import { classifyRedisError } from './classify-error.ts'
import type { RedisClient } from './client.ts'
import { assertFits } from './request.ts'
import { untilAborted } from './until-aborted.ts'

export interface RedisServingStoreOptions {
  readonly keyPrefix: string
  readonly maxValueBytes: number
  /** Throws `DRK_SINK_NOT_CONNECTED` while there is no connection. */
  readonly client: () => RedisClient
}

/** Behind the prefix of the sink, so that no key of a payload is met by accident. */
const namespace = 'drakkar:serving:'

export function createRedisServingStore({ keyPrefix, maxValueBytes, client }: RedisServingStoreOptions): ServingStore {
  const keyOf = (id: string): string => `${keyPrefix}${namespace}${id}`
  return {
    async put(id, body, { signal, ttlSeconds }) {
      const ttlMs = Math.ceil(ttlSeconds * 1000)
      if (!(ttlMs > 0)) throw new SinkError({ kind: 'permanent', message: 'The time to live of an answer must be above 0' })
      assertFits(body.byteLength, maxValueBytes)
      await limited(() => client().setBytes({ key: keyOf(id), body, ttlMs }), signal)
    },
    async get(id, { signal }) {
      return limited(() => client().getBytes(keyOf(id)), signal)
    },
  }
}

/** Nothing is sent for a call that is aborted already. */
async function limited<T>(send: () => Promise<T>, signal: CallOptions['signal']): Promise<T> {
  try {
    if (signal.aborted) throw new SinkError({ kind: 'transient', message: 'The call was aborted', cause: signal.reason })
    return await untilAborted(send(), signal)
  } catch (error) {
    throw classifyRedisError(error)
  }
}
