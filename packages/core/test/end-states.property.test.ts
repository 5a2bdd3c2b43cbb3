/** Invariants I1 and I2 on the whole pipeline: whatever fails, every payload reaches exactly one end state before its offset is committed. */
import { failure, ok, SinkError, type DeliverResult, type DeliveryItem } from '@drakkar/plugin-sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defineHandler, type DeliveryAction, type ErrorAction } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'

type Answer = 'ok' | 'permanent' | 'transient' | 'throw' | 'missing' | 'twice'

interface Script {
  readonly messages: number
  readonly partitions: number
  readonly tasksPerMessage: number
  readonly payloadsPerTask: number
  readonly windowSize: number
  readonly maxRetries: number
  readonly maxItems: number
  readonly idempotent: boolean
  readonly ordered: boolean
  readonly batching: boolean
  /** Used in turn, over and over. */
  readonly answers: readonly Answer[]
  readonly actions: readonly DeliveryAction[]
  readonly exits: readonly number[]
  readonly errorActions: readonly ErrorAction[]
  readonly dlqFailures: number
  readonly commitFailures: number
}

const script: fc.Arbitrary<Script> = fc.record({
  messages: fc.integer({ min: 1, max: 12 }),
  partitions: fc.integer({ min: 1, max: 3 }),
  tasksPerMessage: fc.integer({ min: 0, max: 3 }),
  payloadsPerTask: fc.integer({ min: 0, max: 3 }),
  windowSize: fc.integer({ min: 1, max: 6 }),
  maxRetries: fc.integer({ min: 0, max: 2 }),
  maxItems: fc.integer({ min: 1, max: 5 }),
  idempotent: fc.boolean(),
  ordered: fc.boolean(),
  batching: fc.boolean(),
  answers: fc.array(fc.constantFrom<Answer>('ok', 'ok', 'permanent', 'transient', 'throw', 'missing', 'twice'), {
    minLength: 1,
    maxLength: 12,
  }),
  actions: fc.array(fc.constantFrom<DeliveryAction>('DLQ', 'RETRY', 'SKIP'), { minLength: 1, maxLength: 6 }),
  exits: fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 1, maxLength: 6 }),
  errorActions: fc.array(fc.constantFrom<ErrorAction>('RETRY', 'SKIP', 'DLQ'), { minLength: 1, maxLength: 6 }),
  dlqFailures: fc.integer({ min: 0, max: 4 }),
  commitFailures: fc.integer({ min: 0, max: 3 }),
})

describe('every payload', () => {
  it('ends delivered, skipped or dead-lettered, exactly once, and then everything is committed', async () => {
    await fc.assert(fc.asyncProperty(script, runScript), { numRuns: 150 })
  }, 120_000)
})

async function runScript(plan: Script): Promise<void> {
  const produced = new Set<string>()
  const skipped: string[] = []
  const recorder = createRecorder()
  recorder.script = (items) => answer(items, next(plan.answers))
  const next = turns()
  const handler = defineHandler({
    arrange: (messages) =>
      messages.flatMap((message) =>
        Array.from({ length: plan.tasksPerMessage }, (_, index) =>
          task({ from: message, args: [`${message.partition}/${message.offset}/${index}`] }),
        ),
      ),
    onTaskComplete: (result) => {
      const payloads = Array.from({ length: plan.payloadsPerTask }, (_, index) => ({ data: `${result.stdout}/${index}` }))
      for (const { data } of payloads) produced.add(data)
      return { record: payloads }
    },
    onMessageComplete: (done) => {
      const data = `${done.sourceMessage.partition}/${done.sourceMessage.offset}/message`
      produced.add(data)
      return { record: [{ data }] }
    },
    onError: () => next(plan.errorActions),
    onDeliveryError: (error) => {
      const action = next(plan.actions)
      if (action === 'SKIP') skipped.push(...error.payloads.map((payload) => String((payload as { data: string }).data)))
      return action
    },
  })
  const executor = new FakeExecutor((run) => ({ stdout: run.args.join(), exitCode: next(plan.exits) }))
  const harness = await createHarness({
    handler,
    sinks: [recordSink(recorder, plan)],
    executor,
    partitions: plan.partitions,
    config: {
      executor: { window_size: plan.windowSize, max_retries: plan.maxRetries },
      sinks: { record: { main: { batch: { max_items: plan.maxItems } } } },
    },
  })
  await harness.send(Array.from({ length: plan.messages }, (_, n) => ({ n })))
  for (let count = 0; count < plan.dlqFailures; count += 1) harness.log.failNextSend(new Error('dlq'))
  for (let count = 0; count < plan.commitFailures; count += 1) harness.log.failNextCommit(new Error('commit'))
  await harness.app.run()

  const letters = await harness.deadLetters()
  const deadPayloads = letters
    .filter(({ sink_type }) => sink_type === 'record')
    .flatMap(({ original_payloads }) => original_payloads.map(dataOf))
  const ends = [...recorder.delivered.map(({ data }) => String(data)), ...skipped, ...deadPayloads]
  expect(ends.toSorted()).toEqual([...produced].toSorted())
  expect(new Set(recorder.delivered.map(({ id }) => id)).size).toBe(recorder.delivered.length)
  const counters = harness.app.snapshot()?.counters
  expect(counters?.completed).toBe(plan.messages)
  const committed = [...(await harness.committed()).values()].reduce((sum, offset) => sum + offset, 0)
  expect(committed).toBe(plan.messages)
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
    default:
      return kind satisfies never
  }
}
