import { describe, expect, it } from 'vitest'
import { task } from '../../model/make-task.ts'
import { maxGenerations, TaskBook } from './task-book.ts'

const open = (...offsets: number[]) => {
  const set = new Set(offsets)
  return (offset: number) => set.has(offset)
}
const all = () => true

describe('task ids', () => {
  it('are made unique among the tasks under way, the later one renamed', () => {
    const book = new TaskBook()
    const admitted = [1, 2, 3].map((offset) => book.admit(task({ taskId: 'a', sourceOffsets: [offset] }), all))
    expect(admitted.map(({ task: { taskId }, renamedFrom }) => [taskId, renamedFrom])).toEqual([
      ['a', null],
      ['a#2', 'a'],
      ['a#3', 'a'],
    ])
    expect(book.pending().pendingTaskIds).toEqual(new Set(['a', 'a#2', 'a#3']))
  })

  it('are free again when their task has ended', () => {
    const book = new TaskBook()
    const { task: first } = book.admit(task({ taskId: 'a', sourceOffsets: [1] }), all)
    book.remove(first)
    expect(book.size).toBe(0)
    expect(book.admit(task({ taskId: 'a', sourceOffsets: [1] }), all).renamedFrom).toBeNull()
  })
})

describe('source offsets', () => {
  it('lose what is not open, what is named twice, and their disorder', () => {
    const { task: admitted } = new TaskBook().admit(task({ sourceOffsets: [9, 3, 1, 3] }), open(1, 3))
    expect(admitted.sourceOffsets).toEqual([1, 3])
  })
})

describe('ordinals', () => {
  it('number the tasks of the same source messages in their order, each set of messages by itself', () => {
    const book = new TaskBook()
    const ordinals = [[1], [2], [1], [1, 2], [2, 1], [1]].map((sourceOffsets) =>
      book.ordinal(book.admit(task({ sourceOffsets }), all).task),
    )
    expect(ordinals).toEqual(['0', '0', '1', '0', '1', '2'])
  })

  it('go on counting until a message of the family is settled', () => {
    const book = new TaskBook()
    const [a, b] = [1, 1].map((offset) => book.admit(task({ sourceOffsets: [offset] }), all).task)
    book.remove(a!)
    const c = book.admit(task({ sourceOffsets: [1] }), all).task
    expect(book.ordinal(c)).toBe('2')
    book.remove(b!)
    book.remove(c)
    expect(book.ordinal(book.admit(task({ sourceOffsets: [1] }), all).task)).toBe('3')
    book.forget(1)
    expect(book.ordinal(book.admit(task({ sourceOffsets: [1] }), all).task)).toBe('0')
  })

  it('of replacements descend from that of the task they replace', () => {
    const book = new TaskBook()
    const parent = book.admit(task({ taskId: 'p', sourceOffsets: [1] }), all).task
    const heirs = book.heirs(parent, [task({ taskId: 'x' }), task({ taskId: 'y' })]) ?? []
    const admitted = heirs.map((heir) => book.admit(heir, all).task)
    expect(admitted.map((heir) => book.ordinal(heir))).toEqual(['0.0', '0.1'])
    const [grandchild] = book.heirs(admitted[1]!, [task({})]) ?? []
    expect(book.ordinal(book.admit(grandchild!, all).task)).toBe('0.1.0')
  })

  it('of replacements for other messages stay apart from those of the tasks these messages have', () => {
    const book = new TaskBook()
    const parent = book.admit(task({ taskId: 'p', sourceOffsets: [1] }), all).task
    const own = book.admit(task({ sourceOffsets: [2] }), all).task
    const ownHeir = book.admit(book.heirs(own, [task({})])![0]!, all).task
    const foreignHeir = book.admit(book.heirs(parent, [task({ sourceOffsets: [2] })])![0]!, all).task
    expect(book.ordinal(foreignHeir)).not.toBe(book.ordinal(ownHeir))
  })

  it('of tasks without source messages are never the same, so that their payloads never share an id', () => {
    const book = new TaskBook()
    const ordinals = [1, 2, 3].map(() => {
      const { task: detached } = book.admit(task({ taskId: 'cleanup' }), all)
      const ordinal = book.ordinal(detached)
      book.remove(detached)
      return ordinal
    })
    expect(new Set(ordinals).size).toBe(3)
  })
})

describe('heirs', () => {
  it('inherit source offsets and parent unless they have their own', () => {
    const book = new TaskBook()
    const parent = book.admit(task({ taskId: 'p', sourceOffsets: [1, 2] }), all).task
    const heirs = book.heirs(parent, [task({ taskId: 'x' }), task({ taskId: 'y', sourceOffsets: [2], parentTaskId: 'other' })])
    expect(heirs?.map(({ sourceOffsets, parentTaskId }) => [sourceOffsets, parentTaskId])).toEqual([
      [[1, 2], 'p'],
      [[2], 'other'],
    ])
  })

  it('are detached by an empty list of source offsets (GRP-9)', () => {
    const book = new TaskBook()
    const parent = book.admit(task({ taskId: 'p', sourceOffsets: [1] }), all).task
    expect(book.heirs(parent, [task({ sourceOffsets: [] }), task({ from: [] })])?.map(({ sourceOffsets }) => sourceOffsets)).toEqual([
      [],
      [],
    ])
  })

  it('end after the longest chain', () => {
    const book = new TaskBook()
    let current = book.admit(task({ taskId: 'g', sourceOffsets: [1] }), all).task
    let generations = 0
    for (let heirs = book.heirs(current, [task({})]); heirs !== null; heirs = book.heirs(current, [task({})])) {
      const next = book.admit(heirs[0]!, all).task
      book.remove(current)
      current = next
      generations += 1
      if (generations > maxGenerations) break
    }
    expect(generations).toBe(maxGenerations)
  })
})

describe('pending', () => {
  it('is a snapshot of the moment it is looked at', () => {
    const book = new TaskBook()
    book.admit(task({ taskId: 'a' }), all)
    const { pendingTasks, pendingTaskIds } = book.pending()
    book.admit(task({ taskId: 'b' }), all)
    expect(pendingTasks.map(({ taskId }) => taskId)).toEqual(['a'])
    expect(pendingTaskIds).toEqual(new Set(['a']))
    expect(book.pending().pendingTaskIds).toEqual(new Set(['a', 'b']))
  })

  it('shows tasks and ids of one moment, whichever is looked at first', () => {
    const book = new TaskBook()
    const pending = book.pending()
    expect(pending.pendingTaskIds.size).toBe(0)
    book.admit(task({ taskId: 'a' }), all)
    expect(pending.pendingTasks).toEqual([])
  })
})
