import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../../test/support/recording-app-logger.ts'
import { messageAt } from '../../../test/support/values.ts'
import { defineHandler } from '../../handler.ts'
import { task } from '../../model/make-task.ts'
import type { SourceMessage } from '../../model/message.ts'
import { Hooks } from '../collect/hooks.ts'
import { arrangeWindow } from './arrange.ts'

const noPending = { pendingTasks: [], pendingTaskIds: new Set<string>() }

function windowOf(
  arrange: (messages: readonly SourceMessage[]) => unknown,
  options: { maxRetries?: number; admission?: AbortSignal } = {},
) {
  const clock = createFakeClock()
  const logger = createRecordingAppLogger()
  const calls: number[][] = []
  const handler = defineHandler({
    arrange: (messages) => {
      calls.push(messages.map(({ offset }) => offset))
      return arrange(messages) as never
    },
  })
  const hooks = new Hooks({ handler, logger, sinks: {}, onTaskFailure: 'dead_letter' })
  const { signal } = new AbortController()
  const run = async (offsets: readonly number[]) => {
    const arranged = arrangeWindow(
      { hooks, maxRetries: options.maxRetries ?? 3, clock, random: () => 0, logger },
      {
        messages: offsets.map((offset) => messageAt(offset)),
        pending: () => noPending,
        place: { partition: 0, id: 1 },
        admission: options.admission ?? signal,
      },
    )
    await clock.advance(60_000)
    return arranged
  }
  return { run, calls, logger }
}

const oneEach = (messages: readonly SourceMessage[]) => messages.map((message) => task({ from: message, taskId: `t${message.offset}` }))

describe('arrangeWindow', () => {
  it('calls the hook once with the whole window', async () => {
    const { run, calls } = windowOf(oneEach)
    const { tasks, poisoned, attempts } = await run([1, 2])
    expect([tasks.map(({ taskId }) => taskId), poisoned, attempts, calls]).toEqual([['t1', 't2'], [], 1, [[1, 2]]])
  })

  it('tries the window again before it looks for the message that is to blame', async () => {
    const { run, calls } = windowOf((messages) => {
      if (messages.some(({ offset }) => offset === 2)) throw new Error('bad')
      return oneEach(messages)
    })
    const { tasks, poisoned, attempts } = await run([1, 2, 3])
    expect(calls).toEqual([[1, 2, 3], [1, 2, 3], [1, 2, 3], [1], [2], [3]])
    expect(tasks.map(({ taskId }) => taskId)).toEqual(['t1', 't3'])
    expect(poisoned.map(({ message, error }) => [message.offset, String(error)])).toEqual([[2, 'Error: bad']])
    expect(attempts).toBe(4)
  })

  it('calls the hook with the whole window also when there are no retries', async () => {
    const { run, calls } = windowOf(oneEach, { maxRetries: 0 })
    expect((await run([1, 2])).tasks).toHaveLength(2)
    expect(calls).toEqual([[1, 2]])
  })

  it('without retries still spares the neighbours, and does not call again for a message that was alone', async () => {
    const failing = windowOf(
      (messages) => {
        if (messages.some(({ offset }) => offset === 2)) throw new Error('bad')
        return oneEach(messages)
      },
      { maxRetries: 0 },
    )
    expect((await failing.run([1, 2])).poisoned.map(({ message }) => message.offset)).toEqual([2])
    expect(failing.calls).toEqual([[1, 2], [1], [2]])
    expect((await failing.run([2])).poisoned.map(({ message }) => message.offset)).toEqual([2])
    expect(failing.calls.slice(3)).toEqual([[2]])
  })

  it('treats what is no list of tasks like a throw, naming index and field', async () => {
    const { run } = windowOf(() => [task({ taskId: 'a' }), { ...task({}), args: [1] }], { maxRetries: 1 })
    const { poisoned } = await run([1])
    expect(String(poisoned[0]?.error)).toBe('TypeError: arrange returned no valid tasks: task 1: `args` must be a list of strings')
  })

  it('survives a hook that throws nothing', async () => {
    const { run } = windowOf(() => Promise.reject(), { maxRetries: 1 })
    const { poisoned } = await run([1])
    expect(poisoned[0]?.error).toBeInstanceOf(Error)
  })

  it('calls no more once the window is not wanted, and poisons nothing', async () => {
    const stop = new AbortController()
    const { run, calls } = windowOf(
      (messages) => {
        if (messages.length === 1) stop.abort()
        throw new Error('bad')
      },
      { maxRetries: 1, admission: stop.signal },
    )
    expect(await run([1, 2, 3])).toMatchObject({ tasks: [], poisoned: [] })
    expect(calls).toEqual([[1, 2, 3], [1]])
  })
})
