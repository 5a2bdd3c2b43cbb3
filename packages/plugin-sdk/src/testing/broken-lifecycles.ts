/** Memory sinks whose connect, close or check breaks one rule each. */
import { SinkError } from '../errors.ts'
import { breakSink, type BrokenSink } from './break-sink.ts'

export const brokenLifecycles = {
  'SINK-010': (store) =>
    breakSink(store, (whole) => {
      let wasConnected = false
      return {
        connect: (call) => whole.connect(call).finally(() => (wasConnected = true)),
        deliver: async (batch, call) => (wasConnected ? whole.deliver(batch, call) : undefined),
      }
    }),
  'SINK-011': (store) =>
    breakSink(store, (whole) => {
      let wasClosed = false
      return {
        close: (call) => whole.close(call).finally(() => (wasClosed = true)),
        deliver: async (batch, call) => (wasClosed ? undefined : whole.deliver(batch, call)),
      }
    }),
  'SINK-012': (store) =>
    breakSink(store, (whole) => {
      let timesClosed = 0
      return {
        async close(call) {
          timesClosed += 1
          if (timesClosed > 1) throw new Error('closed already')
          await whole.close(call)
        },
      }
    }),
  'SINK-013': (store) =>
    breakSink(store, (whole) => {
      let wasConnected = false
      return {
        connect: (call) => whole.connect(call).finally(() => (wasConnected = true)),
        async close(call) {
          if (!wasConnected) throw new TypeError("Cannot read properties of undefined (reading 'end')")
          await whole.close(call)
        },
      }
    }),
  'SINK-014': (store) => breakSink(store, (whole) => ({ connect: (call) => whole.connect(call).catch(() => undefined) })),
  'SINK-015': (store) =>
    breakSink(store, (whole) => {
      let first: Promise<void> | undefined
      return { connect: (call) => (first ??= whole.connect(call)) }
    }),
  'SINK-016': (store) =>
    breakSink(store, (whole) => ({
      async connect(call) {
        const { release } = store.open()
        try {
          await whole.connect(call)
          release()
        } finally {
          if (call.signal.aborted) release()
        }
      },
    })),
  'SINK-017': (store) =>
    breakSink(store, (whole) => {
      let isConnecting = false
      return {
        async connect(call) {
          isConnecting = true
          await whole.connect(call).finally(() => (isConnecting = false))
        },
        async close(call) {
          if (isConnecting) store.open()
          await whole.close(call)
        },
      }
    }),
  'SINK-018': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        store.open()
        return whole.deliver(batch, call)
      },
    })),
  'SINK-019': (store) => {
    let isShut = false
    return breakSink(store, (whole) => ({
      close: (call) => whole.close(call).finally(() => (isShut = true)),
      async deliver(batch, call) {
        if (isShut) throw new SinkError({ kind: 'transient', message: 'The shared connection is closed' })
        return whole.deliver(batch, call)
      },
    }))
  },
  'SINK-020': (store) => breakSink(store, () => ({ check: async () => {} })),
  'SINK-021': (store) =>
    breakSink(store, (whole) => ({
      async check(call) {
        await whole.check(call)
        store.put({ id: 'probe', payload: { key: 'probe', data: null } })
      },
    })),
} as const satisfies Record<string, BrokenSink>
