/** Windows and their tasks: side by side, in order, and what tasks may name (spec WIN-4…13, HND-14, HND-34). */
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import type { SourceMessage } from '../src/model/message.ts'
import type { TaskPriority } from '../src/pipeline/executor/executor.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createGate, until } from './support/waiting.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const oneEach = (messages: readonly SourceMessage[]) => messages.map((message) => task({ from: message, args: [String(message.offset)] }))
const sinks = () => [recordSink(createRecorder())]

describe('arrange', () => {
  it.each([
    [1, [[0]]],
    [2, [[0], [1]]],
    [3, [[0], [1], [2]]],
  ])('runs for as many windows of a partition at once as arrange_concurrency says: %i', async (concurrency, expected) => {
    const gate = createGate()
    const arranging: number[][] = []
    const handler = defineHandler({
      arrange: async (messages) => {
        arranging.push(messages.map(({ offset }) => offset))
        await gate.opened
        return oneEach(messages)
      },
    })
    const config = { executor: { window_size: 1, arrange_concurrency: concurrency } }
    const harness = await createHarness({ handler, sinks: sinks(), config })
    await harness.send(numbers(5))
    const ended = harness.app.run()
    await until(() => arranging.length === expected.length)
    for (let count = 0; count < 20; count += 1) await new Promise((resolve) => setImmediate(resolve))
    expect(arranging).toEqual(expected)
    gate.open()
    expect(await ended).toEqual({ exitCode: 0, reason: 'caught_up' })
    expect(arranging.flat().toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4])
  })

  it('schedules the windows in the order of their offsets, whichever is arranged first', async () => {
    const gate = createGate()
    const handler = defineHandler({
      arrange: async (messages) => {
        if (messages[0]?.offset === 0) await gate.opened
        if (messages[0]?.offset === 2) gate.open()
        return oneEach(messages)
      },
    })
    const executor = new FakeExecutor()
    const config = { executor: { window_size: 1, arrange_concurrency: 3 } }
    const harness = await createHarness({ handler, sinks: sinks(), executor, config })
    const started: string[] = []
    const run = executor.run.bind(executor)
    executor.run = (wanted, options) => {
      started.push(...wanted.args)
      return run(wanted, options)
    }
    await harness.send(numbers(4))
    await harness.app.run()
    expect(started).toEqual(['0', '1', '2', '3'])
  })

  it('sees the tasks under way', async () => {
    const gate = createGate()
    const seen: (readonly string[])[] = []
    const handler = defineHandler({
      arrange: (messages, pending) => {
        seen.push(pending.pendingTasks.map(({ args }) => args.join()))
        expect(new Set(pending.pendingTasks.map(({ taskId }) => taskId))).toEqual(pending.pendingTaskIds)
        if (seen.length === 3) gate.open()
        return oneEach(messages)
      },
    })
    const executor = new FakeExecutor(() => gate.opened.then(() => ({})))
    const harness = await createHarness({ handler, sinks: sinks(), executor, config: { executor: { window_size: 1 } } })
    await harness.send(numbers(3))
    await harness.app.run()
    expect(seen).toEqual([[], ['0'], ['0', '1']])
  })
})

