/** Whatever the messages, the handler's mistakes and the faults: nothing is lost, and everything is committed. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DeliveryAction, ErrorAction, defineHandler, task } from '../src/index.ts'
import {
  brokerDown,
  failDeadLetters,
  failSink,
  type Fault,
  killWorker,
  permanent,
  rebalance,
  startTestWorker,
  throttled,
  transient,
  type When,
} from '../src/testing/index.ts'
import type {} from './support/record-sink.ts'

const mood = fc.constantFrom('fine', 'fine', 'fine', 'bad_arrange', 'bad_result', 'exit_once', 'exit_ever', 'slow', 'no_json', 'no_task')
const message = fc.record({ mood, partition: fc.nat(2) })
type Message = { readonly mood: string; readonly partition: number }

const when: fc.Arbitrary<When> = fc.oneof(
  fc.record({ afterStarted: fc.nat(12) }),
  fc.record({ afterDelivered: fc.nat(12) }),
  fc.record({ afterSeconds: fc.nat(40) }),
)
const times = fc.integer({ min: 1, max: 4 })
const fault: fc.Arbitrary<Fault> = fc.oneof(
  when.map((at) => killWorker(at)),
  fc.tuple(when, fc.subarray([0, 1, 2]), fc.boolean()).map(([at, partitions, lost]) => rebalance({ ...at, partitions, lost })),
  fc
    .tuple(when, times, fc.constantFrom(transient(), throttled(500), permanent()))
    .map(([at, count, error]) => failSink('record/main', { ...at, times: count, error })),
  fc.tuple(when, times).map(([at, count]) => failSink('record/main', { ...at, times: count, hang: true })),
  fc.tuple(when, fc.integer({ min: 1, max: 60 })).map(([at, seconds]) => brokerDown({ ...at, seconds })),
  fc.tuple(when, times).map(([at, count]) => failDeadLetters({ ...at, times: count })),
)

const handler = defineHandler({
  arrange: (messages) => {
    const of = (offset: number) => messages.filter((one) => one.offset === offset)
    if (messages.some(({ payload }) => (payload as Message).mood === 'bad_arrange')) throw new Error('arrange')
    return messages
      .filter(({ payload }) => (payload as Message).mood !== 'no_task')
      .map((one) => task({ from: of(one.offset), metadata: { mood: (one.payload as Message).mood, at: `${one.partition}:${one.offset}` } }))
  },
  onTaskComplete: ({ task: { metadata } }) => {
    if (metadata.mood === 'bad_result') throw new Error('result')
    return { record: [{ data: metadata.at }] }
  },
  onMessageComplete: ({ sourceMessage: { partition, offset, payload } }) =>
    (payload as Message).mood === 'no_task' ? { record: [{ data: `${partition}:${offset}` }] } : null,
  onError: () => ErrorAction.RETRY,
  onDeliveryError: ({ attempt }) => (attempt > 2 ? DeliveryAction.DLQ : DeliveryAction.RETRY),
})

it('every message is delivered or dead-lettered, and committed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(message, { maxLength: 14, size: 'max' }),
      fc.array(fault, { maxLength: 4, size: 'max' }),
      async (messages, faults) => {
        await using worker = await startTestWorker(handler, {
          messages: messages.map(({ mood: kind, partition }) => ({
            partition,
            ...(kind === 'no_json' ? { raw: '{' } : { value: { mood: kind, partition } }),
          })),
          partitions: 3,
          config: {
            executor: { max_executors: 2, max_retries: 2, window_size: 3, retry_backoff_base_seconds: 1 },
            sinks: { record: { main: { delivery_timeout_seconds: 10 } } },
          },
          programs: ({ metadata }, attempt) => ({
            seconds: metadata.mood === 'slow' ? 15 : 1,
            exitCode: metadata.mood === 'exit_ever' || (metadata.mood === 'exit_once' && attempt === 1) ? 1 : 0,
          }),
          faults,
        })
        await worker.settle()
        const run = await worker.stop()
        const counts = [0, 1, 2].map((partition) => messages.filter((one) => one.partition === partition).length)
        const produced = counts.flatMap((count, partition) => Array.from({ length: count }, (_, offset) => `${partition}:${offset}`))
        const ended = new Set([
          ...run.delivered.map(({ payload }) => (payload as { data: string }).data),
          ...run.deadLettered.flatMap(({ partition, offsets }) => offsets.map((offset) => `${partition}:${offset}`)),
        ])
        expect([...ended].toSorted()).toEqual(produced.toSorted())
        expect([0, 1, 2].map((partition) => run.committed.get(partition) ?? 0)).toEqual(counts)
        expect(run.exitCode).toBe(0)
      },
    ),
    { numRuns: 60 },
  )
})
