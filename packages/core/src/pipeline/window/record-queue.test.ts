import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordAt } from '../../../test/support/values.ts'
import { bytesOf, RecordQueue } from './record-queue.ts'

describe('RecordQueue', () => {
  it('behaves like an array, whatever is pushed, taken and cleared', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('push' as const), count: fc.integer({ min: 0, max: 3000 }) }),
      fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 0, max: 3000 }) }),
      fc.record({ kind: fc.constant('clear' as const), count: fc.constant(0) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const queue = new RecordQueue()
        const model: number[] = []
        let next = 0
        for (const { kind, count } of steps) {
          if (kind === 'push') {
            const offsets = Array.from({ length: count }, () => next++)
            queue.push(offsets.map((offset) => recordAt(offset, { value: null })))
            model.push(...offsets)
          } else if (kind === 'take') {
            expect(queue.take(count).map(({ offset }) => offset)).toEqual(model.splice(0, count))
          } else {
            expect(queue.clear()).toEqual({ count: model.splice(0).length, bytes: 0 })
          }
          expect(queue.length).toBe(model.length)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('says how many bytes of keys and values it threw away', () => {
    const queue = new RecordQueue()
    queue.push([
      recordAt(1, { key: Buffer.from('ab'), value: Buffer.from('cde') }),
      recordAt(2, { value: null }),
      recordAt(3, { value: Buffer.from('x') }),
    ])
    queue.take(1)
    expect(queue.clear()).toEqual({ count: 2, bytes: 1 })
  })
})

describe('bytesOf', () => {
  it('counts keys and values', () => {
    expect(bytesOf([recordAt(1, { key: Buffer.from('ab'), value: Buffer.from('cde') }), recordAt(2, { value: null })])).toBe(5)
  })
})
