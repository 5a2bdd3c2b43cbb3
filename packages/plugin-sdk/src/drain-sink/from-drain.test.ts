import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { SinkError } from '../errors.ts'
import type { SinkDrain } from '../sink-drain.ts'
import type { CallOptions, DeliverResult, Sink } from '../sink.ts'
import { createTestSink } from '../testing/create-test-sink.ts'
import { createTestContext, deliverCall, deliveryItem } from '../testing/test-context.ts'
import { fromDrain, type DrainSinkInput } from './from-drain.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const call = (): CallOptions => ({ signal: new AbortController().signal })
const Number1 = Type.Object({ n: Type.Number() })
type Message = { n: number }

/** A drain whose writes and flushes end when the test says so, if it is held. */
class HeldDrain implements SinkDrain<Message> {
  readonly writes: number[][] = []
  readonly refused = new Set<number>()
  isUp = true
  failsFlush = false
  flushes = 0
  closes = 0
  isHeld = false
  readonly #waiting: (() => void)[] = []

  async writeBatch(batch: readonly Message[]): Promise<void> {
    this.writes.push(batch.map(({ n }) => n))
    await this.#gate()
    if (!this.isUp) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
    const bad = batch.find(({ n }) => this.refused.has(n))
    if (bad !== undefined) throw new Error(`refused ${bad.n}`)
  }

  async flushDurable(): Promise<void> {
    this.flushes += 1
    await this.#gate()
    if (this.failsFlush) throw new SinkError({ kind: 'transient', message: 'cannot sync' })
  }

  async close(): Promise<void> {
    this.closes += 1
  }

  /** Ends the call that is running. */
  async step(): Promise<void> {
    this.#waiting.shift()?.()
    await turn()
  }

  async #gate(): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
}

type Options = Partial<Omit<DrainSinkInput<typeof noKeys, typeof Number1>, 'open' | 'config'>>
const noKeys = Type.Object({}, { additionalProperties: false })

async function connected(options: Options = {}) {
  const drain = new HeldDrain()
  const context = createTestContext()
  const definition = fromDrain({ type: 'drained', config: noKeys, payload: Number1, open: () => drain, ...options })
  const sink = createTestSink(definition, {}, context)
  await sink.connect?.(call())
  return { drain, definition, sink, context }
}

const items = (...numbers: number[]) => numbers.map((n) => deliveryItem({ n }, { id: `p${n}` }))

function track(result: Promise<DeliverResult> | DeliverResult) {
  const tracked: { answers?: DeliverResult; error?: unknown; ended: boolean } = { ended: false }
  const running = Promise.resolve(result).then(
    (answers) => Object.assign(tracked, { answers, ended: true }),
    (error: unknown) => Object.assign(tracked, { error, ended: true }),
  )
  return Object.assign(tracked, { running })
}

const deliver = (sink: Sink<Message>, numbers: number[], signal?: AbortSignal) =>
  track(sink.deliver(items(...numbers), deliverCall(signal === undefined ? {} : { signal })))

describe('ack: durable', () => {
  it('answers after the barrier, not before', async () => {
    const { drain, sink } = await connected()
    drain.isHeld = true
    const delivery = deliver(sink, [1, 2])
    await turn()
    await drain.step()
    expect([drain.writes, drain.flushes, delivery.ended]).toEqual([[[1, 2]], 1, false])
    await drain.step()
    expect(delivery.answers).toEqual([
      { id: 'p1', status: 'ok' },
      { id: 'p2', status: 'ok' },
    ])
    expect(sink.flush).toBeUndefined()
  })

  it('tells a failed write to the payloads in it, and to no other', async () => {
    const { drain, sink } = await connected({ queue: { batchSize: 2 } })
    drain.refused.add(1)
    drain.isHeld = true
    const first = deliver(sink, [1])
    const second = deliver(sink, [2])
    const third = deliver(sink, [3])
    await turn()
    while (!third.ended) await drain.step()
    expect(first.answers).toMatchObject([{ id: 'p1', status: 'failure', error: { kind: 'permanent', message: 'refused 1' } }])
    const together = drain.writes.find((write) => write.includes(1))?.includes(2)
    expect(second.answers).toMatchObject([{ status: together === true ? 'failure' : 'ok' }])
    expect(third.answers).toEqual([{ id: 'p3', status: 'ok' }])
  })

  it('does not lose the failure of a batch that left before the barrier of its own delivery', async () => {
    const { drain, sink } = await connected({ queue: { batchSize: 1 } })
    drain.isHeld = true
    const first = deliver(sink, [1, 2])
    const second = deliver(sink, [3])
    drain.refused.add(1)
    await turn()
    while (!first.ended || !second.ended) await drain.step()
    expect(first.answers).toMatchObject([
      { id: 'p1', status: 'failure' },
      { id: 'p2', status: 'ok' },
    ])
    expect(second.answers).toEqual([{ id: 'p3', status: 'ok' }])
  })

  it('fails what was in a flush that failed', async () => {
    const { drain, sink } = await connected()
    drain.failsFlush = true
    await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([
      { id: 'p1', status: 'failure', error: { kind: 'transient' } },
    ])
    drain.failsFlush = false
    await expect(sink.deliver(items(2), deliverCall())).resolves.toEqual([{ id: 'p2', status: 'ok' }])
  })

  it('fails what a flush that takes too long has not made durable', async () => {
    const { drain, sink } = await connected({ queue: { flushTimeoutMs: 5 } })
    drain.isHeld = true
    await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([
      { id: 'p1', status: 'failure', error: { code: 'DRK_DRAIN_FLUSH_FAILED', kind: 'transient' } },
    ])
  })
})

