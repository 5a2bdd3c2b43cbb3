/**
 * Order on the whole worker, whatever fails: a unit (messages tied by tasks) starts when every earlier one that shares a key
 * with it has ended and everything it gave is settled; everybody's turn comes.
 */
import { failure, type DeliveryItem } from '@drakkar/plugin-sdk'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import type { SourceMessage } from '../src/model/message.ts'
import type { ExecutorTask } from '../src/model/task.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness, topic } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { turn } from './support/values.ts'

type Fate = 'ok' | 'slow' | 'retry' | 'skip' | 'dead' | 'replace' | 'replace by nothing' | 'throws'

interface PlannedMessage {
  readonly key: 'a' | 'b' | 'c' | null
  readonly tasks: readonly Fate[]
  /** One more task, for this message and so many that follow it in its window. */
  readonly fanIn: number
  readonly decodable: boolean
}

const plannedMessage: fc.Arbitrary<PlannedMessage> = fc.record({
  key: fc.constantFrom('a', 'a', 'b', 'c', null),
  tasks: fc.array(fc.constantFrom<Fate>('ok', 'ok', 'slow', 'retry', 'skip', 'dead', 'replace', 'replace by nothing', 'throws'), {
    maxLength: 3,
  }),
  fanIn: fc.constantFrom(0, 0, 0, 1, 3),
  decodable: fc.constantFrom(true, true, true, true, false),
})

const script = fc.record({
  messages: fc.array(plannedMessage, { minLength: 1, maxLength: 14, size: 'max' }),
  ordering: fc.constantFrom('key' as const, 'key' as const, 'partition' as const),
  windowSize: fc.integer({ min: 1, max: 6 }),
  arrangeConcurrency: fc.integer({ min: 1, max: 3 }),
  executors: fc.integer({ min: 1, max: 4 }),
  windowHook: fc.boolean(),
  messageHook: fc.boolean(),
  batching: fc.boolean(),
  /** Every so many calls of the sink fail for one payload; 0: none. */
  refuseEvery: fc.constantFrom(0, 3, 5),
  /** The worker is stopped at the start of this run of a program; then another one goes on. */
  stopAt: fc.constantFrom(null, null, 1, 3, 7),
  /** Turns of the event loop that runs of programs, hooks and deliveries take, used one after another. */
  delays: fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
})
type Script = typeof script extends fc.Arbitrary<infer S> ? S : never

interface LedgerUnit {
  readonly first: number
  readonly lines: ReadonlySet<string>
  /** Messages and tasks that have not ended, payloads that are not settled. */
  readonly open: Set<string>
  started: boolean
}

/** What one worker has been given and what it has done: naive, by offset. */
class Ledger {
  readonly #unitOf = new Map<number, LedgerUnit>()
  readonly #plan: Script

  constructor(plan: Script) {
    this.#plan = plan
  }

