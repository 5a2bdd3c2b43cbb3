/** `onWindowComplete`: when it is called, with what, and what waits for it (spec HND-9, HND-18, WIN-8…9, design 13). */
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import type { SourceMessage } from '../src/model/message.ts'
import type { ExecutorResult } from '../src/model/task.ts'
import { FakeExecutor, type FakeProgram } from './support/fake-executor.ts'
import { createHarness } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createGate, until } from './support/waiting.ts'

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
const oneEach = (messages: readonly SourceMessage[]) => messages.map((message) => task({ from: message, args: [String(message.offset)] }))
const offsetsOf = (messages: readonly SourceMessage[]) => messages.map(({ offset }) => offset)
const outputs = (results: readonly ExecutorResult[]) => results.map(({ exitCode, stdout }) => (exitCode === 0 ? stdout : exitCode))

/** Runs a handler that notes every call of its hooks. */
async function run(
  handler: Partial<Parameters<typeof defineHandler>[0]>,
  options: {
    values?: readonly unknown[]
    program?: FakeProgram
    windowSize?: number
    sinkScript?: ReturnType<typeof createRecorder>['script']
  } = {},
) {
  const windows: { readonly results: readonly unknown[]; readonly offsets: readonly number[] }[] = []
  const order: string[] = []
  const recorder = createRecorder()
  if (options.sinkScript !== undefined) recorder.script = options.sinkScript
  const harness = await createHarness({
    handler: defineHandler({
      arrange: oneEach,
      onMessageComplete: ({ sourceMessage }) => void order.push(`message ${sourceMessage.offset}`),
      onWindowComplete: (results, messages) => {
        order.push('window')
        windows.push({ results: outputs(results), offsets: offsetsOf(messages) })
        return { record: [{ data: `window of ${messages.length}` }] }
      },
      ...handler,
    }),
    sinks: [recordSink(recorder)],
    executor: new FakeExecutor(options.program),
    config: { executor: { window_size: options.windowSize ?? 100, max_retries: 1 } },
  })
  await harness.send(options.values ?? numbers(3))
  await harness.app.run()
  return { harness, recorder, windows, order }
}

describe('onWindowComplete', () => {
  it('is called once per window, after the hooks of its messages, with one result per task', async () => {
    const { windows, order, recorder, harness } = await run({}, { values: numbers(5), windowSize: 2 })
    expect(windows).toEqual([
      { results: ['0', '1'], offsets: [0, 1] },
      { results: ['2', '3'], offsets: [2, 3] },
      { results: ['4'], offsets: [4] },
    ])
    expect(order.indexOf('window')).toBeGreaterThan(Math.max(order.indexOf('message 0'), order.indexOf('message 1')))
    expect(recorder.delivered.map(({ data, offsets }) => [data, offsets])).toEqual([
      ['window of 2', [0, 1]],
      ['window of 2', [2, 3]],
      ['window of 1', [4]],
    ])
    expect(await harness.committed()).toEqual(new Map([[0, 5]]))
  })

  it('is not called for a window without tasks, whose messages complete at once', async () => {
    const { windows, order, harness } = await run({ arrange: () => [] })
    expect([windows, order]).toEqual([[], ['message 0', 'message 1', 'message 2']])
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
  })

  it('gets results in the order of their ends, a failure as one, a replaced task as none', async () => {
    const gate = createGate()
    const { windows } = await run(
      {
        arrange: (messages) => ['slow', 'skipped', 'whole'].map((name) => task({ from: messages, args: [name] })),
        onError: ({ args }) => (args[0] === 'whole' ? [task({ args: ['left'] }), task({ args: ['right'] })] : 'SKIP'),
      },
      {
        program: async ({ args: [name = ''] }) => {
          if (name === 'slow') await gate.opened
          if (name === 'right') gate.open()
          return name === 'skipped' ? { exitCode: 7 } : { stdout: name, exitCode: name === 'whole' ? 1 : 0 }
        },
      },
    )
    expect(windows).toEqual([{ results: [7, 'left', 'right', 'slow'], offsets: [0, 1, 2] }])
  })

  it('gets no results of a task that was replaced by nothing, and a result of -1 where onTaskComplete threw', async () => {
    const nothing = await run({ onError: () => [] }, { program: () => ({ exitCode: 1 }) })
    expect(nothing.windows).toEqual([{ results: [], offsets: [0, 1, 2] }])
    const bug = await run({
      onTaskComplete: ({ stdout }) => {
        if (stdout === '1') throw new Error('bug')
      },
    })
    expect(bug.windows.map(({ results }) => new Set(results))).toEqual([new Set([-1, '0', '2'])])
  })

  it('counts tasks without source messages', async () => {
    const { windows } = await run({ arrange: () => [task({ args: ['cleanup'] })] })
    expect(windows).toEqual([{ results: ['cleanup'], offsets: [0, 1, 2] }])
  })

  it('does not see messages that went to the dead-letter log by themselves', async () => {
    const { windows, harness } = await run(
      {
        arrange: (messages) => {
          if (messages.some(({ offset }) => offset === 2)) throw new Error('poison')
          return oneEach(messages)
        },
      },
      { values: [{ n: 0 }, 'not json', { n: 2 }, { n: 3 }] },
    )
    expect(windows).toEqual([{ results: ['0', '3'], offsets: [0, 3] }])
    expect((await harness.deadLetters()).map(({ sink_name }) => sink_name).toSorted()).toEqual(['arrange', 'deserialize'])
    expect(await harness.committed()).toEqual(new Map([[0, 4]]))
  })

  it.each<[string, () => never | { record: { data: number; sink: string }[] }, string]>([
    [
      'throws',
      () => {
        throw new Error('bug')
      },
      'bug',
    ],
    [
      'returns what cannot be routed',
      () => ({ record: [{ data: 1, sink: 'nowhere' }] }),
      "no 'record' sink named 'nowhere' is configured; there is ['main']",
    ],
  ])('that %s sends the messages of its window to the dead-letter log, and of no other', async (_how, onWindowComplete, error) => {
    const { harness, recorder } = await run(
      { onWindowComplete: (_results, messages) => (messages[0]?.offset === 0 ? onWindowComplete() : { record: [{ data: 'fine' }] }) },
      { values: numbers(4), windowSize: 2 },
    )
    expect((await harness.deadLetters()).map((letter) => [letter.sink_name, letter.source.offsets, letter.error])).toEqual([
      ['on_window_complete', [0], error],
      ['on_window_complete', [1], error],
    ])
    expect(harness.events()).toContain('on_window_complete_failed')
    expect(recorder.delivered.map(({ data }) => data)).toEqual(['fine'])
    expect(await harness.committed()).toEqual(new Map([[0, 4]]))
  })

  it('gives its payloads ids that are the same when the window is processed again', async () => {
    const ids = [await run({}), await run({})].map(({ recorder }) => recorder.delivered.map(({ id }) => id))
    expect(ids[0]).toHaveLength(1)
    expect(ids[1]).toEqual(ids[0])
  })
})

