import { failure, SinkError } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import type { SourceMessage } from '../src/model/message.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createGate } from './support/waiting.ts'

const echo = defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: [String((message.payload as { n: number }).n)] })),
  onTaskComplete: (result) => ({ record: [{ data: result.stdout }] }),
})

const numbers = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

describe('the pipeline', () => {
  it('takes every message through a task to the sink and commits the end of every partition', async () => {
    const recorder = createRecorder()
    const harness = await createHarness({ handler: echo, sinks: [recordSink(recorder)], partitions: 4 })
    await harness.send(numbers(1000))
    expect(await harness.app.run()).toEqual({ exitCode: 0, reason: 'caught_up' })
    expect(new Set(recorder.delivered.map(({ data }) => data))).toEqual(new Set(numbers(1000).map(({ n }) => String(n))))
    expect(recorder.delivered).toHaveLength(1000)
    expect([...(await harness.committed()).values()]).toEqual([250, 250, 250, 250])
    expect(await harness.deadLetters()).toEqual([])
  })

  it('gives payloads the same ids when the messages are processed again', async () => {
    const handler = defineHandler({
      arrange: (messages) => messages.flatMap((message) => [task({ from: message, args: ['a'] }), task({ from: message, args: ['b'] })]),
      onTaskComplete: (result) => ({ record: [{ data: result.stdout }, { data: `${result.stdout}!` }] }),
      onMessageComplete: () => ({ record: [{ data: 'message' }] }),
    })
    const runs = []
    for (const windowSize of [100, 1]) {
      const recorder = createRecorder()
      const config = { executor: { window_size: windowSize } }
      const harness = await createHarness({ handler, sinks: [recordSink(recorder)], config })
      await harness.send(numbers(5))
      await harness.app.run()
      runs.push(recorder.delivered.map(({ id, data }) => `${id} ${String(data)}`).toSorted())
    }
    expect(runs[0]).toHaveLength(25)
    expect(new Set(runs[0]).size).toBe(25)
    expect(runs[1]).toEqual(runs[0])
  })

  it('dead-letters what cannot be decoded and goes on with its neighbours', async () => {
    const recorder = createRecorder()
    const harness = await createHarness({ handler: echo, sinks: [recordSink(recorder)] })
    await harness.send([{ n: 1 }, 'not json', Buffer.from([0xff, 0xfe]), { n: 2 }])
    await harness.app.run()
    expect(recorder.delivered.map(({ data }) => data)).toEqual(['1', '2'])
    const letters = await harness.deadLetters()
    expect(letters.map(({ sink_type, sink_name }) => `${sink_type}/${sink_name}`)).toEqual(['handler/deserialize', 'handler/deserialize'])
    expect(letters[0]?.original_payloads).toEqual(['not json'])
    expect(letters[1]?.source.values).toEqual([{ encoding: 'base64', data: '//4=' }])
    expect(await harness.committed()).toEqual(new Map([[0, 4]]))
  })

  it('hands an undecodable message to the handler when it wants it', async () => {
    const seen: unknown[] = []
    const handler = defineHandler({
      arrange: (messages) => {
        seen.push(...messages.map(({ payload, payloadError, value }) => [payload, typeof payloadError, value.toString()]))
        return []
      },
    })
    const config = { kafka: { source_topic: 'input', consumer_group: 'workers', on_invalid_message: 'pass' } }
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], config })
    await harness.send(['oops'])
    await harness.app.run()
    expect(seen).toEqual([[null, 'string', 'oops']])
  })

  it('gives tombstones to the handler without decoding them', async () => {
    const seen: SourceMessage[] = []
    const handler = defineHandler({
      arrange: (messages) => {
        seen.push(...messages)
        return []
      },
    })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())] })
    await harness.send([null])
    await harness.app.run()
    expect(seen.map(({ isTombstone, payload, value }) => [isTombstone, payload, value.length])).toEqual([[true, null, 0]])
  })
})

