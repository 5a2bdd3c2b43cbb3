import { describe, expect, it } from 'vitest'
import { task } from '../../model/make-task.ts'
import { taskListProblem } from './task-list.ts'

describe('taskListProblem', () => {
  it('finds nothing wrong with what task() makes', () => {
    const full = task({
      args: ['-n', '1'],
      sourceOffsets: [1, 2],
      metadata: { any: Symbol('thing') },
      labels: { request: 'a' },
      env: { LANG: 'C' },
      binaryPath: '/bin/true',
      stdin: new Uint8Array(1),
      precomputed: { stdout: 'x', exitCode: 1, durationSeconds: 0.5 },
    })
    expect(taskListProblem([task({}), full, task({ precomputed: {} })])).toBeNull()
    expect(taskListProblem([])).toBeNull()
  })

  it.each([
    [undefined, 'the hook must return a list of tasks'],
    [{ 0: task({}) }, 'the hook must return a list of tasks'],
    [[null], 'task 0: is not a task; make it with task()'],
    [[task({}), 'ls'], 'task 1: is not a task; make it with task()'],
    [[[task({})]], 'task 0: is not a task; make it with task()'],
  ])('refuses %o', (tasks, problem) => {
    expect(taskListProblem(tasks)).toBe(problem)
  })

  it.each<[field: string, value: unknown, wanted: string]>([
    ['taskId', '', 'a non-empty string'],
    ['args', ['a', 1], 'a list of strings'],
    ['args', 'ls', 'a list of strings'],
    ['sourceOffsets', [1.5], 'a list of offsets'],
    ['metadata', null, 'an object'],
    ['labels', ['a'], 'an object of strings'],
    ['labels', { n: 1n }, 'an object of strings'],
    ['env', { N: 1 }, 'an object of strings'],
    ['binaryPath', '', 'a path or null'],
    ['stdin', 5, 'a string, bytes or null'],
    ['precomputed', 'out', 'a precomputed result or null'],
    ['precomputed', { stdout: 5 }, 'a precomputed result or null'],
    ['precomputed', { exitCode: '0' }, 'a precomputed result or null'],
    ['precomputed', { durationSeconds: null }, 'a precomputed result or null'],
  ])('names `%s` when it is %o', (field, value, wanted) => {
    expect(taskListProblem([{ ...task({}), [field]: value }])).toBe(`task 0: \`${field}\` must be ${wanted}`)
  })
})