describe('the messages of a window', () => {
  it('stay uncommitted until the hook has returned and its payloads are settled', async () => {
    const [hook, sink] = [createGate(), createGate()]
    const recorder = createRecorder()
    recorder.script = async () => {
      await sink.opened
      return 'normal' as const
    }
    let called = false
    const harness = await createHarness({
      handler: defineHandler({
        arrange: oneEach,
        onWindowComplete: async () => {
          called = true
          await hook.opened
          return { record: [{ data: 'window' }] }
        },
      }),
      sinks: [recordSink(recorder)],
    })
    await harness.send(numbers(3))
    const ended = harness.app.run()
    await until(() => called)
    expect(await harness.committed()).toEqual(new Map())
    hook.open()
    await until(() => recorder.calls.length === 1)
    expect(harness.app.snapshot()?.counters.completed).toBe(0)
    sink.open()
    await ended
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
  })

  it('stay uncommitted when one of its tasks is given up, tasks without source messages included', async () => {
    const running = createGate()
    const windows: unknown[] = []
    const harness = await createHarness({
      handler: defineHandler({
        arrange: (messages) => [...oneEach(messages), task({ args: ['endless'] })],
        onWindowComplete: (results) => void windows.push(results),
      }),
      sinks: [recordSink(createRecorder())],
      executor: new FakeExecutor(async ({ args }) => {
        if (args[0] === 'endless') {
          running.open()
          await new Promise(() => undefined)
        }
        return {}
      }),
      config: { executor: { drain_timeout_seconds: 1 } },
      until: 'stopped',
    })
    await harness.send(numbers(2))
    const ended = harness.app.run()
    await running.opened
    harness.app.stop()
    expect((await ended).exitCode).toBe(5)
    expect([windows, await harness.committed()]).toEqual([[], new Map()])
  })
})

describe('the results of a window', () => {
  it.each([false, true])(
    'count in flow control while they are kept, and no longer (with onMessageComplete: %s)',
    async (withMessageHook) => {
      const gate = createGate()
      let windows = 0
      const harness = await createHarness({
        handler: defineHandler({
          arrange: oneEach,
          ...(withMessageHook ? { onMessageComplete: () => null } : {}),
          onWindowComplete: async () => {
            windows += 1
            await gate.opened
          },
        }),
        sinks: [recordSink(createRecorder())],
        executor: new FakeExecutor(() => ({ stdout: 'x'.repeat(1000) })),
        config: {
          kafka: { source_topic: 'input', consumer_group: 'workers', max_buffered_bytes: 20_000 },
          executor: { window_size: 5 },
        },
      })
      await harness.send(numbers(100))
      const ended = harness.app.run()
      await until(() => harness.app.snapshot()?.paused === true)
      gate.open()
      await until(() => harness.app.snapshot()?.counters.completed === 100)
      expect(harness.app.snapshot()?.paused).toBe(false)
      harness.app.stop()
      expect(await ended).toEqual({ exitCode: 0, reason: 'stopped' })
    },
  )
})
