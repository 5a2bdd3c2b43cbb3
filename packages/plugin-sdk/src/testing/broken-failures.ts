/** Memory sinks that break one rule each when something goes wrong: failures, aborts, repetitions. */
import { defineSink } from '../define-sink.ts'
import { SinkError } from '../errors.ts'
import { ok } from '../response.ts'
import { breakSink, deaf, type BrokenSink, isRefused, whenUnreachable } from './break-sink.ts'
import { memorySink, memoryUrl } from './memory-sink.ts'

export const brokenFailures = {
  'SINK-040': (store) =>
    breakSink(store, (whole) => ({ deliver: (batch, call) => whenUnreachable(store, whole.deliver(batch, call), () => undefined) })),
  'SINK-041': (store) =>
    breakSink(store, (whole) => ({
      deliver: (batch, call) =>
        whenUnreachable(store, whole.deliver(batch, call), () => {
          throw new SinkError({ kind: 'permanent', message: 'Something went wrong' })
        }),
    })),
  'SINK-042': (store) =>
    breakSink(store, (whole) => {
      let isBroken = false
      return {
        async deliver(batch, call) {
          if (isBroken) throw new SinkError({ kind: 'transient', message: 'The connection is gone' })
          return whenUnreachable(store, whole.deliver(batch, call), (error) => {
            isBroken = true
            throw error
          })
        },
      }
    }),
  'SINK-043': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        await whole.deliver(batch, call)
        return batch.map((item) => ok(item.id))
      },
    })),
  'SINK-044': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        if (batch.some(isRefused)) throw new SinkError({ kind: 'permanent', message: 'The statement failed' })
        return whole.deliver(batch, call)
      },
    })),
  'SINK-045': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        const answers = (await whole.deliver(batch, call)) ?? []
        const error = new SinkError({ kind: 'transient', message: 'Refused; let us try again for ever' })
        return answers.map((answer) => (answer.status === 'failure' ? { ...answer, error } : answer))
      },
    })),
  'SINK-046': (store) =>
    breakSink(store, (whole) => ({
      async connect(call) {
        try {
          await whole.connect(call)
        } catch {
          throw new SinkError({ kind: 'transient', message: `No answer from ${memoryUrl}` })
        }
      },
    })),
  'SINK-047': (store) => breakSink(store, (whole) => ({ flush: (call) => whole.flush(call).catch(() => undefined) })),
  'SINK-048': (store) => breakSink(store, (whole) => ({ flush: (call) => (store.failsFlush ? whole.flush(call) : Promise.resolve()) })),

  'SINK-050': (store) => breakSink(store, (whole) => ({ deliver: (batch, call) => whole.deliver(batch, deaf(call)) })),
  'SINK-051': (store) =>
    breakSink(store, (whole) => ({
      deliver: (batch, call) =>
        whole.deliver(batch, call).catch((error: unknown) => {
          if (call.signal.aborted) return undefined
          throw error
        }),
    })),
  'SINK-052': (store) =>
    breakSink(store, (whole) => {
      let wasAborted = false
      return {
        async deliver(batch, call) {
          if (wasAborted) throw new SinkError({ kind: 'transient', message: 'The session was closed' })
          call.signal.addEventListener('abort', () => (wasAborted = true), { once: true })
          return whole.deliver(batch, call)
        },
      }
    }),
  'SINK-053': (store) => breakSink(store, (whole) => ({ connect: (call) => whole.connect(deaf(call)) })),

  'SINK-060': (store) => defineSink({ ...memorySink(store, { idempotent: false }), idempotent: true }),
  'SINK-061': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        if (batch.every((item) => item.attempt > 1)) return batch.map((item) => ok(item.id))
        return whole.deliver(batch, call)
      },
    })),
} as const satisfies Record<string, BrokenSink>
