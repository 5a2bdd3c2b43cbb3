/** Corners of ends and stops, on whole workers: exactly one end for a message, and nobody waits for what is not wanted any more. */
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import { runHandler, startTestWorker } from '../src/testing/index.ts'

const sinks = ['record/main'] as const

function bug(): never {
  throw new Error('bug')
}

describe('a message', () => {
  it('is dead-lettered once when its own hook and that of its window throw', async () => {
    const handler = defineHandler({
      arrange: (messages) => messages.map((message) => task({ from: message })),
      onMessageComplete: ({ sourceMessage }) => (sourceMessage.offset === 0 ? bug() : undefined),
      onWindowComplete: bug,
    })
    const run = await runHandler(handler, { messages: [{ value: 0 }, { value: 1 }], sinks })
    expect(run.deadLettered.map(({ stage, offsets }) => [stage, offsets])).toEqual([
      ['on_message_complete', [0]],
      ['on_window_complete', [1]],
    ])
    expect([...run.committed]).toEqual([[0, 2]])
  })

  it('waits for its turn also when only the replacement of a task of another message names it', async () => {
    const ends: number[] = []
    const handler = defineHandler({
      arrange: (messages) =>
        messages.flatMap((message) => (message.offset === 1 ? [] : [task({ from: message, taskId: `t${message.offset}` })])),
      onError: () => [task({ sourceOffsets: [1], taskId: 'heir' })],
      onMessageComplete: ({ sourceMessage }) => void ends.push(sourceMessage.offset),
    })
    await runHandler(handler, {
      messages: ['a', 'a', 'b'].map((key) => ({ value: 1, key, partition: 0 })),
      sinks,
      config: { executor: { ordering: 'key', max_executors: 3, window_size: 10 } },
      programs: ({ taskId }) => ({ seconds: taskId === 't0' ? 30 : 1, exitCode: taskId === 't2' ? 1 : 0 }),
    })
    expect(ends.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    expect(ends.indexOf(0)).toBeLessThan(ends.indexOf(1))
  })
})

describe('a stop', () => {
  it('does not end a window of which a task has not begun, although the task belongs to no message', async () => {
    const windows: number[] = []
    const handler = defineHandler({
      arrange: (messages) => [...messages.map((message) => task({ from: message, taskId: 'own' })), task({ taskId: 'detached' })],
      taskPriority: ({ taskId }) => (taskId === 'own' ? 0 : 1),
      onWindowComplete: (results) => void windows.push(results.length),
    })
    await using worker = await startTestWorker(handler, {
      messages: [{ value: 1 }],
      sinks,
      config: { executor: { max_executors: 1 } },
      programs: () => ({ seconds: 5 }),
    })
    await worker.advance(1000)
    const run = await worker.stop()
    expect([windows, run.committed.size, run.exitCode]).toEqual([[], 0, 0])
  })

  it.each(['arrange', 'deserializeMessage'] as const)('waits for no %s that never returns', async (hook) => {
    let signal: AbortSignal | undefined
    const hang = (context: { readonly signal: AbortSignal }): Promise<never> => {
      signal = context.signal
      return new Promise(() => undefined)
    }
    const handler = defineHandler({
      arrange: (_messages, _pending, context) => (hook === 'arrange' ? hang(context) : []),
      ...(hook === 'deserializeMessage' && { deserializeMessage: (_message, context) => hang(context) }),
    })
    await using worker = await startTestWorker(handler, { messages: [{ value: 1 }], sinks })
    await worker.advance(1000)
    expect(signal?.aborted).toBe(false)
    const { seconds, exitCode, committed } = await worker.stop()
    expect([signal?.aborted, exitCode, committed.size]).toEqual([true, 0, 0])
    expect(seconds).toBeLessThan(2)
  })
})
