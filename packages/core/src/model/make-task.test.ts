import { describe, expect, it } from 'vitest'
import { makeTaskId, task } from './make-task.ts'

describe('makeTaskId', () => {
  it('has the prefix, the time and a random part', () => {
    expect(makeTaskId()).toMatch(/^t-[0-9a-f]{16}-[0-9a-f]{8}$/)
    expect(makeTaskId('proc')).toMatch(/^proc-[0-9a-f]{16}-[0-9a-f]{8}$/)
  })

  it('gives 10,000 different ids in a tight loop, later ones sorting after earlier ones', () => {
    const ids = Array.from({ length: 10_000 }, () => makeTaskId())
    expect(new Set(ids).size).toBe(10_000)
    expect(ids.every((id, index) => index === 0 || (ids[index - 1] ?? '') < id)).toBe(true)
    expect(new Set(ids.map((id) => id.slice(-8))).size).toBeGreaterThan(9_990)
  })
})

describe('task', () => {
  it('takes its source offsets from the message or messages it is made from', () => {
    expect(task({ from: { offset: 7 } }).sourceOffsets).toEqual([7])
    expect(task({ from: [{ offset: 7 }, { offset: 9 }] }).sourceOffsets).toEqual([7, 9])
    expect(task({ sourceOffsets: [3] }).sourceOffsets).toEqual([3])
    expect(task({}).sourceOffsets).toEqual([])
  })

  it('has every field, absent ones with their defaults', () => {
    expect(task({ taskId: 'a', args: ['x'] })).toEqual({
      taskId: 'a',
      args: ['x'],
      sourceOffsets: [],
      metadata: {},
      labels: {},
      env: {},
      binaryPath: null,
      stdin: null,
      precomputed: null,
      parentTaskId: null,
    })
  })
})
