/** A drain that writes to a memory store, and the lossy sink made of it. */
import { fromDrain } from '../drain-sink/from-drain.ts'
import type { SinkDefinition } from '../define-sink.ts'
import { SinkError } from '../errors.ts'
import type { SinkDrain } from '../sink-drain.ts'
import type { CallOptions } from '../sink.ts'
import { MemoryConfig, MemoryPayload } from './memory-sink.ts'
import type { MemoryStore } from './memory-store.ts'

/** Opens a handle of the store. Entries are keyed by the payload's key; one that begins with `bad` fails its whole batch. */
export async function openMemoryDrain(store: MemoryStore, { signal }: CallOptions): Promise<SinkDrain<MemoryPayload>> {
  await store.reach(signal)
  const handle = store.open()
  const unlimited = new AbortController().signal
  return {
    async writeBatch(batch) {
      await store.reach(unlimited)
      if (batch.some(({ key }) => key.startsWith('bad'))) throw new Error('The store refuses a key of the batch')
      if (batch.some((payload) => store.failsForNow(payload))) throw new SinkError({ kind: 'transient', message: 'An entry is locked' })
      for (const payload of batch) store.put({ id: payload.key, payload }, payload.key)
    },
    async flushDurable() {
      if (store.failsFlush) throw new SinkError({ kind: 'transient', message: 'The store could not be synchronised' })
      store.sync()
    },
    async close() {
      handle.release()
    },
  }
}

/** Answers before anything is written: `lossy`. What is queued is written by `close`. */
export function lossyMemorySink(store: MemoryStore): SinkDefinition<typeof MemoryConfig, typeof MemoryPayload> {
  return fromDrain({
    type: 'lossy_memory',
    config: MemoryConfig,
    payload: MemoryPayload,
    idempotent: true,
    ack: 'queued',
    open: (_config, _context, call) => openMemoryDrain(store, call),
  })
}
