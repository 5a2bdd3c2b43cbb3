/** What happens to one message, row by row of the specification's appendix B, and what `onMessageComplete` is told of it. */
import { describe, expect, it } from 'vitest'
import { defineHandler, type ErrorAction, type Handler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import type { MessageGroup } from '../src/model/group.ts'
import type { ExecutorError, ExecutorTask } from '../src/model/task.ts'
import { FakeExecutor, type FakeProgram } from './support/fake-executor.ts'
import { createHarness, type HarnessOptions } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { until } from './support/waiting.ts'

interface Outcome {
  /** succeeded, failed, replaced, total */
  readonly groups: readonly (readonly number[])[]
  readonly delivered: readonly unknown[]
  readonly deadLetters: readonly string[]
  readonly onErrorCalls: number
  readonly committed: number | undefined
}

type Answer = ErrorAction | readonly ExecutorTask[]

interface Row {
  readonly handler?: Partial<Handler>
  readonly program?: FakeProgram
  readonly onError?: (failed: ExecutorTask, call: number, error: ExecutorError) => Answer
  readonly settings?: Readonly<Record<string, unknown>>
}

async function outcomeOf(
  { handler = {}, program, onError, settings }: Row,
  values: readonly unknown[] = [{}],
): Promise<Outcome & Harnessed> {
  const groups: MessageGroup[] = []
  const recorder = createRecorder()
  let onErrorCalls = 0
  const options: HarnessOptions = {
    handler: defineHandler({
      arrange: (messages) => messages.map((message) => task({ from: message, args: ['first'] })),
      onTaskComplete: ({ stdout }) => ({ record: [{ data: stdout }] }),
      onMessageComplete: (group) => void groups.push(group),
      onError: (failed, error) => {
        onErrorCalls += 1
        return onError === undefined ? 'SKIP' : onError(failed, onErrorCalls, error)
      },
      ...handler,
    }),
    sinks: [recordSink(recorder)],
    executor: new FakeExecutor(program),
    config: { executor: { max_retries: 2, ...settings } },
  }
  const harness = await createHarness(options)
  await harness.send(values)
  await harness.app.run()
  return {
    harness,
    seen: groups,
    groups: groups.map(({ succeeded, failed, replaced, total }) => [succeeded, failed, replaced, total]),
    delivered: recorder.delivered.map(({ data }) => data),
    deadLetters: (await harness.deadLetters()).map(({ sink_name }) => sink_name),
    onErrorCalls,
    committed: (await harness.committed()).get(0),
  }
}

interface Harnessed {
  readonly harness: Awaited<ReturnType<typeof createHarness>>
  readonly seen: readonly MessageGroup[]
}

const fails: FakeProgram = () => ({ exitCode: 3 })
const failsFirst: FakeProgram = (_task, attempt) => (attempt === 1 ? { exitCode: 3 } : { stdout: 'again' })
const bug = () => {
  throw new Error('bug')
}

describe('a message', () => {
  it.each<[string, Row, Outcome]>([
    ['whose task ends with 0', {}, { groups: [[1, 0, 0, 1]], delivered: ['first'], deadLetters: [], onErrorCalls: 0, committed: 1 }],
    [
      'whose task fails and is skipped',
      { program: fails },
      { groups: [[0, 1, 0, 1]], delivered: [], deadLetters: [], onErrorCalls: 1, committed: 1 },
    ],
    [
      'whose task fails and is tried again',
      { program: failsFirst, onError: () => 'RETRY' },
      { groups: [[1, 0, 0, 1]], delivered: ['again'], deadLetters: [], onErrorCalls: 1, committed: 1 },
    ],
    [
      'whose retries are used up',
      { program: fails, onError: () => 'RETRY' },
      { groups: [[0, 1, 0, 1]], delivered: [], deadLetters: ['task'], onErrorCalls: 3, committed: 1 },
    ],
    [
      'whose task may not be tried again at all',
      { program: fails, onError: () => 'RETRY', settings: { max_retries: 0 } },
      { groups: [[0, 1, 0, 1]], delivered: [], deadLetters: ['task'], onErrorCalls: 1, committed: 1 },
    ],
    [
      'whose task is dead-lettered',
      { program: fails, onError: () => 'DLQ' },
      { groups: [[0, 1, 0, 1]], delivered: [], deadLetters: ['task'], onErrorCalls: 1, committed: 1 },
    ],
    [
      'whose task is replaced, by one that has retries of its own',
      {
        program: ({ args }, attempt) => (args[0] === 'first' || attempt < 3 ? { exitCode: 3 } : { stdout: args.join() }),
        onError: (failed) => (failed.args[0] === 'first' ? [task({ args: ['second'] })] : 'RETRY'),
      },
      { groups: [[1, 0, 1, 2]], delivered: ['second'], deadLetters: [], onErrorCalls: 3, committed: 1 },
    ],
    [
      'whose task is replaced by nothing',
      { program: fails, onError: () => [] },
      { groups: [[0, 0, 1, 1]], delivered: [], deadLetters: [], onErrorCalls: 1, committed: 1 },
    ],
    [
      'for which there is no task',
      { handler: { arrange: () => [], onMessageComplete: () => ({ record: [{ data: 'empty' }] }) } },
      { groups: [], delivered: ['empty'], deadLetters: [], onErrorCalls: 0, committed: 1 },
    ],
    [
      'whose result is precomputed',
      { handler: { arrange: ([message]) => [task({ from: message ?? [], precomputed: { stdout: 'known' } })] }, program: bug },
      { groups: [[1, 0, 0, 1]], delivered: ['known'], deadLetters: [], onErrorCalls: 0, committed: 1 },
    ],
    [
      'whose result is precomputed as a failure (EXE-31)',
      { handler: { arrange: ([message]) => [task({ from: message ?? [], precomputed: { exitCode: 4 } })] }, onError: () => 'DLQ' },
      { groups: [[0, 1, 0, 1]], delivered: [], deadLetters: ['task'], onErrorCalls: 1, committed: 1 },
    ],
    [
      'that arrange throws for',
      { handler: { arrange: bug } },
      { groups: [], delivered: [], deadLetters: ['arrange'], onErrorCalls: 0, committed: 1 },
    ],
    [
      'whose onTaskComplete throws',
      { handler: { onTaskComplete: bug } },
      { groups: [[0, 1, 0, 1]], delivered: [], deadLetters: ['on_task_complete'], onErrorCalls: 0, committed: 1 },
    ],
    [
      'whose onError throws',
      { program: fails, onError: bug },
      { groups: [[0, 1, 0, 1]], delivered: [], deadLetters: ['task'], onErrorCalls: 1, committed: 1 },
    ],
    [
      'whose onMessageComplete throws',
      { handler: { onMessageComplete: bug } },
      { groups: [], delivered: ['first'], deadLetters: ['on_message_complete'], onErrorCalls: 0, committed: 1 },
    ],
  ])('%s', async (_what, row, expected) => {
    const { groups, delivered, deadLetters, onErrorCalls, committed } = await outcomeOf(row)
    expect({ groups, delivered, deadLetters, onErrorCalls, committed }).toEqual(expected)
  })

  it('that cannot be decoded holds up nobody', async () => {
    const { deadLetters, committed, delivered } = await outcomeOf({}, ['not json', {}])
    expect([deadLetters, committed, delivered]).toEqual([['deserialize'], 2, ['first']])
  })

  it('whose replacement is detached does not wait for it (GRP-9)', async () => {
    const { groups, delivered } = await outcomeOf({
      program: ({ args }) => ({ exitCode: args[0] === 'first' ? 3 : 0, stdout: args.join() }),
      onError: () => [task({ args: ['cleanup'], sourceOffsets: [] })],
    })
    expect([groups, delivered]).toEqual([[[0, 0, 1, 1]], ['cleanup']])
  })
})

describe('a group', () => {
  it('holds what a throwing onTaskComplete said as an error, with a result of -1 (HND-22)', async () => {
    const { seen, harness } = await outcomeOf({ handler: { onTaskComplete: bug } })
    const [error] = seen[0]?.errors ?? []
    expect(error).toMatchObject({ exception: 'bug', exitCode: -1, result: { exitCode: -1, stdout: 'first' } })
    expect(harness.lines('unexpected_error_in_task')).toMatchObject([{ hook: 'on_task_complete', error: new Error('bug') }])
  })

  it('says that a time-out was one', async () => {
    const errors: ExecutorError[] = []
    await outcomeOf({
      program: () => ({ kind: 'timeout', exitCode: -1 }),
      onError: (_failed, _call, error) => (errors.push(error), 'SKIP'),
    })
    expect(errors.map(({ kind }) => kind)).toEqual(['timeout'])
  })

  it('of every message of a task holds that task (GRP-10), with the metadata arrange gave it (TSK-2)', async () => {
    const metadata = { page: 7 }
    const { seen, delivered } = await outcomeOf(
      { handler: { arrange: (messages) => [task({ from: messages, metadata, args: ['all'] })] } },
      [{}, {}, {}],
    )
    expect(seen.map(({ results }) => results[0]?.task.metadata)).toEqual([metadata, metadata, metadata])
    expect(seen[0]?.results[0]?.task.metadata).toBe(metadata)
    expect(delivered).toEqual(['all'])
  })

  it('comes once per message, after the payloads of its tasks (HND-18)', async () => {
    const order: string[] = []
    const recorder = createRecorder()
    recorder.script = async (items) => {
      await new Promise((resolve) => setImmediate(resolve))
      order.push(...items.map(({ payload }) => `delivered ${String(payload.data)}`))
      return 'normal' as const
    }
    const handler = defineHandler({
      arrange: (messages) =>
        messages.flatMap((message) => ['x', 'y'].map((name) => task({ from: message, args: [`${message.offset}${name}`] }))),
      onTaskComplete: ({ stdout }) => ({ record: [{ data: stdout }] }),
      onMessageComplete: ({ sourceMessage }) => void order.push(`complete ${sourceMessage.offset}`),
    })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)] })
    await harness.send([{}, {}])
    await harness.app.run()
    for (const offset of [0, 1]) {
      const complete = order.indexOf(`complete ${offset}`)
      expect(order.filter((entry) => entry === `complete ${offset}`)).toHaveLength(1)
      for (const name of ['x', 'y']) expect(order.indexOf(`delivered ${offset}${name}`)).toBeLessThan(complete)
    }
  })
})

