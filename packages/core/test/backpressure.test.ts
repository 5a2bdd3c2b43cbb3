import type { Clock } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness, group, hastyClock, replaceConsumer, topic, type HarnessOptions } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { turn } from './support/values.ts'
import { createGate, until } from './support/waiting.ts'

const handler = defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: [String(message.offset)] })),
  onTaskComplete: (result) => ({ record: [{ data: result.stdout }] }),
})
const values = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

/** Pauses at 20 units and resumes at 4. */
const executorConfig = { max_executors: 2, backpressure_high_multiplier: 10, backpressure_low_multiplier: 2 }
const kafkaConfig = { source_topic: topic, consumer_group: group, max_poll_records: 5 }

/** A worker whose tasks wait for the gate, and what its consumer has been told. */
async function gated(options: Partial<HarnessOptions> & { readonly kafka?: Readonly<Record<string, unknown>> } = {}) {
  const gate = createGate()
  const told: string[] = []
  const executor = new FakeExecutor(async () => {
    await gate.opened
    return {}
  }, 2)
  const harness = await createHarness({
    handler,
    sinks: [recordSink(createRecorder())],
    executor,
    config: { kafka: { ...kafkaConfig, ...options.kafka }, executor: executorConfig },
    until: 'stopped',
    wrapConsumer: (consumer) =>
      replaceConsumer(consumer, {
        pause: (partitions) => {
          told.push(`pause ${partitions.join()}`)
          consumer.pause(partitions)
        },
        resume: (partitions) => {
          told.push(`resume ${partitions.join()}`)
          consumer.resume(partitions)
        },
      }),
    ...options,
  })
  return { harness, gate, told, executor }
}

describe('backpressure', () => {
  it('pauses all partitions at the high mark and resumes them at the low one', async () => {
    const { harness, gate, told } = await gated({ partitions: 2 })
    await harness.send(values(200))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.paused === true)
    const { totalQueued, queued, inFlightTasks } = harness.app.snapshot() ?? {}
    expect(totalQueued).toBeGreaterThanOrEqual(20)
    expect(totalQueued).toBeLessThanOrEqual(20 + kafkaConfig.max_poll_records)
    expect((queued ?? 0) + (inFlightTasks ?? 0)).toBe(totalQueued)
    expect(told).toEqual(['resume 0,1', 'pause 0,1'])
    gate.open()
    await until(() => harness.app.snapshot()?.counters.completed === 200)
    expect(told.slice(0, 3)).toEqual(['resume 0,1', 'pause 0,1', 'resume 0,1'])
    expect(harness.app.snapshot()).toMatchObject({ totalQueued: 0, bufferedBytes: 0, paused: false })
    harness.app.stop()
    await run
  })

  it('never has more in the worker than the high mark and one hand-over, whatever the backlog', async () => {
    let most = 0
    const executor = new FakeExecutor(async () => {
      most = Math.max(most, harness.app.snapshot()?.totalQueued ?? 0)
      await new Promise((resolve) => setImmediate(resolve))
      return {}
    }, 2)
    const config = { kafka: kafkaConfig, executor: executorConfig }
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor, config, partitions: 3 })
    await harness.send(values(600))
    await harness.app.run()
    expect(most).toBeGreaterThanOrEqual(20)
    expect(most).toBeLessThanOrEqual(20 + kafkaConfig.max_poll_records)
  })

  it('pauses at a number of bytes, however few messages they are', async () => {
    const { harness, gate } = await gated({ kafka: { max_buffered_bytes: 1000 } })
    await harness.send(Array.from({ length: 40 }, () => 'x'.repeat(300)).map((text) => JSON.stringify(text)))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.paused === true)
    const { totalQueued, bufferedBytes } = harness.app.snapshot() ?? {}
    expect(totalQueued).toBeLessThanOrEqual(kafkaConfig.max_poll_records)
    expect(bufferedBytes).toBeGreaterThanOrEqual(1000)
    gate.open()
    await until(() => harness.app.snapshot()?.counters.completed === 40)
    expect(harness.app.snapshot()).toMatchObject({ bufferedBytes: 0, paused: false })
    harness.app.stop()
    await run
  })

  it('pauses a partition that is assigned meanwhile, before any of its messages', async () => {
    const { harness, gate, told } = await gated({ partitions: 2 })
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.partitions.length === 2)
    harness.log.losePartitions({ group, topic, partitions: [1] })
    await harness.send(values(60), 0)
    await until(() => harness.app.snapshot()?.paused === true)
    await harness.send(values(10), 1)
    const { consumed } = harness.app.snapshot()?.counters ?? {}
    await harness.log.rebalance({ group, topic, partitions: [] })
    expect(told).toEqual(['resume 0,1', 'pause 0', 'pause 1'])
    expect(harness.app.snapshot()?.counters.consumed).toBe(consumed)
    gate.open()
    await until(() => harness.app.snapshot()?.counters.completed === 70)
    harness.app.stop()
    await run
  })

  it('ends when the last partition leaves, so that the next one flows', async () => {
    const { harness, gate, told } = await gated()
    await harness.send(values(60))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.paused === true)
    harness.log.losePartitions({ group, topic, partitions: [0] })
    expect(harness.app.snapshot()).toMatchObject({ paused: false, totalQueued: 0, bufferedBytes: 0, partitions: [] })
    gate.open()
    await harness.log.rebalance({ group, topic, partitions: [] })
    await until(() => harness.app.snapshot()?.counters.completed === 60)
    expect(told.filter((call) => call.startsWith('pause')).length).toBeGreaterThan(0)
    harness.app.stop()
    await run
  })

  it('goes on when pausing fails: it is logged and tried again', async () => {
    let failures = 1
    const { harness, gate } = await gated({
      wrapConsumer: (consumer) =>
        replaceConsumer(consumer, {
          pause: (partitions) => {
            failures -= 1
            if (failures >= 0) throw new Error('not now')
            consumer.pause(partitions)
          },
        }),
    })
    await harness.send(values(60))
    const run = harness.app.run()
    await until(() => harness.events().filter((event) => event === 'partitions_paused').length > 0)
    expect(harness.events()).toContain('pause_failed')
    gate.open()
    await until(() => harness.app.snapshot()?.counters.completed === 60)
    harness.app.stop()
    expect(await run).toMatchObject({ exitCode: 0 })
  })
})

