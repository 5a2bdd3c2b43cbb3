/**
 * Every hook, every mistake of a handler, every fault and every order at once, on the whole worker in virtual time. What a message
 * owes is known beforehand; whenever an offset is committed all of it has an end state, and in an order nobody overtakes.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { it } from 'vitest'
import { DeliveryAction, defineHandler, ErrorAction, task } from '../src/index.ts'
import type { SourceMessage } from '../src/index.ts'
import {
  brokerDown,
  failDeadLetters,
  failSink,
  type Fault,
  killWorker,
  permanent,
  rebalance,
  startTestWorker,
  type TestRecord,
  throttled,
  transient,
  type When,
} from '../src/testing/index.ts'
import type {} from './support/record-sink.ts'

const fates = ['ok', 'ok', 'ok', 'retry', 'skip', 'dead', 'replace', 'replace by nothing', 'throws', 'hangs'] as const
const moods = ['fine', 'fine', 'fine', 'fine', 'no json', 'bad arrange', 'bad arrange once', 'bad message', 'bad window'] as const

const plannedMessage = fc.record({
  partition: fc.nat(1),
  key: fc.constantFrom('a', 'a', 'b', null),
  mood: fc.constantFrom(...moods),
  tasks: fc.array(fc.record({ fate: fc.constantFrom(...fates), seconds: fc.nat(4) }), { maxLength: 3, size: 'max' }),
  /** One more task, for this message and so many that follow it in its window. */
  fanIn: fc.constantFrom(0, 0, 1, 2),
})

const when: fc.Arbitrary<When> = fc.oneof(
  fc.record({ afterStarted: fc.nat(16) }),
  fc.record({ afterDelivered: fc.nat(16) }),
  fc.record({ afterSeconds: fc.nat(30) }),
)
const times = fc.integer({ min: 1, max: 4 })
const fault: fc.Arbitrary<Fault> = fc.oneof(
  when.map((at) => killWorker(at)),
  when.map((at) => rebalance(at)),
  fc
    .tuple(when, fc.subarray([0, 1], { minLength: 1 }), fc.boolean())
    .map(([at, partitions, lost]) => rebalance({ ...at, partitions, lost })),
  fc
    .tuple(when, times, fc.constantFrom(transient(), throttled(500), permanent()), fc.boolean())
    .map(([at, count, error, hang]) => failSink('record/main', { ...at, times: count, error, hang })),
  fc.tuple(when, fc.integer({ min: 1, max: 20 })).map(([at, seconds]) => brokerDown({ ...at, seconds })),
  fc.tuple(when, times).map(([at, count]) => failDeadLetters({ ...at, times: count })),
)

const script = fc.record({
  messages: fc.array(plannedMessage, { minLength: 1, maxLength: 12, size: 'max' }),
  faults: fc.array(fault, { maxLength: 3, size: 'max' }),
  fansIn: fc.boolean(),
  messageHook: fc.boolean(),
  windowHook: fc.boolean(),
  executor: fc.record({
    ordering: fc.constantFrom('none', 'key', 'key', 'partition'),
    priority: fc.constantFrom('offset', 'fair'),
    window_size: fc.integer({ min: 1, max: 5 }),
    arrange_concurrency: fc.integer({ min: 1, max: 3 }),
    max_executors: fc.constantFrom(1, 1, 2, 4),
  }),
})
type Script = typeof script extends fc.Arbitrary<infer S> ? S : never
type Planned = Script['messages'][number] & { readonly at: string; readonly offset: number }

interface Payload {
  /** `window`: places of the messages of a window. */
  readonly data: { readonly token: string; readonly window?: readonly string[] }
}

/** What must have come of a message, by the name of its payload or of its failed task or hook. */
interface Debt {
  readonly kind: 'payload' | 'task' | 'stage' | 'window'
  readonly name: string
}

const place = (partition: number, offset: number): string => `${partition}:${offset}`

function placed(messages: Script['messages']): readonly Planned[] {
  const ends = [0, 0]
  return messages.map((message) => {
    const offset = ends[message.partition] ?? 0
    ends[message.partition] = offset + 1
    return { ...message, offset, at: place(message.partition, offset) }
  })
}