describe('ack: written', () => {
  it('answers after the write; flush is the barrier', async () => {
    const { drain, sink } = await connected({ ack: 'written' })
    await expect(sink.deliver(items(1), deliverCall())).resolves.toEqual([{ id: 'p1', status: 'ok' }])
    expect(drain.flushes).toBe(0)
    await sink.flush?.(call())
    expect(drain.flushes).toBe(1)
  })

  it('does not fail a flush because of a write whose payloads were told', async () => {
    const { drain, sink } = await connected({ ack: 'written' })
    drain.isUp = false
    await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([{ status: 'failure', error: { kind: 'transient' } }])
    drain.isUp = true
    await expect(sink.deliver(items(2), deliverCall())).resolves.toMatchObject([{ status: 'ok' }])
    await expect(sink.flush?.(call())).resolves.toBeUndefined()
  })

  it('fails every flush that covers a payload which did not become durable, and the next one, and no later one', async () => {
    const { drain, sink } = await connected({ ack: 'written' })
    await sink.deliver(items(1), deliverCall())
    drain.isHeld = true
    drain.failsFlush = true
    const first = track(sink.flush?.(call()))
    const second = track(sink.flush?.(call()))
    await turn()
    while (!first.ended || !second.ended) await drain.step()
    expect([first.error, second.error]).toMatchObject([{ code: 'DRK_DRAIN_FLUSH_FAILED' }, { code: 'DRK_DRAIN_FLUSH_FAILED' }])
    Object.assign(drain, { isHeld: false, failsFlush: false })
    await expect(sink.flush?.(call())).rejects.toMatchObject({ code: 'DRK_DRAIN_FLUSH_FAILED' })
    await expect(sink.flush?.(call())).resolves.toBeUndefined()
  })
})

describe('ack: queued', () => {
  it('answers at once, is lossy, and counts what it lost', async () => {
    const { drain, sink, definition, context } = await connected({ ack: 'queued', queue: { flushIntervalMs: 0 } })
    drain.isUp = false
    await expect(sink.deliver(items(1), deliverCall())).resolves.toEqual([{ id: 'p1', status: 'ok' }])
    await sink.close?.(call())
    expect(definition.capabilities.lossy).toBe(true)
    expect(context.metrics.values.get('drain_write_errors_total')).toBe(1)
    expect(context.logger.entries).toMatchObject([{ level: 'error', event: 'sink_drain_write_error', fields: { lost: 1 } }])
  })
})

it('narrows a refused batch down when a message may be written twice', async () => {
  const { drain, sink } = await connected({ idempotent: true })
  drain.refused.add(3)
  const answers = await sink.deliver(items(1, 2, 3, 4), deliverCall())
  expect(answers).toMatchObject([
    { status: 'ok' },
    { status: 'ok' },
    { status: 'failure', error: { message: 'refused 3' } },
    { status: 'ok' },
  ])
  expect(drain.writes).toEqual([[1, 2, 3, 4], [1, 2], [3, 4], [3], [4]])
})

it('fails the whole batch when a message may not be written twice', async () => {
  const { drain, sink } = await connected()
  drain.refused.add(2)
  const answers = await sink.deliver(items(1, 2), deliverCall())
  expect(answers).toMatchObject([{ status: 'failure' }, { status: 'failure' }])
  expect(drain.writes).toEqual([[1, 2]])
})

it('does not write what was given up before its turn came', async () => {
  const { drain, sink } = await connected({ queue: { batchSize: 1 } })
  drain.isHeld = true
  const abort = new AbortController()
  const first = deliver(sink, [1])
  const second = deliver(sink, [2, 3], abort.signal)
  await turn()
  abort.abort(new DOMException('too slow', 'TimeoutError'))
  await turn()
  expect(second.error).toMatchObject({ name: 'TimeoutError' })
  while (!first.ended) await drain.step()
  drain.isHeld = false
  await drain.step()
  await sink.close?.(call())
  expect(drain.writes).toEqual([[1]])
})

it('opens the drain on connect and closes it once, with what is queued written', async () => {
  const { drain, sink } = await connected({ ack: 'queued' })
  await sink.deliver(items(1, 2), deliverCall())
  await sink.close?.(call())
  await sink.close?.(call())
  expect([drain.writes, drain.closes]).toEqual([[[1, 2]], 1])
})

it('cannot be connected while its drain cannot be opened, and can afterwards', async () => {
  let isUp = false
  const definition = fromDrain({
    type: 'drained',
    payload: Number1,
    open() {
      if (!isUp) throw Object.assign(new Error('connect ECONNREFUSED pg://u:CANARY@h'), { code: 'ECONNREFUSED' })
      return new HeldDrain()
    },
  })
  const sink = createTestSink(definition)
  await expect(sink.connect?.(call())).rejects.toMatchObject({
    code: 'DRK_SINK_CONNECT_FAILED',
    kind: 'transient',
    message: expect.not.stringContaining('CANARY'),
  })
  isUp = true
  await sink.connect?.(call())
  await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([{ status: 'ok' }])
})