describe('idle time', () => {
  it('of the source counts while it has nothing for us, and not while something runs or a sink throttles', async () => {
    let nowMs = 0
    const clock: Clock = { ...hastyClock, monotonicMs: () => nowMs }
    const { harness, gate, executor } = await gated({ clock })
    const run = harness.app.run()
    const idleSeconds = () => harness.app.snapshot()?.consumerIdleSeconds
    await until(() => harness.app.snapshot()?.partitions.length === 1)
    expect(idleSeconds()).toBe(0)
    nowMs += 3000
    await harness.send(values(1))
    await until(() => executor.activeCount === 1)
    await turn()
    expect(idleSeconds()).toBe(3)
    nowMs += 60_000
    expect(idleSeconds()).toBe(3)
    gate.open()
    await until(() => harness.app.snapshot()?.counters.completed === 1)
    await turn()
    nowMs += 500
    expect(idleSeconds()).toBe(3.5)
    harness.app.stop()
    await run
  })

  it('of executors counts while messages wait to be arranged and slots are free', async () => {
    let nowMs = 0
    const clock: Clock = { ...hastyClock, monotonicMs: () => nowMs }
    const gate = createGate()
    const slow = defineHandler({
      arrange: async (messages) => {
        await gate.opened
        return messages.map((message) => task({ from: message }))
      },
    })
    const { harness, gate: tasks } = await gated({
      clock,
      handler: slow,
      config: { kafka: kafkaConfig, executor: { ...executorConfig, window_size: 1 } },
    })
    await harness.send(values(3))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.queued === 2)
    await turn()
    expect(harness.app.snapshot()?.executorIdleSlotSeconds).toBe(0)
    nowMs += 2000
    expect(harness.app.snapshot()?.executorIdleSlotSeconds).toBe(2 * 2)
    gate.open()
    await until(() => harness.app.snapshot()?.queued === 0)
    await turn()
    nowMs += 60_000
    expect(harness.app.snapshot()?.executorIdleSlotSeconds).toBe(2 * 2)
    tasks.open()
    harness.app.stop()
    await run
  })
})

describe('records of a partition that is not ours', () => {
  it('are neither processed nor committed, and counted', async () => {
    const { harness } = await gated({
      wrapConsumer: (consumer) =>
        replaceConsumer(consumer, {
          start: async (listener, call) => {
            await consumer.start(listener, call)
            listener.onRecords(7, [{ topic, partition: 7, offset: 0, key: null, value: Buffer.from('1'), headers: [], timestamp: 0 }])
          },
        }),
    })
    const run = harness.app.run()
    await until(() => harness.app.snapshot() !== null)
    expect(harness.app.snapshot()?.counters).toMatchObject({ unroutable: 1, consumed: 0 })
    expect(harness.events()).toContain('messages_unroutable')
    harness.app.stop()
    await run
  })
})