function debtsOf(plan: Script, { at, mood, tasks, fanIn }: Planned): readonly Debt[] {
  if (mood === 'no json') return [{ kind: 'stage', name: 'deserialize' }]
  if (mood === 'bad arrange') return [{ kind: 'stage', name: 'arrange' }]
  const debts = tasks.flatMap(({ fate }, index): readonly Debt[] => {
    const id = `${at}.${index}`
    if (fate === 'skip' || fate === 'replace by nothing') return []
    if (fate === 'dead' || fate === 'throws' || fate === 'hangs') return [{ kind: 'task', name: id }]
    return (fate === 'replace' ? [`${id}x`, `${id}y`] : [id]).map((name) => ({ kind: 'payload', name }))
  })
  if (plan.fansIn && fanIn > 0) debts.push({ kind: 'payload', name: `${at}.tied` })
  // In the dead-letter log as a whole: whatever its window comes to, it does not go there again.
  if (plan.messageHook && mood === 'bad message') return [...debts, { kind: 'stage', name: 'on_message_complete' }]
  if (plan.messageHook) debts.push({ kind: 'payload', name: at })
  if (plan.windowHook && (tasks.length > 0 || (plan.fansIn && fanIn > 0))) debts.push({ kind: 'window', name: at })
  return debts
}

/** How often the debt was paid, payloads that arrived and dead letters together. */
function paid({ kind, name }: Debt, { at, partition, offset }: Planned, { delivered, deadLettered }: TestRecord): number {
  const letters = deadLettered.filter((letter) => letter.partition === partition)
  const tokens = [
    ...delivered.map(({ payload }) => payload),
    ...letters.filter(({ sink }) => sink !== null).flatMap(({ payloads }) => payloads),
  ]
  const stage = (wanted: string): number => letters.filter((letter) => letter.stage === wanted && letter.offsets.includes(offset)).length
  if (kind === 'stage') return stage(name)
  if (kind === 'task') return letters.filter(({ sink, record }) => sink === null && record.task_ids.includes(name)).length
  const is = ({ token, window }: Payload['data']): boolean => (kind === 'window' ? window?.includes(at) === true : token === name)
  return tokens.filter((payload) => is((payload as Payload).data)).length + (kind === 'window' ? stage('on_window_complete') : 0)
}

function handlerOf(plan: Script, messages: readonly Planned[]) {
  const byPlace = new Map(messages.map((message) => [message.at, message]))
  const of = ({ partition, offset }: SourceMessage): Planned => {
    const planned = byPlace.get(place(partition, offset))
    assert.ok(planned !== undefined)
    return planned
  }
  const refusedOnce = new Set<string>()
  const refuses = ({ at, mood }: Planned): boolean => {
    if (mood !== 'bad arrange once') return mood === 'bad arrange'
    const first = !refusedOnce.has(at)
    refusedOnce.add(at)
    return first
  }
  return defineHandler({
    arrange: async (window) => {
      await Promise.resolve()
      if (window.map((message) => refuses(of(message))).includes(true)) throw new Error('arrange')
      return window.flatMap((message, index) => {
        const { at, tasks, fanIn } = of(message)
        const own = tasks.map(({ fate, seconds }, number) =>
          task({ from: message, taskId: `${at}.${number}`, metadata: { fate, seconds } }),
        )
        if (!plan.fansIn || fanIn === 0) return own
        const tied = task({ from: window.slice(index, index + fanIn + 1), taskId: `${at}.tied`, metadata: { fate: 'ok', seconds: 1 } })
        return [...own, tied]
      })
    },
    onTaskComplete: ({ task: { taskId, metadata } }) => {
      if (metadata['fate'] === 'throws') throw new Error('task')
      if (metadata['fate'] === 'hangs') return new Promise(() => undefined)
      return { record: [{ data: { token: taskId } }] }
    },
    onError: ({ taskId, metadata }) => {
      const { fate } = metadata
      if (fate === 'retry') return ErrorAction.RETRY
      if (fate === 'replace') return ['x', 'y'].map((name) => task({ taskId: `${taskId}${name}`, metadata: { fate: 'ok', seconds: 1 } }))
      return fate === 'replace by nothing' ? [] : fate === 'skip' ? ErrorAction.SKIP : ErrorAction.DLQ
    },
    onDeliveryError: ({ attempt }) => (attempt > 2 ? DeliveryAction.DLQ : DeliveryAction.RETRY),
    ...(plan.messageHook && {
      onMessageComplete: ({ sourceMessage }: { readonly sourceMessage: SourceMessage }) => {
        const { at, mood } = of(sourceMessage)
        if (mood === 'bad message') throw new Error('message')
        return { record: [{ data: { token: at } }] }
      },
    }),
    ...(plan.windowHook && {
      onWindowComplete: (_results: unknown, window: readonly SourceMessage[]) => {
        if (window.some((message) => of(message).mood === 'bad window')) throw new Error('window')
        const places = window.map((message) => of(message).at)
        return { record: [{ data: { token: `window ${places.join()}`, window: places } }] }
      },
    }),
  })
}