describe('a failing task', () => {
  const failing = (times: number) =>
    new FakeExecutor((_, attempt) => (attempt <= times ? { exitCode: 3 } : { stdout: `attempt ${attempt}` }))

  it('is dead-lettered with its output and its source when the handler has no onError', async () => {
    const harness = await createHarness({ handler: echo, sinks: [recordSink(createRecorder())], executor: failing(1) })
    await harness.send([{ n: 7 }])
    await harness.app.run()
    const [letter] = await harness.deadLetters()
    expect(letter).toMatchObject({
      sink_type: 'handler',
      sink_name: 'task',
      error_type: 'exit',
      original_payloads: ['{"n":7}'],
      task: { args: ['7'], exit_code: 3 },
    })
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })

  it('is dropped without a trace in the dead-letter log when on_task_failure is skip', async () => {
    const config = { executor: { on_task_failure: 'skip' } }
    const harness = await createHarness({ handler: echo, sinks: [recordSink(createRecorder())], executor: failing(1), config })
    await harness.send([{ n: 7 }])
    await harness.app.run()
    expect(await harness.deadLetters()).toEqual([])
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })

  it('is tried again as often as max_retries allows', async () => {
    const recorder = createRecorder()
    const handler = { ...echo, onError: () => 'RETRY' as const }
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], executor: failing(3) })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    expect(recorder.delivered.map(({ data }) => data)).toEqual(['attempt 4'])
    expect(harness.app.snapshot()?.counters).toMatchObject({ taskRetries: 3, tasksFailed: 3, tasksStarted: 4 })
  })

  it('is dead-lettered when its retries are used up', async () => {
    const handler = { ...echo, onError: () => 'RETRY' as const }
    const executor = failing(99)
    const harness = await createHarness({
      handler,
      sinks: [recordSink(createRecorder())],
      executor,
      config: { executor: { max_retries: 2 } },
    })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    expect(executor.started).toHaveLength(3)
    const [letter] = await harness.deadLetters()
    expect(letter).toMatchObject({ sink_name: 'task', attempt_count: 3 })
  })

  it('is replaced by other tasks, whose results stand for it', async () => {
    const recorder = createRecorder()
    const groups: unknown[] = []
    const handler = defineHandler({
      ...echo,
      onError: (failed) => (failed.args[0] === 'whole' ? [task({ args: ['left'] }), task({ args: ['right'] })] : 'SKIP'),
      arrange: (messages) => messages.map((message) => task({ from: message, args: ['whole'] })),
      onMessageComplete: (done) => {
        groups.push([done.total, done.succeeded, done.failed, done.replaced])
      },
    })
    const executor = new FakeExecutor((run) => (run.args[0] === 'whole' ? { exitCode: 1 } : { stdout: run.args.join() }))
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], executor })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    expect(new Set(recorder.delivered.map(({ data }) => data))).toEqual(new Set(['left', 'right']))
    expect(recorder.delivered.every(({ offsets }) => offsets[0] === 0)).toBe(true)
    expect(groups).toEqual([[3, 2, 0, 1]])
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })

  it('stops replacing after a hundred generations', async () => {
    const handler = defineHandler({ ...echo, onError: () => [task({ args: ['again'] })] })
    const executor = new FakeExecutor(() => ({ exitCode: 1 }))
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    expect(executor.started).toHaveLength(101)
    expect(await harness.deadLetters()).toHaveLength(1)
  })
})

