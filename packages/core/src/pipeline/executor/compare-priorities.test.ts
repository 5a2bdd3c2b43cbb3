import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { comparePriorities } from './compare-priorities.ts'
import type { TaskPriority } from './executor.ts'

const version = (major: number) => ({ major, compareTo: (other: unknown) => major - (other as { major: number }).major })
const cyclic: TaskPriority[] = []
cyclic.push(cyclic)

describe('comparePriorities', () => {
  it.each<[string, TaskPriority, TaskPriority, number]>([
    ['numbers by value', 9, 10, -1],
    ['infinity last', Infinity, 10, 1],
    ['bigints and numbers together', 9007199254740993n, 9007199254740992, 1],
    ['equal across both', 1n, 1, 0],
    ['strings by code unit', '10', '9', -1],
    ['capitals before small letters', 'a', 'B', 1],
    ['lists element by element', [1, 'b'], [1, 'a'], 1],
    ['lists with a common beginning by length', [1], [1, 2], -1],
    ['equal lists', [1, [2]], [1, [2]], 0],
    ['objects by compareTo', version(1), version(2), -1],
  ])('%s', (...[, left, right, sign]) => {
    expect(Math.sign(comparePriorities(left, right) ?? NaN)).toBe(sign)
    expect(Math.sign(comparePriorities(right, left) ?? NaN)).toBe(sign === 0 ? 0 : -sign)
  })

  it.each<[string, unknown, unknown]>([
    ['NaN', NaN, 1],
    ['NaN with itself', NaN, NaN],
    ['numbers and strings', 1, '1'],
    ['lists and numbers', [1], 1],
    ['mixed elements', [1], ['1']],
    ['undefined', undefined, undefined],
    ['null', null, null],
    ['plain objects', {}, {}],
    [
      'a compareTo that throws',
      {
        compareTo: () => {
          throw new Error('no')
        },
      },
      version(1),
    ],
    ['a compareTo that answers NaN', { compareTo: () => NaN }, version(1)],
    ['a list that contains itself', cyclic, cyclic],
  ])('does not compare %s', (_name, left, right) => {
    expect(comparePriorities(left as TaskPriority, right as TaskPriority)).toBe(null)
  })

  it('is a total order within lists of numbers', () => {
    const lists = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 })
    fc.assert(
      fc.property(lists, lists, lists, (first, second, third) => {
        const [small = [], middle = [], large = []] = [first, second, third].toSorted(
          (left, right) => comparePriorities(left, right) ?? NaN,
        )
        expect(comparePriorities(small, middle)).toBeLessThanOrEqual(0)
        expect(comparePriorities(middle, large)).toBeLessThanOrEqual(0)
        expect(comparePriorities(small, large)).toBeLessThanOrEqual(0)
      }),
    )
  })
})
