/** The pool against a naive model: a sorted list of waiting tasks and a set of slots. */
import { systemClock } from '@drakkar/plugin-sdk'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cancellation } from './cancellation.ts'
import { ExecutorPool, type SlotLease } from './executor-pool.ts'
import type { TaskPriority } from './executor.ts'

function createPool(maxExecutors: number, onIncomparablePriority = (): void => {}): ExecutorPool {
  return new ExecutorPool({ maxExecutors, clock: systemClock, onIncomparablePriority })
}

/** Lets every promise continue that can. */
async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
}

interface ModelTask {
  readonly id: number
  readonly priority: number
  state: 'waiting' | 'granted' | 'running' | 'over'
  isCancelled: boolean
  slot: number
  /** Which of the grants it got. */
  grant: number
}

/** What the pool promises, written the slow and obvious way. */
class ModelPool {
  readonly tasks: ModelTask[] = []
  readonly #max: number
  #grants = 0

  constructor(max: number) {
    this.#max = max
  }

  in(...states: ModelTask['state'][]): ModelTask[] {
    return this.tasks.filter((task) => states.includes(task.state))
  }

  submit(priority: number): void {
    this.tasks.push({ id: this.tasks.length, priority, state: 'waiting', isCancelled: false, slot: -1, grant: -1 })
    this.#dispatch()
  }

  cancel(task: ModelTask): void {
    task.isCancelled = true
    if (task.state === 'waiting') task.state = 'over'
  }

  release(task: ModelTask): void {
    task.state = 'over'
    this.#dispatch()
  }

  /** Holders that were granted a slot look at their cancellation, in the order of the grants. */
  continueGranted(): void {
    for (let granted = this.in('granted'); granted.length > 0; granted = this.in('granted')) {
      for (const task of granted.toSorted((left, right) => left.grant - right.grant)) {
        if (task.isCancelled) this.release(task)
        else task.state = 'running'
      }
    }
  }

  #dispatch(): void {
    for (;;) {
      const holders = this.in('granted', 'running')
      const [next] = this.in('waiting').toSorted((left, right) => left.priority - right.priority || left.id - right.id)
      if (next === undefined || holders.length >= this.#max) return
      const taken = new Set(holders.map((holder) => holder.slot))
      next.slot = Array.from({ length: this.#max }, (_, slot) => slot).find((slot) => !taken.has(slot)) ?? -1
      next.state = 'granted'
      next.grant = this.#grants++
    }
  }
}

interface RealTask {
  readonly cancellation: Cancellation
  lease: SlotLease | null
  isOver: boolean
}

/** Uses the pool as the executor does. */
function submit(pool: ExecutorPool, priority: number): RealTask {
  const task: RealTask = { cancellation: new Cancellation(), lease: null, isOver: false }
  const goOn = (lease: SlotLease | null): void => {
    if (lease === null || task.cancellation.isCancelled) {
      task.isOver = true
      lease?.release()
    } else task.lease = lease
  }
  pool.acquire({ priority, defaultPriority: 0, cancellation: task.cancellation }).then(goOn, assert.fail)
  return task
}

type Step =
  | { readonly do: 'submit'; readonly priority: number }
  | { readonly do: 'cancel' | 'release'; readonly pick: number }
  | { readonly do: 'continue' }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('submit' as const), priority: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('cancel' as const, 'release' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('continue' as const) }) },
)

class Comparison {
  readonly #pool: ExecutorPool
  readonly #model: ModelPool
  readonly #real: RealTask[] = []

  constructor(max: number) {
    this.#pool = createPool(max)
    this.#model = new ModelPool(max)
  }

