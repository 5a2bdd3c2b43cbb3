/** Invariants I1 and I2 on the whole pipeline: whatever fails, every payload reaches exactly one end state before its offset is committed. */
import { failure, fallback, ok, onSuccess, serve, SinkError, type DeliverResult, type DeliveryItem } from '@drakkar/plugin-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeadLetterRecord } from '../src/dlq/dead-letter.ts'
import { defineHandler, type DeliveryAction, type ErrorAction } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import type { SourceMessage } from '../src/model/message.ts'
import type { SinkStats } from '../src/model/sink-stats.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness, replaceConsumer } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'

type Answer = 'ok' | 'permanent' | 'transient' | 'throw' | 'missing' | 'twice' | 'fallback' | 'serve' | 'follow'

interface Script {
  readonly messages: number
  readonly partitions: number
  readonly tasksPerMessage: number
  readonly payloadsPerTask: number
  /** One more task per window, for all of its messages. */
  readonly fanIn: boolean
  /** The handler has `onWindowComplete`, which returns a payload. */
  readonly windowHook: boolean
  /** Every so many messages cannot be decoded; 0: none. */
  readonly undecodableEvery: number
  /** `arrange` throws for every so many offsets; 0: none. */
  readonly poisonEvery: number
  readonly windowSize: number
  readonly maxRetries: number
  readonly maxItems: number
  readonly idempotent: boolean
  readonly ordered: boolean
  readonly batching: boolean
  readonly flushes: boolean
  /** Another sink takes over as fallback, and hears of successes. */
  readonly spare: boolean
  readonly serving: boolean
  readonly strategy: 'none' | 'fallback' | 'handler'
  readonly threshold: number
  readonly onOpen: 'dlq' | 'hold'
  /** Used in turn, over and over. */
  readonly answers: readonly Answer[]
  readonly spareAnswers: readonly Answer[]
  readonly actions: readonly DeliveryAction[]
  readonly exits: readonly number[]
  readonly errorActions: readonly (ErrorAction | 'REPLACE')[]
  readonly dlqFailures: number
  readonly commitFailures: number
}

const script: fc.Arbitrary<Script> = fc.record({
  messages: fc.integer({ min: 1, max: 12 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  tasksPerMessage: fc.integer({ min: 0, max: 3 }),
  payloadsPerTask: fc.integer({ min: 0, max: 3 }),
  fanIn: fc.boolean(),
  windowHook: fc.boolean(),
  undecodableEvery: fc.constantFrom(0, 0, 2, 3),
  poisonEvery: fc.constantFrom(0, 0, 2, 3),
  windowSize: fc.integer({ min: 1, max: 6 }),
  maxRetries: fc.integer({ min: 0, max: 2 }),
  maxItems: fc.integer({ min: 1, max: 5 }),
  idempotent: fc.boolean(),
  ordered: fc.boolean(),
  batching: fc.boolean(),
  flushes: fc.boolean(),
  spare: fc.boolean(),
  serving: fc.boolean(),
  strategy: fc.constantFrom('none', 'none', 'fallback', 'handler'),
  threshold: fc.integer({ min: 1, max: 3 }),
  onOpen: fc.constantFrom('dlq', 'hold'),
  answers: fc.array(
    fc.constantFrom<Answer>('ok', 'ok', 'ok', 'permanent', 'transient', 'throw', 'missing', 'twice', 'fallback', 'serve', 'follow'),
    { minLength: 1, maxLength: 12 },
  ),
  spareAnswers: fc.array(fc.constantFrom<Answer>('ok', 'ok', 'permanent', 'transient', 'throw', 'fallback', 'serve'), {
    minLength: 1,
    maxLength: 6,
  }),
  actions: fc.array(fc.constantFrom<DeliveryAction>('DLQ', 'RETRY', 'SKIP'), { minLength: 1, maxLength: 6 }),
  exits: fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 1, maxLength: 6 }),
  errorActions: fc.array(fc.constantFrom<ErrorAction | 'REPLACE'>('RETRY', 'SKIP', 'DLQ', 'REPLACE'), { minLength: 1, maxLength: 6 }),
  dlqFailures: fc.integer({ min: 0, max: 4 }),
  commitFailures: fc.integer({ min: 0, max: 3 }),
})

describe('every payload', () => {
  it('ends delivered, skipped or dead-lettered, exactly once, before its offset is committed', async () => {
    await fc.assert(fc.asyncProperty(script, runScript), { numRuns: 150 })
  }, 120_000)
})

interface Produced {
  readonly data: string
  readonly partition: number
  readonly offsets: readonly number[]
}