describe('a message that a task of another window names', () => {
  it('does not complete before its own window is arranged', async () => {
    const recorder = createRecorder()
    const [arranged, replaced] = [createGate(), createGate()]
    const handler = defineHandler({
      arrange: async (messages) => {
        if (messages[0]?.offset === 1) await arranged.opened
        return oneEach(messages)
      },
      onError: () => [task({ sourceOffsets: [1], args: ['early'] })],
      onTaskComplete: ({ stdout }) => ({ record: [{ data: stdout }] }),
      onMessageComplete: ({ sourceMessage, total }) => ({ record: [{ data: [sourceMessage.offset, total] }] }),
    })
    const executor = new FakeExecutor(async ({ args }) => {
      if (args[0] === '0') await replaced.opened
      return { stdout: args.join(), exitCode: args[0] === '0' ? 1 : 0 }
    })
    const config = { executor: { window_size: 1 } }
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], executor, config })
    await harness.send(numbers(2))
    const ended = harness.app.run()
    await until(() => harness.app.snapshot()?.counters.windows === 2)
    replaced.open()
    await until(() => recorder.delivered.some(({ data }) => data === 'early'))
    arranged.open()
    await ended
    expect(recorder.delivered.filter(({ offsets }) => offsets[0] === 1).map(({ data }) => data)).toEqual(['early', '1', [1, 2]])
    expect(await harness.committed()).toEqual(new Map([[0, 2]]))
  })

  it('that is not open any more is left out; a task without any is said once per window (WIN-12)', async () => {
    const handler = defineHandler({
      arrange: (messages) => [
        ...oneEach(messages),
        task({ sourceOffsets: [99] }),
        task({}),
        task({ from: messages, taskId: 'same' }),
        task({ taskId: 'same' }),
      ],
    })
    const harness = await createHarness({ handler, sinks: sinks() })
    await harness.send(numbers(2))
    await harness.app.run()
    const reports = harness.events().filter((event) => event === 'task_without_source_offsets' || event === 'duplicate_task_id_in_pending')
    expect(reports).toEqual(['duplicate_task_id_in_pending', 'task_without_source_offsets'])
    expect(harness.app.snapshot()?.counters.tasksCompleted).toBe(6)
    expect(await harness.committed()).toEqual(new Map([[0, 2]]))
  })
})

describe('the priority of a task', () => {
  async function prioritiesOf(priority: string, taskPriority?: () => TaskPriority) {
    const asked: (readonly [number, string, TaskPriority, number | undefined])[] = []
    const handler = defineHandler({
      arrange: (messages) => messages.map((message) => task({ from: message, args: [String(message.partition)] })),
      ...(taskPriority === undefined ? {} : { taskPriority }),
    })
    const executor = new FakeExecutor()
    const run = executor.run.bind(executor)
    executor.run = (wanted, options) => {
      asked.push([wanted.sourceOffsets[0] ?? -1, wanted.args[0] ?? '', options.priority, options.defaultPriority])
      return run(wanted, options)
    }
    const harness = await createHarness({
      handler,
      sinks: sinks(),
      executor,
      partitions: 2,
      config: { executor: { priority, window_size: 3 } },
    })
    await harness.send(numbers(40), 0)
    await harness.send(numbers(2), 1)
    await harness.app.run()
    return { asked, counters: harness.app.snapshot()?.counters }
  }

  it('is its offset by default', async () => {
    const { asked } = await prioritiesOf('offset')
    expect(asked).toHaveLength(42)
    for (const [offset, , priority, byDefault] of asked) expect([priority, byDefault]).toEqual([offset, offset])
  })

  it('is its age in its own partition with `fair`: in order within a partition, and comparable with others', async () => {
    const { asked } = await prioritiesOf('fair')
    const ages = (partition: string) => asked.filter(([, of]) => of === partition).map(([, , priority]) => Number(priority))
    expect(ages('0')).toEqual(ages('0').toSorted((a, b) => a - b))
    expect(new Set(ages('0')).size).toBe(40)
    const served = Math.max(...ages('0'))
    expect(ages('1').every((age) => age <= served + 1)).toBe(true)
  })

  it('falls back to that when the handler cannot say it, and is counted (HND-30)', async () => {
    const { asked, counters } = await prioritiesOf('offset', () => {
      throw new Error('bug')
    })
    for (const [offset, , priority] of asked) expect(priority).toBe(offset)
    expect(counters?.priorityErrors).toBe(42)
  })
})

describe('a hook that never settles', () => {
  it('counts as a throw after hook_timeout_seconds, and the pipeline goes on', async () => {
    const handler = defineHandler({
      arrange: oneEach,
      onTaskComplete: ({ stdout }) => (stdout === '1' ? new Promise<never>(() => undefined) : { record: [{ data: stdout }] }),
    })
    const recorder = createRecorder()
    const config = { executor: { hook_timeout_seconds: 5 } }
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], config })
    await harness.send(numbers(3))
    await harness.app.run()
    expect(recorder.delivered.map(({ data }) => data)).toEqual(['0', '2'])
    const [letter] = await harness.deadLetters()
    expect(letter).toMatchObject({
      sink_name: 'on_task_complete',
      error_type: 'DRK_HOOK_TIMEOUT',
      error: 'on_task_complete has not settled within 5 s (executor.hook_timeout_seconds)',
    })
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
  })
})