  /** Synchronous: whoever was granted a slot goes on only in `continueAll()`. */
  apply(taken: Step): void {
    if (taken.do === 'submit') {
      this.#model.submit(taken.priority)
      this.#real.push(submit(this.#pool, taken.priority))
    } else if (taken.do === 'cancel') this.#cancel(taken.pick)
    else if (taken.do === 'release') this.#release(taken.pick)
    // Exact at every step, also between a grant and the moment its holder continues.
    assert.equal(this.#pool.activeCount, this.#model.in('granted', 'running').length)
    assert.equal(this.#pool.waitingCount, this.#model.in('waiting').length)
  }

  async continueAll(): Promise<void> {
    this.#model.continueGranted()
    await settleMicrotasks()
    const running = this.#model.in('running')
    assert.deepEqual(
      running.map((task) => this.#real[task.id]?.lease?.slot),
      running.map((task) => task.slot),
    )
  }

  async finish(): Promise<void> {
    for (;;) {
      await this.continueAll()
      if (this.#model.in('running').length === 0) break
      this.#release(0)
    }
    assert.deepEqual([this.#pool.activeCount, this.#pool.waitingCount], [0, 0])
  }

  #cancel(pick: number): void {
    const candidates = this.#model.in('waiting', 'granted')
    const task = candidates[pick % candidates.length]
    if (task === undefined) return
    this.#model.cancel(task)
    this.#real[task.id]?.cancellation.cancel()
  }

  #release(pick: number): void {
    const candidates = this.#model.in('running')
    const task = candidates[pick % candidates.length]
    if (task === undefined) return
    this.#model.release(task)
    this.#real[task.id]?.lease?.release()
    this.#real[task.id]?.lease?.release()
  }
}

describe('ExecutorPool', () => {
  it('counts, orders and numbers slots as the model does, whoever is cancelled at whatever moment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), async (max, steps) => {
        const comparison = new Comparison(max)
        for (const taken of steps) {
          if (taken.do === 'continue') await comparison.continueAll()
          else comparison.apply(taken)
        }
        await comparison.finish()
      }),
      { numRuns: 3000 },
    )
  }, 60_000)

  it('hands the slot on when its holder was cancelled at the moment of the hand-over', async () => {
    const pool = createPool(1)
    const [first, second, third] = [submit(pool, 0), submit(pool, 1), submit(pool, 2)]
    await settleMicrotasks()
    first.lease?.release()
    second.cancellation.cancel()
    expect(pool).toMatchObject({ activeCount: 1, waitingCount: 1 })
    await settleMicrotasks()
    expect(second).toMatchObject({ lease: null, isOver: true })
    expect(third.lease?.slot).toBe(0)
    expect(pool).toMatchObject({ activeCount: 1, waitingCount: 0 })
  })

  it('gives the default priority to what cannot be compared, and says so', async () => {
    const order: string[] = []
    let incomparable = 0
    const pool = createPool(1, () => (incomparable += 1))
    const enter = (name: string, priority: unknown, defaultPriority: number): void => {
      const goOn = (lease: SlotLease | null): void => {
        order.push(name)
        lease?.release()
      }
      pool.acquire({ priority: priority as TaskPriority, defaultPriority, cancellation: new Cancellation() }).then(goOn, assert.fail)
    }
    enter('holder', 0, 0)
    enter('five', 5, 0)
    enter('NaN, by default 3', NaN, 3)
    enter('text, by default 7', 'x', 7)
    enter('nothing, by default 6', undefined, 6)
    enter('four', 4, 0)
    for (let turn = 0; turn < 10; turn += 1) await settleMicrotasks()
    expect(order).toEqual(['holder', 'NaN, by default 3', 'four', 'five', 'nothing, by default 6', 'text, by default 7'])
    expect(incomparable).toBe(3)
  })

  it('grants nothing during the pause after pressure, and fewer slots after it', async () => {
    let endPause = (): void => {}
    const clock = { ...systemClock, monotonicMs: () => 0, sleep: () => new Promise<void>((resolve) => (endPause = resolve)) }
    const pool = new ExecutorPool({ maxExecutors: 4, clock, onIncomparablePriority: () => {} })
    const tasks = Array.from({ length: 8 }, (_, index) => submit(pool, index))
    await settleMicrotasks()
    pool.reportPressure()
    for (const task of tasks) task.lease?.release()
    expect(pool).toMatchObject({ activeCount: 0, waitingCount: 4, limit: 2 })
    endPause()
    await settleMicrotasks()
    expect(pool).toMatchObject({ activeCount: 2, waitingCount: 2 })
    pool.reportStart()
    pool.reportStart()
    expect(pool).toMatchObject({ activeCount: 3, waitingCount: 1, limit: 3 })
  })
})
