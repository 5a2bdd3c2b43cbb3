/** Random interleavings of producers, time, failures and barriers, against a model that only knows what was accepted. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BackgroundSink } from './background-sink.ts'
import type { SinkDrain } from './sink-drain.ts'
import { createFakeClock } from './testing/fake-clock.ts'

type Action = { readonly kind: 'try' | 'push' | 'flush' | 'step' | 'close' } | { readonly kind: 'wait'; readonly ms: number }

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Action>({ kind: 'try' }, { kind: 'push' }) },
  { weight: 3, arbitrary: fc.constantFrom<Action>({ kind: 'flush' }, { kind: 'step' }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 12 }).map((ms): Action => ({ kind: 'wait', ms })) },
)

/** Fails when told, never overlaps, and remembers what is written and what is durable. */
class ModelDrain implements SinkDrain<number> {
  readonly written: number[] = []
  readonly lost = new Set<number>()
  durable = 0
  overlaps = 0
  closed = 0
  #busy = false
  readonly #outcomes: Iterator<boolean>
  readonly #waiting: (() => void)[] = []
  isManual = true

  constructor(outcomes: readonly boolean[]) {
    this.#outcomes = outcomes[Symbol.iterator]()
  }

  /** Lets the call that is running end. */
  step(): void {
    this.#waiting.shift()?.()
  }

  async writeBatch(batch: readonly number[]): Promise<void> {
    await this.#enter()
    if (this.#fails()) {
      for (const message of batch) this.lost.add(message)
      throw new Error('lost')
    }
    this.written.push(...batch)
  }

  async flushDurable(): Promise<void> {
    await this.#enter()
    if (this.#fails()) throw new Error('not durable')
    this.durable = this.written.length
  }

  async close(): Promise<void> {
    await this.#enter()
    this.closed += 1
  }

  #fails(): boolean {
    return this.#outcomes.next().value === true
  }

  async #enter(): Promise<void> {
    if (this.#busy) this.overlaps += 1
    this.#busy = true
    if (this.isManual) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#busy = false
  }
}

interface FlushRecord {
  readonly accepted: readonly number[]
  outcome: 'pending' | 'resolved' | 'rejected'
  durableThen: ReadonlySet<number>
  lostThen: ReadonlySet<number>
}

it('never claims durability for what is not durable, loses nothing accepted, and keeps the order', async () => {
  const config = fc.record({
    queueCapacity: fc.integer({ min: 1, max: 5 }),
    batchSize: fc.integer({ min: 1, max: 4 }),
    flushIntervalMs: fc.constant(5),
  })
  await fc.assert(
    fc.asyncProperty(
      config,
      fc.array(action, { maxLength: 60, size: 'max' }),
      fc.array(fc.boolean()),
      async (settings, actions, outcomes) => {
        const clock = createFakeClock()
        const drain = new ModelDrain(outcomes)
        const { sink, join } = BackgroundSink.spawn(drain, { ...settings, clock })
        const accepted: number[] = []
        const flushes: FlushRecord[] = []
        const background: Promise<void>[] = []
        let dropped = 0
        let next = 0

        const flush = async (): Promise<void> => {
          const record: FlushRecord = { accepted: [...accepted], outcome: 'pending', durableThen: new Set(), lostThen: new Set() }
          flushes.push(record)
          record.outcome = await sink.flush().then(
            () => 'resolved' as const,
            () => 'rejected' as const,
          )
          record.lostThen = new Set(drain.lost)
          record.durableThen = new Set(drain.written.slice(0, drain.durable))
        }
        const perform = async (step: Action): Promise<void> => {
          if (step.kind === 'wait') return clock.advance(step.ms)
          if (step.kind === 'step') drain.step()
          if (step.kind === 'flush') background.push(flush())
          if (step.kind === 'try' || step.kind === 'push') next += 1
          const message = next
          if (step.kind === 'push') background.push(sink.push(message).then(() => void accepted.push(message)))
          if (step.kind !== 'try') return
          try {
            sink.tryPush(message)
            accepted.push(message)
          } catch {
            dropped += 1
          }
        }
        for (const step of actions) {
          await perform(step)
          await Promise.resolve()
          expect(sink.pending).toBeGreaterThanOrEqual(0)
          expect(sink.pending).toBeLessThanOrEqual(settings.queueCapacity + settings.batchSize)
        }
        drain.isManual = false
        for (let rest = 0; rest < 3; rest += 1) drain.step()
        const pushing = Promise.allSettled(background)
        await clock.advance(1000)
        await pushing
        await sink.close()
        await join

        expect(drain.overlaps).toBe(0)
        expect(drain.closed).toBe(1)
        expect(sink.dropped).toBe(dropped)
        expect(sink.pending).toBe(0)
        const settled = [...drain.written, ...drain.lost].toSorted((left, right) => left - right)
        expect(settled).toEqual(accepted.toSorted((left, right) => left - right))
        expectFlushesHonest(flushes)
      },
    ),
    { numRuns: 300 },
  )
})

/** A loss is reported by the first flush behind it; a flush that resolves covers everything but losses reported before. */
function expectFlushesHonest(flushes: readonly FlushRecord[]): void {
  const reported = new Set<number>()
  for (const flush of flushes) {
    expect(flush.outcome).not.toBe('pending')
    const missing = flush.accepted.filter((message) => !flush.durableThen.has(message) && !reported.has(message))
    expect(flush.outcome === 'resolved' ? missing : []).toEqual([])
    if (flush.outcome === 'rejected') for (const message of flush.lostThen) reported.add(message)
  }
}
