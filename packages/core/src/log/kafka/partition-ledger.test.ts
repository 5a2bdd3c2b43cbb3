import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { PartitionLedger } from './partition-ledger.ts'

const at = (next: number) => ({ next, committed: null, silent: false })

describe('PartitionLedger', () => {
  it('gives every period of ownership a higher epoch', () => {
    const ledger = new PartitionLedger()
    const epochs = [0, 1, 0].map((partition) => ledger.own(partition, at(0)).epoch)
    expect(epochs[0]).toBeLessThan(epochs[1] ?? 0)
    expect(epochs[1]).toBeLessThan(epochs[2] ?? 0)
  })

  it('accepts commits of the present epoch of an owned partition only', () => {
    const action = fc.oneof(
      fc.record({ type: fc.constant('own' as const), partition: fc.nat({ max: 3 }) }),
      fc.record({ type: fc.constant('drop' as const), partition: fc.nat({ max: 3 }) }),
    )
    fc.assert(
      fc.property(
        fc.array(action),
        fc.array(fc.record({ partition: fc.nat({ max: 4 }), epoch: fc.nat({ max: 12 }) })),
        (actions, wanted) => {
          const ledger = new PartitionLedger()
          const model = new Map<number, number>()
          for (const { type, partition } of actions) {
            if (type === 'own') model.set(partition, ledger.own(partition, at(0)).epoch)
            else {
              ledger.drop([partition])
              model.delete(partition)
            }
          }
          const requests = wanted.map((one) => ({ ...one, offset: 1 }))
          const isOurs = (request: { partition: number; epoch: number }): boolean => model.get(request.partition) === request.epoch
          expect(ledger.fence(requests)).toEqual({ accepted: requests.filter(isOurs), refused: requests.filter((one) => !isOurs(one)) })
        },
      ),
    )
  })

  it('remembers a pause over loss and return, and forgets one of a partition it never had', () => {
    const ledger = new PartitionLedger()
    ledger.own(0, at(0))
    expect(ledger.pause([0, 7])).toEqual([0])
    expect(ledger.pause([0])).toEqual([])
    ledger.drop([0])
    ledger.own(0, at(5))
    ledger.own(7, at(0))
    expect([ledger.isOpen(0), ledger.isOpen(7)]).toEqual([false, true])
    expect(ledger.resume([0, 7]).map(({ partition }) => partition)).toEqual([0])
    expect(ledger.isOpen(0)).toBe(true)
  })

  it('resumes no partition that is silent', () => {
    const ledger = new PartitionLedger()
    ledger.own(0, { next: 2, committed: 2, silent: true })
    ledger.pause([0])
    expect(ledger.resume([0])).toEqual([])
    expect(ledger.isOpen(0)).toBe(false)
  })

  it('knows which partitions somebody else has moved on: not by our own commits, also not those still under way', () => {
    const ledger = new PartitionLedger()
    const zero = ledger.own(0, { next: 3, committed: 3, silent: false })
    ledger.own(1, at(0))
    ledger.noteCommit([{ partition: 0, epoch: zero.epoch, offset: 9 }])
    expect(ledger.overtaken([0, 1], new Map([[0, 9]]))).toEqual([])
    expect(
      ledger.overtaken(
        [0, 1],
        new Map([
          [0, 10],
          [1, 0],
        ]),
      ),
    ).toEqual([0, 1])
  })

  it('counts what holds no record as settled once the last record before it is committed', () => {
    const ledger = new PartitionLedger()
    const owned = ledger.own(0, { next: 5, committed: 5, silent: false })
    expect(ledger.settledUpTo(0, 5)).toBe(5)
    Object.assign(owned, { delivered: 8, next: 10 })
    expect(ledger.settledUpTo(0, 7)).toBe(7)
    expect(ledger.settledUpTo(0, 8)).toBe(10)
    expect(ledger.settledUpTo(9, 3)).toBe(3)
  })

  it('delivers nothing of what is being drained, but commits it', () => {
    const ledger = new PartitionLedger()
    const { epoch } = ledger.own(0, at(0))
    ledger.close([0, 7])
    expect(ledger.isOpen(0)).toBe(false)
    expect(ledger.fence([{ partition: 0, epoch, offset: 1 }]).accepted).toHaveLength(1)
  })
})
