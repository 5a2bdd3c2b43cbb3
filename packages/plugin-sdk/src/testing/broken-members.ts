/** Sinks whose optional members break one rule each: ordering key, wire form, serving store, lossiness. */
import { defineSink } from '../define-sink.ts'
import { SinkError } from '../errors.ts'
import { ok } from '../response.ts'
import { type Batch, breakSink, type BrokenSink } from './break-sink.ts'
import { lossyMemorySink } from './memory-drain.ts'
import { deliverCall } from './test-context.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const brokenMembers = {
  'SINK-070': (store) => {
    let asked = 0
    return breakSink(store, (whole) => ({ orderingKey: (payload) => `${whole.orderingKey(payload)}-${(asked += 1)}` }))
  },
  'SINK-071': (store) =>
    breakSink(store, (whole) => ({
      encode(payload) {
        const form = whole.encode(payload)
        Object.assign(payload, { data: null })
        return form
      },
    })),
  'SINK-072': (store) => breakSink(store, () => ({ encode: (payload) => ({ body: bytes(JSON.stringify(payload, null, 2)) }) })),

  'SINK-073': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        if (batch.length === 0) return whole.deliver(batch, call)
        const results = await Promise.all(batch.map((item) => whole.deliver([item], call)))
        return results.flatMap((result) => result ?? [])
      },
    })),

  'SINK-080': (store) =>
    breakSink(store, ({ servingStore }) => ({
      servingStore: {
        ...servingStore,
        put: async (id, body, options) =>
          (await servingStore.get(id, options)) === null ? servingStore.put(id, body, options) : undefined,
      },
    })),
  'SINK-081': (store) =>
    breakSink(store, ({ servingStore }) => ({
      servingStore: {
        ...servingStore,
        async get(id, options) {
          const body = await servingStore.get(id, options)
          if (body === null && !id.startsWith('expiring')) throw new SinkError({ kind: 'permanent', message: 'No such key' })
          return body
        },
      },
    })),
  'SINK-082': (store) =>
    breakSink(store, ({ servingStore }) => ({
      servingStore: {
        ...servingStore,
        put: (id, body, options) => servingStore.put(id, body, { ...options, ttlSeconds: options.ttlSeconds * 1000 }),
      },
    })),
  'SINK-083': (store) =>
    breakSink(store, ({ servingStore }) => ({
      servingStore: { ...servingStore, put: (id, body, options) => servingStore.put(id, body, options).catch(() => undefined) },
    })),

  'SINK-090': (store) => {
    const whole = lossyMemorySink(store)
    const flush = async (): Promise<void> => {
      if (store.failsFlush) throw new SinkError({ kind: 'transient', message: 'The store could not be synchronised' })
    }
    return defineSink({
      ...whole,
      create(config, context) {
        const sink = whole.create(config, context)
        return {
          connect: sink.connect?.bind(sink) ?? flush,
          deliver: sink.deliver.bind(sink),
          close: sink.close?.bind(sink) ?? flush,
          flush,
        }
      },
    })
  },
  'SINK-091': (store) => {
    const whole = lossyMemorySink(store)
    return defineSink({
      ...whole,
      create(config, context) {
        const sink = whole.create(config, context)
        let last: Batch = []
        let isConnected = false
        return {
          async connect(call) {
            await sink.connect?.(call)
            isConnected = true
          },
          deliver(batch) {
            if (batch.length > 0 && !isConnected) throw new SinkError({ kind: 'transient', message: 'Not connected' })
            last = batch
            return batch.map((item) => ok(item.id))
          },
          async close(call) {
            isConnected = false
            if (last.length > 0) await sink.deliver(last, deliverCall())
            last = []
            await sink.close?.(call)
          },
        }
      },
    })
  },
} as const satisfies Record<string, BrokenSink>