describe('hooks that throw', () => {
  it('dead-letters only the message that arrange fails for', async () => {
    const recorder = createRecorder()
    const handler = defineHandler({
      ...echo,
      arrange: (messages, ...rest) => {
        if (messages.some(({ payload }) => (payload as { n: number }).n === 2)) throw new Error('poison')
        return echo.arrange(messages, ...rest)
      },
    })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], config: { executor: { max_retries: 1 } } })
    await harness.send(numbers(4))
    await harness.app.run()
    expect(recorder.delivered.map(({ data }) => data)).toEqual(['0', '1', '3'])
    const letters = await harness.deadLetters()
    expect(letters.map(({ sink_name, original_payloads, error }) => [sink_name, original_payloads, error])).toEqual([
      ['arrange', ['{"n":2}'], 'poison'],
    ])
  })

  it('treats tasks that are not tasks as a throw of arrange, naming index and field', async () => {
    const handler = defineHandler({ arrange: () => [{ taskId: 5 } as never] })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], config: { executor: { max_retries: 0 } } })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    const [letter] = await harness.deadLetters()
    expect(letter?.error).toContain('task 0: `taskId` must be a non-empty string')
  })

  it('keeps the outcome of a task whose onTaskComplete throws', async () => {
    const handler = defineHandler({
      ...echo,
      onTaskComplete: () => {
        throw new Error('bug')
      },
    })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())] })
    await harness.send([{ n: 5 }])
    await harness.app.run()
    const [letter] = await harness.deadLetters()
    expect(letter).toMatchObject({ sink_name: 'on_task_complete', error: 'bug', task: { stdout: '5', exit_code: 0 } })
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })

  it('delivers nothing of a result that cannot be routed, and keeps the outcome', async () => {
    const recorder = createRecorder()
    const handler = defineHandler({ ...echo, onTaskComplete: () => ({ record: [{ data: 1 }, { data: 2, sink: 'nowhere' }] }) })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)] })
    await harness.send([{ n: 5 }])
    await harness.app.run()
    expect(recorder.delivered).toEqual([])
    const [letter] = await harness.deadLetters()
    expect(letter?.error).toBe("no 'record' sink named 'nowhere' is configured; there is ['main']")
  })

  it('dead-letters the task when onError throws', async () => {
    const handler = defineHandler({
      ...echo,
      onError: () => {
        throw new Error('bug')
      },
    })
    const harness = await createHarness({
      handler,
      sinks: [recordSink(createRecorder())],
      executor: new FakeExecutor(() => ({ exitCode: 1 })),
    })
    await harness.send([{ n: 5 }])
    await harness.app.run()
    expect(await harness.deadLetters()).toHaveLength(1)
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })

  it('dead-letters the message when onMessageComplete throws', async () => {
    const handler = defineHandler({
      ...echo,
      onMessageComplete: () => {
        throw new Error('bug')
      },
    })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())] })
    await harness.send([{ n: 5 }])
    await harness.app.run()
    const [letter] = await harness.deadLetters()
    expect(letter).toMatchObject({ sink_name: 'on_message_complete', original_payloads: ['{"n":5}'] })
  })
})