  /** The units of a window, tied the slow way: as often as there are tasks. */
  arranged(messages: readonly SourceMessage[], tasks: readonly ExecutorTask[]): void {
    const ties = messages.map(({ offset }) => new Set([offset]))
    for (const { sourceOffsets } of [...tasks, ...tasks]) {
      const tied = ties.filter((members) => sourceOffsets.some((offset) => members.has(offset)))
      const [into] = tied
      for (const other of tied.slice(1)) {
        for (const offset of other) into?.add(offset)
        ties.splice(ties.indexOf(other), 1)
      }
    }
    for (const members of ties) {
      const lines = new Set([...members].flatMap((offset) => this.#lineOf(offset) ?? []))
      const unit: LedgerUnit = { first: Math.min(...members), lines, open: new Set(), started: false }
      for (const offset of members) {
        this.#unitOf.set(offset, unit)
        if (this.#plan.messageHook) unit.open.add(`message ${offset}`)
      }
      for (const made of tasks) if (made.sourceOffsets.some((offset) => members.has(offset))) unit.open.add(`task ${made.taskId}`)
    }
  }

  /** Something of the unit begins: nobody of its keys that came before is still under way, and nobody that comes after has begun. */
  begins(offset: number): void {
    const unit = this.#of(offset)
    unit.started = true
    for (const other of new Set(this.#unitOf.values())) {
      if (other === unit || ![...other.lines].some((line) => unit.lines.has(line))) continue
      if (other.first < unit.first) assert.deepEqual([...other.open], [], `${offset} begins before ${other.first} has ended`)
      else assert.ok(!other.started, `${offset} begins after ${other.first} has begun`)
    }
  }

  opened(offset: number, piece: string): void {
    this.#of(offset).open.add(piece)
  }

  ended(offset: number, piece: string): void {
    this.#of(offset).open.delete(piece)
  }

  #of(offset: number): LedgerUnit {
    const unit = this.#unitOf.get(offset)
    assert.ok(unit !== undefined)
    return unit
  }

  #lineOf(offset: number): string | null {
    if (this.#plan.ordering === 'partition') return ''
    return this.#plan.messages[offset]?.key ?? null
  }
}

interface RunState {
  readonly plan: Script
  readonly ledger: Ledger
  readonly wait: () => Promise<void>
  readonly errors: unknown[]
}

/** Violations are found inside hooks and programs, where a throw would be taken for theirs. */
function noting<T extends unknown[]>(errors: unknown[], check: (...args: T) => void): (...args: T) => void {
  return (...args) => {
    try {
      check(...args)
    } catch (error) {
      errors.push(error)
    }
  }
}

function orderedHandler({ plan, ledger, wait, errors }: RunState) {
  const begins = noting(errors, (offset: number) => ledger.begins(offset))
  const payload = (offset: number, data: string) => {
    ledger.opened(offset, `payload ${data}`)
    return { record: [{ data }] }
  }
  return defineHandler({
    arrange: async (messages) => {
      await wait()
      const tasks = messages.flatMap((message, index) => {
        const { tasks: fates = [], fanIn = 0 } = plan.messages[message.offset] ?? {}
        const own = fates.map((fate, number) => task({ from: message, taskId: `${message.offset}.${number}`, args: [fate] }))
        const tied = messages.slice(index, index + fanIn + 1)
        return fanIn === 0 ? own : [...own, task({ from: tied, taskId: `${message.offset}.tied`, args: ['ok'] })]
      })
      ledger.arranged(messages, tasks)
      return tasks
    },
    onTaskComplete: async ({ task: { taskId, sourceOffsets, args } }) => {
      await wait()
      const [offset = -1] = sourceOffsets
      ledger.ended(offset, `task ${taskId}`)
      if (args[0] === 'throws') throw new Error('bug')
      return payload(offset, `task ${taskId}`)
    },
    onError: ({ taskId, sourceOffsets, args: [fate = ''] }) => {
      const [offset = -1] = sourceOffsets
      if (fate === 'retry') return 'RETRY'
      if (fate === 'replace') {
        const heirs = ['x', 'y'].map((name) => task({ taskId: `${taskId}${name}`, args: ['ok'] }))
        for (const heir of heirs) ledger.opened(offset, `task ${heir.taskId}`)
        ledger.ended(offset, `task ${taskId}`)
        return heirs
      }
      ledger.ended(offset, `task ${taskId}`)
      return fate === 'replace by nothing' ? [] : fate === 'skip' ? 'SKIP' : 'DLQ'
    },
    onDeliveryError: () => 'RETRY',
    ...(plan.windowHook ? { onWindowComplete: () => undefined } : {}),
    ...(plan.messageHook
      ? {
          onMessageComplete: async ({ sourceMessage: { offset } }: { sourceMessage: SourceMessage }) => {
            begins(offset)
            await wait()
            const result = payload(offset, `message ${offset}`)
            ledger.ended(offset, `message ${offset}`)
            return result
          },
        }
      : {}),
  })
}

/** A worker from the start to the end of the topic, or to its stop; resolves true when it came to the end. */
async function work(plan: Script, log: Awaited<ReturnType<typeof createHarness>>['log'] | undefined, stopAt: number | null) {
  const errors: unknown[] = []
  let [delay, runs, calls] = [0, 0, 0]
  const wait = async (): Promise<void> => {
    const turns = plan.delays[delay++ % plan.delays.length] ?? 0
    for (let count = 0; count < turns; count += 1) await turn()
  }
  const ledger = new Ledger(plan)
  const begins = noting(errors, (offset: number) => ledger.begins(offset))
  const recorder = createRecorder()
  recorder.script = async (items: readonly DeliveryItem<{ data: unknown }>[]) => {
    await wait()
    const refused = plan.refuseEvery > 0 && ++calls % plan.refuseEvery === 0 ? items[0] : undefined
    for (const item of items) if (item !== refused) ledger.ended(item.source.offsets[0] ?? -1, `payload ${String(item.payload.data)}`)
    return items.map((item) => (item === refused ? failure(item.id, 'busy') : { id: item.id, status: 'ok' as const }))
  }
  const executor = new FakeExecutor(async ({ args: [fate], sourceOffsets }, attempt) => {
    begins(sourceOffsets[0] ?? -1)
    runs += 1
    if (runs === stopAt) harness.app.stop()
    await wait()
    if (fate === 'slow') for (let count = 0; count < 10; count += 1) await turn()
    const fails = fate === 'retry' ? attempt === 1 : fate !== 'ok' && fate !== 'slow' && fate !== 'throws'
    return { exitCode: fails ? 1 : 0 }
  }, plan.executors)
  const harness = await createHarness({
    handler: orderedHandler({ plan, ledger, wait, errors }),
    sinks: [recordSink(recorder, { batching: plan.batching })],
    executor,
    ...(log === undefined ? {} : { log }),
    config: {
      executor: { ordering: plan.ordering, window_size: plan.windowSize, arrange_concurrency: plan.arrangeConcurrency, max_retries: 50 },
    },
  })
  if (log === undefined) await send(harness.log, plan.messages)
  const { reason } = await harness.app.run()
  assert.deepEqual(errors, [])
  return { harness, reason }
}

async function send(log: MessageLog, messages: readonly PlannedMessage[]): Promise<void> {
  const producer = log.producer()
  await producer.connect({ signal: new AbortController().signal })
  const value = (decodable: boolean): Buffer => Buffer.from(decodable ? '{}' : 'not json')
  await producer.send(
    messages.map(({ key, decodable }) => ({ topic, partition: 0, key: key === null ? null : Buffer.from(key), value: value(decodable) })),
  )
  await producer.close()
}

describe('ordering', () => {
  it('lets nobody begin before those of his keys that came earlier are settled, and everybody come to his turn', async () => {
    await fc.assert(
      fc.asyncProperty(script, async (plan) => {
        const first = await work(plan, undefined, plan.stopAt)
        const last = first.reason === 'caught_up' ? first : await work(plan, first.harness.log, null)
        assert.equal(last.reason, 'caught_up')
        assert.deepEqual(await last.harness.committed(), new Map([[0, plan.messages.length]]))
      }),
      { numRuns: 80 },
    )
  }, 120_000)
})
