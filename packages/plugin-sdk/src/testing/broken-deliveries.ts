/** Memory sinks that break one rule each when nothing else goes wrong. */
import { SinkError } from '../errors.ts'
import { ok } from '../response.ts'
import { type Batch, breakSink, type BrokenSink } from './break-sink.ts'

export const brokenDeliveries = {
  'SINK-030': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        if (batch.length === 0) throw new SinkError({ kind: 'permanent', message: 'syntax error at or near ")"' })
        return whole.deliver(batch, call)
      },
    })),
  'SINK-031': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        const answers = (await whole.deliver(batch.slice(0, batch.length === 2 ? 1 : batch.length), call)) ?? []
        const [, second] = batch
        return batch.length === 2 && second !== undefined ? [...answers, ok(second.id)] : answers
      },
    })),
  'SINK-032': (store) =>
    breakSink(store, (whole) => ({
      deliver(batch, call) {
        const isOneLine = batch.every(({ payload }) => payload.key === batch[0]?.payload.key)
        return whole.deliver(isOneLine ? batch : batch.toReversed(), call)
      },
    })),
  'SINK-033': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        const answers = (await whole.deliver(batch, call)) ?? []
        return batch.length === 2 ? answers.slice(0, 1) : answers
      },
    })),
  'SINK-034': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        if (batch.length > 100) throw new SinkError({ kind: 'permanent', message: 'too many bind parameters' })
        return whole.deliver(batch, call)
      },
    })),
  'SINK-035': (store) =>
    breakSink(store, (whole) => ({
      async deliver(batch, call) {
        const answers = await whole.deliver(batch, call)
        for (const item of batch) Object.assign(item.payload, { data: null })
        return answers
      },
    })),
  'SINK-036': (store) =>
    breakSink(
      store,
      (whole) => {
        let current: Batch = []
        return {
          async deliver(batch, call) {
            current = batch
            await Promise.resolve()
            return whole.deliver(current, call)
          },
        }
      },
      { ordered: false },
    ),
} as const satisfies Record<string, BrokenSink>