describe('a failing delivery', () => {
  it('dead-letters only the payload the sink refused', async () => {
    const recorder = createRecorder()
    recorder.script = (items) => items.map(({ id, payload }) => (payload.data === '1' ? failure(id, 'no') : { id, status: 'ok' as const }))
    const harness = await createHarness({ handler: echo, sinks: [recordSink(recorder)] })
    await harness.send(numbers(3))
    await harness.app.run()
    expect(recorder.delivered.map(({ data }) => data)).toEqual(['0', '2'])
    const letters = await harness.deadLetters()
    expect(letters.map(({ sink_type, sink_name, original_payloads, error }) => [sink_type, sink_name, original_payloads, error])).toEqual([
      ['record', 'main', ['{"data":"1"}'], 'no'],
    ])
    expect(letters[0]?.source).toMatchObject({ topic: 'input', partition: 0, offsets: [1], values: ['{"n":1}'], keys: ['k1'] })
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
  })

  it('asks onDeliveryError and tries again only what failed', async () => {
    const recorder = createRecorder()
    const attempts: number[] = []
    recorder.script = (items, call) =>
      items.map(({ id }, index) => (call === 1 && index === 1 ? failure(id, 'busy') : { id, status: 'ok' as const }))
    const handler = defineHandler({
      ...echo,
      onTaskComplete: () => ({ record: [{ data: 'a' }, { data: 'b' }, { data: 'c' }] }),
      onDeliveryError: (error) => {
        attempts.push(error.attempt)
        expect(error).toMatchObject({ sinkType: 'record', sinkName: 'main', payloads: [{ data: 'b' }], source: { offsets: [0] } })
        return 'RETRY'
      },
    })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)] })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    expect(recorder.calls).toEqual([3, 1])
    expect(attempts).toEqual([1])
    expect(recorder.delivered.map(({ data, attempt }) => [data, attempt])).toEqual([
      ['a', 0],
      ['c', 0],
      ['b', 1],
    ])
    expect(await harness.deadLetters()).toEqual([])
  })

  it('really dead-letters when RETRY is used up', async () => {
    const recorder = createRecorder()
    recorder.script = () => {
      throw new SinkError({ kind: 'permanent', message: 'gone' })
    }
    const handler = defineHandler({ ...echo, onDeliveryError: () => 'RETRY' })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], config: { executor: { max_retries: 2 } } })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    expect(recorder.calls).toHaveLength(3)
    const [letter] = await harness.deadLetters()
    expect(letter).toMatchObject({ attempt_count: 3, error: 'gone', transient: false })
  })

  it('drops payloads when the handler says SKIP', async () => {
    const recorder = createRecorder()
    recorder.script = (items) => items.map(({ id }) => failure(id, 'no'))
    const handler = defineHandler({ ...echo, onDeliveryError: () => 'SKIP' })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)] })
    await harness.send(numbers(2))
    await harness.app.run()
    expect(await harness.deadLetters()).toEqual([])
    expect(harness.app.snapshot()?.sinks[0]).toMatchObject({ skipped_payloads: 2, delivered_payloads: 0 })
  })

  it('tries a transient failure of an idempotent sink again before asking the handler', async () => {
    const recorder = createRecorder()
    recorder.script = (_items, call) => {
      if (call <= 2) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      return 'normal'
    }
    const handler = defineHandler({ ...echo, onDeliveryError: () => expect.unreachable('the fast retries suffice') })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder, { idempotent: true })] })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    expect(recorder.delivered).toHaveLength(1)
    expect(harness.app.snapshot()?.sinks[0]).toMatchObject({ fast_retry_count: 2, retry_count: 0, error_count: 0 })
  })

  it('counts a payload without a valid answer as failed', async () => {
    const recorder = createRecorder()
    recorder.script = (items) => items.slice(1).map(({ id }) => ({ id, status: 'ok' as const }))
    const handler = defineHandler({ ...echo, onTaskComplete: () => ({ record: [{ data: 'a' }, { data: 'b' }] }) })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)] })
    await harness.send([{ n: 1 }])
    await harness.app.run()
    const [letter] = await harness.deadLetters()
    expect(letter?.original_payloads).toEqual(['{"data":"a"}'])
    expect(letter?.error_type).toBe('DRK_SINK_CONTRACT')
  })

  it('does not let one sink hold up another', async () => {
    const slow = createRecorder()
    const fast = createRecorder()
    const gate = createGate()
    slow.script = async () => {
      await gate.opened
      return 'normal' as const
    }
    fast.script = () => {
      if (fast.calls.length === 3) gate.open()
      return 'normal'
    }
    const handler = defineHandler({
      ...echo,
      onTaskComplete: ({ stdout }) => ({ slow: [{ data: stdout }], fast: [{ data: stdout }] }),
    })
    const sinks = [recordSink(slow, { type: 'slow' }), recordSink(fast, { type: 'fast', batching: false })]
    const harness = await createHarness({ handler, sinks })
    await harness.send(numbers(3))
    await harness.app.run()
    expect(slow.delivered).toHaveLength(3)
    expect(fast.delivered).toHaveLength(3)
  })
})

describe('the dead-letter log', () => {
  it('holds the offset back while it cannot be written, and never drops', async () => {
    const harness = await createHarness({ handler: echo, sinks: [recordSink(createRecorder())] })
    await harness.send(['bad json'])
    harness.log.failNextSend(new Error('dlq down'))
    harness.log.failNextSend(new Error('dlq down'))
    await harness.app.run()
    expect(harness.events().filter((event) => event === 'dlq_send_failed')).toHaveLength(2)
    expect(await harness.deadLetters()).toHaveLength(1)
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })
})
