import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OffsetTracker } from './offset-tracker.ts'

describe('OffsetTracker', () => {
  it('commits nothing while the lowest offset is pending', () => {
    const tracker = new OffsetTracker()
    for (const offset of [5, 6, 7]) tracker.register(offset)
    tracker.complete(6)
    tracker.complete(7)
    expect(tracker.committable()).toBeNull()
    tracker.complete(5)
    expect(tracker.committable()).toBe(8)
  })

  it('is not held back by gaps in the offsets', () => {
    const tracker = new OffsetTracker()
    for (const offset of [1, 10, 200]) tracker.register(offset)
    tracker.complete(1)
    tracker.complete(10)
    expect(tracker.committable()).toBe(11)
  })

  it('blocks again when a lower offset is registered late', () => {
    const tracker = new OffsetTracker()
    tracker.register(3)
    tracker.complete(3)
    expect(tracker.committable()).toBe(4)
    tracker.register(1)
    expect(tracker.committable()).toBeNull()
    tracker.complete(1)
    expect(tracker.committable()).toBe(4)
  })

  it('never goes back behind an acknowledged commit', () => {
    const tracker = new OffsetTracker()
    tracker.register(3)
    tracker.complete(3)
    tracker.acknowledgeCommit(4)
    tracker.acknowledgeCommit(2)
    tracker.register(1)
    expect(tracker.committed).toBe(4)
    expect(tracker.trackedCount).toBe(0)
    expect(tracker.committable()).toBeNull()
  })

  it('keeps no more than what is unacknowledged over a long run', () => {
    const tracker = new OffsetTracker()
    for (let offset = 0; offset < 100_000; offset += 1) {
      tracker.register(offset)
      tracker.complete(offset)
      tracker.acknowledgeCommit(offset + 1)
    }
    expect(tracker.trackedCount).toBe(0)
    expect(tracker.pendingCount).toBe(0)
  })
})

/** One list of states per offset, read from the front every time. */
class NaiveTracker {
  readonly states = new Map<number, 'pending' | 'completed'>()
  committed: number | null = null

  register(offset: number): void {
    if (this.committed !== null && offset < this.committed) return
    if (!this.states.has(offset)) this.states.set(offset, 'pending')
  }

  complete(offset: number): void {
    if (this.states.has(offset)) this.states.set(offset, 'completed')
  }

  committable(): number | null {
    let result: number | null = null
    for (const offset of [...this.states.keys()].toSorted((a, b) => a - b)) {
      if (this.states.get(offset) === 'pending') break
      result = offset + 1
    }
    return result
  }

  acknowledge(offset: number): void {
    if (this.committed !== null && offset <= this.committed) return
    this.committed = offset
    for (const known of this.states.keys()) if (known < offset) this.states.delete(known)
  }
}

type Step = { readonly kind: 'register' | 'complete' | 'commit-ok' | 'commit-fail' | 'reassign'; readonly offset: number }

describe('OffsetTracker against a naive model', () => {
  it('gives the same watermark for any sequence of deliver, finish, commit and assignment', () => {
    const step: fc.Arbitrary<Step> = fc.record({
      kind: fc.constantFrom('register', 'register', 'complete', 'complete', 'complete', 'commit-ok', 'commit-fail', 'reassign'),
      offset: fc.integer({ min: 0, max: 40 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        let tracker = new OffsetTracker()
        let model = new NaiveTracker()
        for (const { kind, offset } of steps) {
          switch (kind) {
            case 'register':
              tracker.register(offset)
              model.register(offset)
              break
            case 'complete':
              tracker.complete(offset)
              model.complete(offset)
              break
            case 'commit-ok': {
              const next = tracker.committable()
              if (next !== null) {
                tracker.acknowledgeCommit(next)
                model.acknowledge(next)
              }
              break
            }
            case 'commit-fail':
              tracker.committable()
              break
            case 'reassign':
              tracker = new OffsetTracker()
              model = new NaiveTracker()
              break
          }
          expect(tracker.committable()).toBe(model.committable())
          expect(tracker.committed).toBe(model.committed)
          expect(tracker.trackedCount).toBe(model.states.size)
        }
      }),
      { numRuns: 500 },
    )
  })
})