/** Of the messages of one line, in their order: what came of one arrived before anything of the next. */
function checkOrder(plan: Script, messages: readonly Planned[], { delivered }: TestRecord): void {
  const { ordering } = plan.executor
  // Messages that tasks tie to one another start together.
  if (ordering === 'none' || plan.fansIn) return
  const firsts = new Map<string, number>()
  for (const [index, { payload }] of delivered.entries()) {
    const { token } = (payload as Payload).data
    if (!firsts.has(token)) firsts.set(token, index)
  }
  const lasts = new Map<string, number>()
  for (const message of messages) {
    if (ordering === 'key' && message.key === null) continue
    const line = ordering === 'key' ? `${message.partition}${message.key}` : String(message.partition)
    const arrivals = debtsOf(plan, message).flatMap(({ kind, name }) => (kind === 'payload' ? (firsts.get(name) ?? []) : []))
    const last = lasts.get(line) ?? -1
    for (const arrival of arrivals) assert.ok(arrival > last, `${message.at} was overtaken`)
    lasts.set(line, Math.max(last, ...arrivals))
  }
}

async function run(plan: Script): Promise<void> {
  const messages = placed(plan.messages)
  const record: { current: TestRecord | null } = { current: null }
  const early: string[] = []
  const checkCommitted = (): void => {
    const { current } = record
    if (current === null || early.length > 0) return
    for (const message of messages) {
      if (message.offset >= (current.committed.get(message.partition) ?? 0)) continue
      for (const debt of debtsOf(plan, message))
        if (paid(debt, message, current) === 0) early.push(`${debt.kind} ${debt.name} of ${message.at}`)
    }
  }
  await using worker = await startTestWorker(handlerOf(plan, messages), {
    messages: messages.map(({ partition, key, mood }) => ({ partition, key, ...(mood === 'no json' ? { raw: '{' } : { value: {} }) })),
    partitions: 2,
    sinks: ['record/main'],
    config: {
      executor: { ...plan.executor, max_retries: 2, retry_backoff_base_seconds: 1, hook_timeout_seconds: 20 },
      sinks: { record: { main: { delivery_timeout_seconds: 10 } } },
    },
    programs: ({ metadata }, attempt) => {
      checkCommitted()
      const fails =
        ['skip', 'dead', 'replace', 'replace by nothing'].includes(String(metadata['fate'])) ||
        (metadata['fate'] === 'retry' && attempt === 1)
      return { seconds: Number(metadata['seconds']), exitCode: fails ? 1 : 0 }
    },
    answers: {
      'record/main': () => {
        checkCommitted()
        return undefined
      },
    },
    patienceMs: 2,
  })
  record.current = worker
  worker.inject(...plan.faults)
  await worker.settle()
  checkCommitted()
  assert.deepEqual(early, [], 'committed before its end state')
  checkOrder(plan, messages, worker)
  const ends = [0, 1].map((partition) => messages.filter((message) => message.partition === partition).length)
  assert.deepEqual(
    [0, 1].map((partition) => worker.committed.get(partition) ?? 0),
    ends,
  )
  if (!plan.faults.some(({ kind }) => kind === 'killWorker' || kind === 'rebalance')) {
    for (const message of messages)
      for (const debt of debtsOf(plan, message)) assert.equal(paid(debt, message, worker), 1, `${debt.kind} ${debt.name} has one end state`)
  }
  const { exitCode } = await worker.stop()
  assert.equal(exitCode, 0)
}

it('commits only what has an end state, all of it in the end, and nobody overtakes in an order', async () => {
  await fc.assert(fc.asyncProperty(script, run), { numRuns: 60 })
}, 120_000)