describe('log lines about a message', () => {
  it('carry its label (HND-13)', async () => {
    const { harness } = await outcomeOf(
      { handler: { messageLabel: ({ value }) => `message ${value.toString()}`, onMessageComplete: bug } },
      [{ id: 1 }, 'broken'],
    )
    expect(harness.lines('on_message_complete_failed')).toMatchObject([
      { partition: 0, offset: 0, window_id: 1, message_label: 'message {"id":1}' },
    ])
    expect(harness.lines('message_failed')).toMatchObject([
      { partition: 0, offset: 1, stage: 'deserialize', message_label: 'message broken' },
    ])
  })

  it('say when retries are used up (GRP-3)', async () => {
    const { harness } = await outcomeOf({ program: fails, onError: () => 'RETRY' })
    expect(harness.lines('max_retries_exceeded')).toMatchObject([{ attempts: 3, kind: 'exit', exit_code: 3 }])
  })
})

describe('a task that waits to be tried again', () => {
  it('stays under way without an executor, and is left when the worker stops (GRP-4, GRP-5)', async () => {
    const harness = await createHarness({
      handler: defineHandler({
        arrange: (messages) => messages.map((message) => task({ from: message })),
        onError: () => 'RETRY',
      }),
      sinks: [recordSink(createRecorder())],
      executor: new FakeExecutor(fails),
      config: { executor: { retry_backoff_base_seconds: 3600, retry_backoff_max_seconds: 3600 } },
      until: 'stopped',
    })
    await harness.send([{}])
    const ended = harness.app.run()
    await until(() => harness.app.snapshot()?.counters.taskRetries === 1)
    expect(harness.app.snapshot()).toMatchObject({ inFlightTasks: 1, activeExecutors: 0, waitingTasks: 0 })
    harness.app.stop()
    expect(await ended).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(await harness.committed()).toEqual(new Map())
  })
})
