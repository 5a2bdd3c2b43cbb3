/** What one message, hook, partition or sink does must not harm the others, nor the shutdown (invariants I1, I2, I5). */
import { failure, LogError, ok } from '@drakkar/plugin-sdk'
import type { ConsumerListener, LogConsumer } from '@drakkar/plugin-sdk/log'
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness, group, hastyClock, replaceConsumer, topic } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createGate, until } from './support/waiting.ts'

const handler = defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: [`${message.partition}/${message.offset}`] })),
  onTaskComplete: (result) => ({ record: [{ data: result.stdout }] }),
})
const values = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))
/** The drain budget of these tests, which passes at once. */
const drainSeconds = 7
const drainedClock = {
  ...hastyClock,
  sleep: (ms: number, signal?: AbortSignal) =>
    ms === drainSeconds * 1000 || ms === 10_000 ? Promise.resolve() : hastyClock.sleep(ms, signal),
}

describe('the durability barrier', () => {
  it('never lets an offset pass what was still being delivered when the flush began', async () => {
    const recorder = createRecorder()
    const durable = new Set<unknown>()
    const early: unknown[] = []
    const firstFlush = createGate()
    const secondDelivery = createGate()
    recorder.script = async (_items, call) => {
      if (call === 2) await firstFlush.opened
      if (call === 2) secondDelivery.open()
      return 'normal' as const
    }
    const flush = async (): Promise<void> => {
      const covered = recorder.delivered.map(({ data }) => data)
      firstFlush.open()
      await secondDelivery.opened
      await new Promise((resolve) => setImmediate(resolve))
      for (const data of covered) durable.add(data)
    }
    const sink = recordSink(recorder, { flush, ordered: false, batching: false })
    const harness = await createHarness({ handler, sinks: [sink], until: 'stopped' })
    await harness.send(values(2))
    const run = harness.app.run()
    await until(() => harness.log.committed(group, topic).get(0) === 2)
    for (const { data } of recorder.delivered) if (!durable.has(data)) early.push(data)
    harness.app.stop()
    await run
    expect(early).toEqual([])
  })
})

describe('a message that goes to the dead-letter log', () => {
  it('is not completed by a task that lists it as well, and settles once', async () => {
    const fanIn = defineHandler({
      arrange: (messages) => {
        const [first] = messages
        if (first?.offset === 1) throw new Error('poison')
        if (messages.length > 1) throw new Error('one by one')
        return [task({ sourceOffsets: [0, 1], args: ['both'] })]
      },
      onTaskComplete: (result) => ({ record: [{ data: result.stdout }] }),
    })
    const recorder = createRecorder()
    const config = { executor: { max_retries: 0, drain_timeout_seconds: drainSeconds } }
    const harness = await createHarness({ handler: fanIn, sinks: [recordSink(recorder)], config, until: 'stopped', clock: drainedClock })
    await harness.send(values(2))
    for (let failures = 0; failures < 1000; failures += 1) harness.log.failNextSend(new Error('down'))
    const run = harness.app.run()
    await until(() => recorder.delivered.length === 1 && harness.log.committed(group, topic).get(0) === 1)
    await until(() => harness.events().filter((event) => event === 'dlq_send_failed').length > 3)
    expect(harness.app.snapshot()?.counters.completed).toBe(1)
    harness.app.stop()
    await run
    expect(harness.log.committed(group, topic).get(0)).toBe(1)
  })

  it('that the log refuses for its size is sent again without what it holds twice', async () => {
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())] })
    await harness.send(['not json'])
    harness.log.failNextSend(new LogError({ kind: 'permanent', code: 'DRK_LOG_RECORD_TOO_LARGE', message: 'record too large' }))
    await harness.app.run()
    const [letter] = await harness.deadLetters()
    expect(letter).toMatchObject({ reduced: true, original_payloads: ['not json'], source: { offsets: [0], values: [] } })
  })

  it('and cannot be written holds back its own partition and no other payload of the sink', async () => {
    const recorder = createRecorder()
    recorder.script = (items) =>
      items.map(({ id, source }) => (source.partition === 0 && source.offsets[0] === 0 ? failure(id, 'no') : ok(id)))
    const config = { executor: { drain_timeout_seconds: drainSeconds } }
    const harness = await createHarness({
      handler,
      sinks: [recordSink(recorder)],
      partitions: 2,
      config,
      until: 'stopped',
      clock: drainedClock,
    })
    await harness.send(values(100))
    for (let failures = 0; failures < 100_000; failures += 1) harness.log.failNextSend(new Error('down'))
    const run = harness.app.run()
    await until(() => harness.log.committed(group, topic).get(1) === 50)
    harness.app.stop()
    await run
    expect(recorder.delivered).toHaveLength(99)
    expect(harness.log.committed(group, topic).get(0)).toBeUndefined()
  })
})

