import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FairAges, ServedAge } from './fair-ages.ts'

interface Waiting {
  readonly partition: number
  readonly age: number
  readonly arrival: number
}

/** The pool, the slow and obvious way: the smallest age first, then who came first. */
class Queue {
  readonly waiting: Waiting[] = []
  #arrivals = 0

  add(partition: number, age: number, tasks: number): void {
    for (let count = 0; count < tasks; count += 1) this.waiting.push({ partition, age, arrival: this.#arrivals++ })
  }

  take(): Waiting {
    this.waiting.sort((one, other) => one.age - other.age || one.arrival - other.arrival)
    const next = this.waiting.shift()
    if (next === undefined) throw new Error('nobody waits')
    return next
  }
}

const messages = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 20, maxLength: 20, size: 'max' })

describe('FairAges', () => {
  it('gives partitions with tasks waiting equal shares, whatever their messages need', () => {
    fc.assert(
      fc.property(fc.array(messages, { minLength: 2, maxLength: 4 }), (partitions) => {
        const served = new ServedAge()
        const queue = new Queue()
        for (const [partition, costs] of partitions.entries()) {
          const ages = new FairAges(served)
          for (const tasks of costs) queue.add(partition, ages.take(tasks), tasks)
        }
        const shares = partitions.map(() => 0)
        // Nobody has run out of tasks until somebody has had his last.
        const rounds = 15 * partitions.length
        for (let round = 0; round < rounds; round += 1) {
          const { partition } = queue.take()
          shares[partition] = (shares[partition] ?? 0) + 1
          expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(8)
        }
      }),
    )
  })

  it('serves a partition that comes late soon, and not for what it did not ask', () => {
    const served = new ServedAge()
    const [busy, late] = [new FairAges(served), new FairAges(served)]
    const queue = new Queue()
    for (let count = 0; count < 100; count += 1) queue.add(0, busy.take(1), 1)
    const serve = (): number => {
      const { partition, age } = queue.take()
      busy.ended(age)
      return partition
    }
    for (let count = 0; count < 50; count += 1) serve()
    for (let count = 0; count < 10; count += 1) queue.add(1, late.take(1), 1)
    expect(Array.from({ length: 8 }, serve)).toEqual([1, 0, 1, 0, 1, 0, 1, 0])
  })

  it('keeps the order of a partition', () => {
    const ages = new FairAges(new ServedAge())
    expect([ages.take(3), ages.take(1), ages.take(1), ages.present]).toEqual([0, 3, 4, 5])
  })
})