async function runScript(plan: Script): Promise<void> {
  const ledger = new Ledger()
  const next = turns()
  const recorder = createRecorder()
  // With `hold` nothing ends while a sink fails: it heals.
  recorder.script = (items, call) => ledger.notice(items, answer(items, call > 200 ? 'ok' : next(plan.answers)), plan)
  const spare = createRecorder()
  spare.script = (items, call) => answer(items, call > 200 ? 'ok' : next(plan.spareAnswers))
  const flush = async (): Promise<void> => {
    const covered = recorder.delivered.length
    await new Promise((resolve) => setImmediate(resolve))
    ledger.durable = Math.max(ledger.durable, covered)
  }
  const executor = new FakeExecutor((run) => ({ stdout: run.args[0] ?? '', exitCode: next(plan.exits) }))
  const harness = await createHarness({
    handler: scriptedHandler(plan, { ledger, next }),
    sinks: [recordSink(recorder, { ...plan, ...(plan.flushes ? { flush } : {}) }), recordSink(spare, { type: 'spare' })],
    executor,
    partitions: plan.partitions,
    config: {
      executor: { window_size: plan.windowSize, max_retries: plan.maxRetries },
      sinks: {
        circuit_breaker: { failure_threshold: plan.threshold, cooldown_seconds: 0.01, on_open: plan.onOpen },
        record: { main: mainSink(plan) },
        spare: { main: {} },
      },
      serving: { store: plan.serving ? 'memory' : '' },
    },
    wrapConsumer: (consumer) =>
      replaceConsumer(consumer, {
        commit: async (requests) => {
          const ends = await endStates()
          for (const { partition, offset } of requests) ledger.judgeCommit({ partition, offset }, ends)
          return consumer.commit(requests)
        },
      }),
  })
  const endStates = async (): Promise<readonly string[]> => {
    const reached = plan.flushes ? recorder.delivered.slice(0, ledger.durable) : recorder.delivered
    const delivered = [...reached, ...spare.delivered].map(({ data }) => String(data))
    return [...delivered, ...ledger.served, ...ledger.skipped, ...deadPayloads(await harness.deadLetters())]
  }
  const isUndecodable = (n: number): boolean => plan.undecodableEvery > 0 && n % plan.undecodableEvery === 1
  await harness.send(Array.from({ length: plan.messages }, (_, n) => (isUndecodable(n) ? 'not json' : { n })))
  for (let count = 0; count < plan.dlqFailures; count += 1) harness.log.failNextSend(new Error('dlq'))
  for (let count = 0; count < plan.commitFailures; count += 1) harness.log.failNextCommit(new Error('commit'))
  await harness.app.run()

  expect(ledger.early).toEqual([])
  expect((await endStates()).toSorted((a, b) => a.localeCompare(b))).toEqual(
    ledger.produced.map(({ data }) => data).toSorted((a, b) => a.localeCompare(b)),
  )
  for (const sink of harness.app.snapshot()?.sinks ?? []) expect(sumOfEnds(sink)).toBe(sink.received_payloads)
  expect(new Set(recorder.delivered.map(({ id }) => id)).size).toBe(recorder.delivered.length)
  expect(harness.app.snapshot()?.counters.completed).toBe(plan.messages)
  const committed = [...(await harness.committed()).values()].reduce((sum, offset) => sum + offset, 0)
  expect(committed).toBe(plan.messages)
}

/** What came of the messages, and which commits ran ahead of it. */
class Ledger {
  readonly produced: Produced[] = []
  readonly skipped: string[] = []
  readonly served: string[] = []
  readonly early: string[] = []
  /** How many of the delivered payloads are durable. */
  durable = 0

  produce(payload: Produced): { data: string } {
    this.produced.push(payload)
    return { data: payload.data }
  }

  /** What the answers of a sink mean: served, or followed by a payload of its own. */
  notice(items: readonly DeliveryItem<{ data: unknown }>[], result: DeliverResult | 'normal', plan: Script): DeliverResult | 'normal' {
    if (result === 'normal' || result === undefined) return result
    return result.map((response) => {
      const item = items.find(({ id }) => id === response.id)
      if (item === undefined) return response
      const data = String(item.payload.data)
      if (response.status === 'serve' && plan.serving) this.served.push(data)
      return response.status === 'on_success' ? onSuccess(item.id, this.produce({ ...item.source, data: `${data}>` })) : response
    })
  }

  judgeCommit(commit: { readonly partition: number; readonly offset: number }, ends: readonly string[]): void {
    const ended = new Set(ends)
    for (const { data, partition, offsets } of this.produced) {
      const covered = partition === commit.partition && offsets.some((offset) => offset < commit.offset)
      if (covered && !ended.has(data)) this.early.push(`${partition}@${commit.offset} before ${data}`)
    }
  }
}

