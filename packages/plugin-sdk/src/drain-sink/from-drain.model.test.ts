/** Random overlapping deliveries, flushes, aborts and failures of the drain, against what the drain itself knows to be durable. */
import fc from 'fast-check'
import { Type } from 'typebox'
import { expect, it } from 'vitest'
import type { SinkDrain } from '../sink-drain.ts'
import type { CallOptions, DeliverResult, Sink } from '../sink.ts'
import { createTestSink } from '../testing/create-test-sink.ts'
import { deliverCall, deliveryItem } from '../testing/test-context.ts'
import type { DrainAck } from './drain-sink.ts'
import { fromDrain } from './from-drain.ts'

const Payload = Type.Object({ n: Type.Integer() })
type Message = { n: number }
const call = (): CallOptions => ({ signal: new AbortController().signal })
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A failed flush loses what was written since the last one. Each call ends when told, well or not. */
class ModelDrain implements SinkDrain<Message> {
  readonly written: number[] = []
  readonly durable = new Set<number>()
  isFree = false
  #unflushed: number[] = []
  #running: ((fails: boolean) => void) | undefined

  step(fails: boolean): void {
    const end = this.#running
    this.#running = undefined
    end?.(fails)
  }

  async writeBatch(batch: readonly Message[]): Promise<void> {
    if (await this.#fails()) throw new Error('cannot write')
    this.written.push(...batch.map(({ n }) => n))
    this.#unflushed.push(...batch.map(({ n }) => n))
  }

  async flushDurable(): Promise<void> {
    const lost = await this.#fails()
    const unflushed = this.#unflushed
    this.#unflushed = []
    if (lost) throw new Error('cannot sync')
    for (const n of unflushed) this.durable.add(n)
  }

  #fails(): Promise<boolean> {
    return this.isFree ? Promise.resolve(false) : new Promise((resolve) => (this.#running = resolve))
  }
}

type Action =
  | { readonly kind: 'deliver'; readonly count: number }
  | { readonly kind: 'step'; readonly fails: boolean }
  | { readonly kind: 'flush' }
  | { readonly kind: 'abort'; readonly index: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }).map((count): Action => ({ kind: 'deliver', count })) },
  { weight: 6, arbitrary: fc.constantFrom(false, false, true).map((fails): Action => ({ kind: 'step', fails })) },
  { weight: 2, arbitrary: fc.constant<Action>({ kind: 'flush' }) },
  { weight: 1, arbitrary: fc.nat({ max: 20 }).map((index): Action => ({ kind: 'abort', index })) },
)

class Run {
  readonly drain = new ModelDrain()
  readonly answeredOk = new Set<number>()
  readonly failed = new Set<number>()
  readonly givenUp = new Set<number>()
  readonly #sink: Sink<Message>
  readonly #ack: DrainAck
  readonly #running: Promise<unknown>[] = []
  readonly #aborts: AbortController[] = []
  #made = 0

  constructor(ack: DrainAck, batchSize: number) {
    this.#ack = ack
    const queue = { batchSize, queueCapacity: 3 }
    this.#sink = createTestSink(fromDrain({ type: 'drained', payload: Payload, ack, queue, open: () => this.drain }))
  }

  async start(): Promise<void> {
    await this.#sink.connect?.(call())
  }

  async act(step: Action): Promise<void> {
    if (step.kind === 'deliver') this.#running.push(this.#deliver(step.count))
    else if (step.kind === 'step') this.drain.step(step.fails)
    else if (step.kind === 'flush') this.#running.push(this.#flush())
    else this.#aborts[step.index]?.abort(new Error('given up'))
    await turn()
  }

  async end(): Promise<void> {
    this.drain.isFree = true
    this.drain.step(false)
    await Promise.all(this.#running)
    await this.#flush()
    await this.#sink.close?.(call())
  }

  async #deliver(count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => (this.#made += 1))
    const abort = new AbortController()
    this.#aborts.push(abort)
    const batch = numbers.map((n) => deliveryItem({ n }, { id: String(n) }))
    try {
      this.#note(await this.#sink.deliver(batch, deliverCall({ signal: abort.signal })))
    } catch {
      for (const n of numbers) this.givenUp.add(n)
    }
  }

  #note(result: DeliverResult): void {
    for (const { id, status } of result ?? []) {
      const n = Number(id)
      if (status !== 'ok') this.failed.add(n)
      else {
        this.answeredOk.add(n)
        const isThere = this.#ack === 'durable' ? this.drain.durable.has(n) : this.drain.written.includes(n)
        expect(isThere, `${n} was answered before it was ${this.#ack}`).toBe(true)
      }
    }
  }

  async #flush(): Promise<void> {
    const covered = [...this.answeredOk]
    const lost = await Promise.resolve(this.#sink.flush?.(call())).then(
      () => false,
      () => true,
    )
    if (this.#ack !== 'written') return
    const missing = covered.filter((n) => !this.drain.durable.has(n) && !this.#toldLost.has(n))
    if (!lost) expect(missing, 'a flush promised what is not durable').toEqual([])
    for (const n of missing) this.#toldLost.add(n)
  }

  readonly #toldLost = new Set<number>()
}

it.each<DrainAck>(['durable', 'written'])('ack %s: what is answered is kept, and nothing is written twice', async (ack) => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(action, { maxLength: 30, size: 'max' }), async (batchSize, actions) => {
      const run = new Run(ack, batchSize)
      await run.start()
      for (const step of actions) await run.act(step)
      await run.end()
      expect(new Set(run.drain.written).size).toBe(run.drain.written.length)
      const untold = [...run.drain.durable].filter((n) => !run.answeredOk.has(n) && !run.givenUp.has(n))
      expect(untold, 'a durable payload was answered as failed').toEqual([])
    }),
    { numRuns: 60 },
  )
})
