import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { task } from '../../model/make-task.ts'
import { tieUnits, type Unit } from './units.ts'

const tasksOf = (...sources: readonly (readonly number[])[]) =>
  sources.map((sourceOffsets, index) => task({ taskId: `t${index}`, sourceOffsets }))
const shape = (units: readonly Unit[]) => units.map(({ offsets, tasks }) => [offsets, tasks.map(({ taskId }) => taskId)])

function reachedFrom(start: number, sources: readonly (readonly number[])[]): readonly number[] {
  let reached = [start]
  for (let before = 0; before !== reached.length;) {
    before = reached.length
    const tied = sources.filter((members) => members.some((member) => reached.includes(member)))
    reached = [...new Set([...reached, ...tied.flat()])]
  }
  return reached.toSorted((a, b) => a - b)
}

describe('tieUnits', () => {
  it('makes one unit per message, with its tasks', () => {
    expect(shape(tieUnits([3, 5, 9], tasksOf([5], [3], [5])))).toEqual([
      [[3], ['t1']],
      [[5], ['t0', 't2']],
      [[9], []],
    ])
  })

  it('ties messages through tasks, over several steps, at the place of the first', () => {
    expect(shape(tieUnits([1, 2, 3, 4, 5], tasksOf([5, 3], [2], [1, 3])))).toEqual([
      [
        [1, 3, 5],
        ['t0', 't2'],
      ],
      [[2], ['t1']],
      [[4], []],
    ])
  })

  it('takes in open messages of earlier windows, and puts tasks without messages first', () => {
    expect(shape(tieUnits([8, 9], tasksOf([2, 9], [], [8])))).toEqual([
      [[], ['t1']],
      [[2, 9], ['t0']],
      [[8], ['t2']],
    ])
  })

  it('puts two messages into one unit exactly when a chain of tasks leads from one to the other', () => {
    const offset = fc.nat(12)
    fc.assert(
      fc.property(fc.uniqueArray(offset), fc.array(fc.uniqueArray(offset, { maxLength: 3 })), (offsets, sources) => {
        const units = tieUnits(
          offsets.toSorted((a, b) => a - b),
          tasksOf(...sources),
        )
        const all = [...new Set([...offsets, ...sources.flat()])]
        expect(units.flatMap((unit) => unit.offsets).toSorted((a, b) => a - b)).toEqual(all.toSorted((a, b) => a - b))
        for (const start of all) {
          const reached = reachedFrom(start, sources)
          const unit = units.find((candidate) => candidate.offsets.includes(start))
          expect(unit?.offsets).toEqual(reached)
          expect(unit?.tasks.flatMap(({ sourceOffsets }) => sourceOffsets).every((member) => reached.includes(member))).toBe(true)
        }
        expect(units.flatMap((unit) => unit.tasks)).toHaveLength(sources.length)
      }),
    )
  })
})