function scriptedHandler(plan: Script, { ledger, next }: { readonly ledger: Ledger; readonly next: ReturnType<typeof turns> }) {
  let tasks = 0
  const makeTask = (messages: readonly SourceMessage[]) => {
    tasks += 1
    return task({
      from: messages,
      args: [`t${tasks}`],
      metadata: { partition: messages[0]?.partition ?? 0, offsets: messages.map(({ offset }) => offset) },
    })
  }
  const onWindowComplete = (_results: unknown, messages: readonly SourceMessage[]) => {
    const offsets = messages.map(({ offset }) => offset)
    const partition = messages[0]?.partition ?? 0
    return { record: [ledger.produce({ partition, offsets, data: `${partition}/${offsets.join()}/window` })] }
  }
  const isPoison = ({ offset }: SourceMessage): boolean => plan.poisonEvery > 0 && offset % plan.poisonEvery === 1
  return defineHandler({
    arrange: (messages) => {
      if (messages.some(isPoison)) throw new Error('poison')
      const single = messages.flatMap((message) => Array.from({ length: plan.tasksPerMessage }, () => makeTask([message])))
      return plan.fanIn ? [...single, makeTask(messages)] : single
    },
    onTaskComplete: ({ stdout, task: { metadata, taskId } }) => ({
      record: Array.from({ length: plan.payloadsPerTask }, (_, index) =>
        ledger.produce({ ...metadata, data: `${stdout}/${taskId}/${index}` }),
      ),
    }),
    onMessageComplete: ({ sourceMessage: { partition, offset } }) => ({
      record: [ledger.produce({ partition, offsets: [offset], data: `${partition}/${offset}/message` })],
    }),
    ...(plan.windowHook ? { onWindowComplete } : {}),
    onError: (failed) => {
      const action = next(plan.errorActions)
      return action === 'REPLACE' ? [task({ sourceOffsets: failed.sourceOffsets, args: failed.args, metadata: failed.metadata })] : action
    },
    onDeliveryError: (error) => {
      const action = next(plan.actions)
      if (action === 'SKIP') ledger.skipped.push(...error.payloads.map((payload) => String((payload as { data: string }).data)))
      return action
    },
  })
}

function mainSink(plan: Script): Readonly<Record<string, unknown>> {
  const onFailure = plan.strategy === 'fallback' && !plan.spare ? 'handler' : plan.strategy
  return {
    batch: { max_items: plan.maxItems },
    ...(plan.spare ? { fallback: 'spare/main', on_success: 'spare/main' } : {}),
    ...(onFailure === 'none' ? {} : { retry: { backoff: { interval: '1ms', steps: 2 }, on_failure: onFailure } }),
  }
}

function sumOfEnds(stats: SinkStats): number {
  const { delivered_payloads, served_payloads, skipped_payloads, dead_lettered_payloads, handed_over_payloads } = stats
  return delivered_payloads + served_payloads + skipped_payloads + dead_lettered_payloads + handed_over_payloads
}

function deadPayloads(letters: readonly DeadLetterRecord[]): readonly string[] {
  return letters.filter(({ sink_type }) => sink_type !== 'handler').flatMap(({ original_payloads }) => original_payloads.map(dataOf))
}

function dataOf(text: string): string {
  return String(JSON.parse(text).data)
}

/** A cursor over each list, each list read in turn for ever. */
function turns(): <T>(list: readonly T[]) => T {
  const positions = new Map<readonly unknown[], number>()
  return (list) => {
    const position = positions.get(list) ?? 0
    positions.set(list, position + 1)
    const value = list[position % list.length]
    if (value === undefined) throw new Error('an empty list has no turns')
    return value
  }
}

/** What the sink does with a batch; `missing` and `twice` break the contract for the last payload. */
function answer(items: readonly DeliveryItem<{ data: unknown }>[], kind: Answer): DeliverResult | 'normal' {
  const last = items.at(-1)
  if (last === undefined) return 'normal'
  const others = items.slice(0, -1).map(({ id }) => ok(id))
  switch (kind) {
    case 'ok':
      return 'normal'
    case 'permanent':
      return [...others, failure(last.id, 'refused')]
    case 'transient':
      return [...others, failure(last.id, new SinkError({ kind: 'transient', message: 'busy' }))]
    case 'throw':
      throw new SinkError({ kind: 'transient', message: 'unreachable' })
    case 'missing':
      return others
    case 'twice':
      return [...others, ok(last.id), ok(last.id)]
    case 'fallback':
      return [...others, fallback(last.id)]
    case 'serve':
      return [...others, serve(last.id, Buffer.of(1))]
    case 'follow':
      return [...others, onSuccess(last.id)]
    default:
      return kind satisfies never
  }
}