describe('a partition that comes back', () => {
  it('delivers again although it was lost while the source was paused', async () => {
    const recorder = createRecorder()
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      await gate.opened
      return { stdout: run.args.join() }
    }, 2)
    const config = {
      kafka: { source_topic: topic, consumer_group: group, max_poll_records: 5 },
      executor: { max_executors: 2, backpressure_high_multiplier: 4, backpressure_low_multiplier: 1 },
    }
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], executor, config, partitions: 3 })
    await harness.send(values(60))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.paused === true)
    harness.log.losePartitions({ group, topic, partitions: [1] })
    await until(() => harness.events().includes('partitions_lost'))
    gate.open()
    await until(() => harness.app.snapshot()?.paused === false)
    await harness.log.rebalance({ group, topic, partitions: [1] })
    expect(await run).toEqual({ exitCode: 0, reason: 'caught_up' })
    expect([...(await harness.committed()).values()]).toEqual([20, 20, 20])
  })

  it('starts nothing when it is assigned during a stop', async () => {
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      await gate.opened
      return { stdout: run.args.join() }
    })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor, partitions: 2, until: 'stopped' })
    await harness.send(values(2), 0)
    const run = harness.app.run()
    await until(() => executor.activeCount === 2)
    harness.log.losePartitions({ group, topic, partitions: [1] })
    await until(() => harness.events().includes('partitions_lost'))
    harness.app.stop()
    await harness.send(values(2), 1)
    await harness.log.rebalance({ group, topic, partitions: [1] })
    await new Promise((resolve) => setImmediate(resolve))
    gate.open()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(executor.started).toHaveLength(2)
  })

  it('whose topic began anew commits from the new beginning', async () => {
    const wrapConsumer = (consumer: LogConsumer) =>
      replaceConsumer(consumer, {
        start: (listener, call) => consumer.start(announcing(listener, 1000), call),
      })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], wrapConsumer })
    await harness.send(values(5))
    await harness.app.run()
    expect(await harness.committed()).toEqual(new Map([[0, 5]]))
    expect(harness.events()).toContain('position_below_committed')
  })
})

describe('a shutdown', () => {
  const never = () => new Promise<never>(() => undefined)
  const hooks = {
    arrange: { ...handler, arrange: never },
    onTaskComplete: { ...handler, onTaskComplete: never },
    onMessageComplete: { ...handler, onMessageComplete: never },
    onError: { ...handler, arrange: () => [task({ sourceOffsets: [0], precomputed: { exitCode: 1 } })], onError: never },
    deserializeMessage: { ...handler, deserializeMessage: never },
  }

  it.each(Object.entries(hooks))('ends although %s never settles', async (_name, stuck) => {
    const config = { executor: { drain_timeout_seconds: drainSeconds } }
    const clock = {
      ...hastyClock,
      sleep: (ms: number, signal?: AbortSignal) => (ms === drainSeconds * 1000 ? Promise.resolve() : hastyClock.sleep(ms, signal)),
    }
    const harness = await createHarness({ handler: stuck, sinks: [recordSink(createRecorder())], config, until: 'stopped', clock })
    await harness.send(values(1))
    const run = harness.app.run()
    await until(() => (harness.app.snapshot()?.counters.windows ?? 0) === 1)
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 5, reason: 'stopped' })
    expect(await harness.committed()).toEqual(new Map())
  })

  it('ends although the log never answers a commit', async () => {
    const wrapConsumer = (consumer: LogConsumer) => replaceConsumer(consumer, { commit: never })
    const harness = await createHarness({
      handler,
      sinks: [recordSink(createRecorder())],
      until: 'stopped',
      clock: drainedClock,
      wrapConsumer,
    })
    await harness.send(values(3))
    const run = harness.app.run()
    await until(() => (harness.app.snapshot()?.counters.completed ?? 0) === 3)
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 5, reason: 'stopped' })
  })
})

describe('a message of many tasks', () => {
  it('does not pause the worker once most of them have ended', async () => {
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      if (run.args[0] === 'last') await gate.opened
      return {}
    })
    const wide = defineHandler({
      arrange: (messages) =>
        messages.flatMap((message) =>
          message.partition === 0
            ? Array.from({ length: 200 }, (_, n) => task({ from: message, args: [n === 199 ? 'last' : 'quick'] }))
            : [task({ from: message, args: ['quick'] })],
        ),
    })
    const harness = await createHarness({ handler: wide, sinks: [recordSink(createRecorder())], executor, partitions: 2 })
    await harness.send(values(1), 0)
    await harness.send(values(500), 1)
    const run = harness.app.run()
    await until(() => (harness.app.snapshot()?.counters.completed ?? 0) === 500)
    gate.open()
    await run
    expect(await harness.committed()).toEqual(
      new Map([
        [0, 1],
        [1, 500],
      ]),
    )
  })
})

/** Says of every assignment that the group has committed `committed` before. */
function announcing(listener: ConsumerListener, committed: number): ConsumerListener {
  return {
    onRecords: (partition, records) => listener.onRecords(partition, records),
    onAssign: (assignments) => listener.onAssign(assignments.map((assignment) => ({ ...assignment, committed }))),
    onRevoke: (partitions) => listener.onRevoke(partitions),
    onLost: (partitions) => listener.onLost(partitions),
    onRebalancing: () => listener.onRebalancing(),
    onError: (error) => listener.onError(error),
  }
}
