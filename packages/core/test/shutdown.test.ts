import { describe, expect, it } from 'vitest'
import { defineHandler } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import { maxUncommitted } from '../src/pipeline/partition-processor.ts'
import { defineSink, LogError, systemClock, type Clock } from '@drakkar/plugin-sdk'
import type { ConsumerListener } from '@drakkar/plugin-sdk/log'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness, hastyClock, replaceConsumer } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createGate, until } from './support/waiting.ts'

const handler = defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: [String(message.offset)] })),
  onTaskComplete: (result) => ({ record: [{ data: result.stdout }] }),
})
const values = (count: number) => Array.from({ length: count }, (_, n) => ({ n }))

describe('a graceful stop', () => {
  it('finishes what runs, delivers and commits it, and leaves what waits uncommitted', async () => {
    const recorder = createRecorder()
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      await gate.opened
      return { stdout: run.args.join() }
    }, 3)
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], executor, until: 'stopped' })
    await harness.send(values(50))
    const run = harness.app.run()
    await until(() => executor.activeCount === 3 && executor.waitingCount === 47)
    harness.app.stop()
    await until(() => executor.waitingCount === 0)
    gate.open()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(executor.started).toHaveLength(3)
    expect(recorder.delivered.map(({ data }) => data)).toEqual(['0', '1', '2'])
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
  })

  it('runs what was left when the worker is started again, and nothing twice', async () => {
    const recorder = createRecorder()
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      await gate.opened
      return { stdout: run.args.join() }
    }, 2)
    const first = await createHarness({ handler, sinks: [recordSink(recorder)], executor, until: 'stopped', partitions: 2 })
    await first.send(values(40))
    const run = first.app.run()
    await until(() => executor.activeCount === 2)
    first.app.stop()
    gate.open()
    await run
    const second = await createHarness({ handler, sinks: [recordSink(recorder)], log: first.log, partitions: 2 })
    await second.app.run()
    const places = recorder.delivered.map(({ partition, offsets }) => `${partition}/${offsets.join()}`)
    expect(places).toHaveLength(40)
    expect(new Set(places).size).toBe(40)
  })

  it('gives up what outlasts the drain budget, commits nothing of it and says so', async () => {
    const executor = new FakeExecutor(async (run) => {
      if (run.args[0] === '1') await new Promise(() => undefined)
      return { stdout: 'done' }
    })
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => (ms === 7000 ? Promise.resolve() : hastyClock.sleep(ms, signal)) }
    const config = { executor: { drain_timeout_seconds: 7 } }
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor, until: 'stopped', clock, config })
    await harness.send(values(3))
    const run = harness.app.run()
    await until(() => (harness.app.snapshot()?.counters.completed ?? 0) === 2)
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 5, reason: 'stopped' })
    expect(harness.events()).toContain('drain_timeout')
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })

  it('ends a dead letter that the log does not take, leaving its offset uncommitted', async () => {
    const executor = new FakeExecutor(() => ({ exitCode: 1 }))
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => (ms === 7000 ? Promise.resolve() : hastyClock.sleep(ms, signal)) }
    const config = { executor: { drain_timeout_seconds: 7 } }
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor, until: 'stopped', clock, config })
    await harness.send(values(1))
    for (let failures = 0; failures < 100_000; failures += 1) harness.log.failNextSend(new Error('no leader'))
    const run = harness.app.run()
    await until(() => harness.events().includes('dlq_send_failed'))
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 5, reason: 'stopped' })
    expect(await harness.committed()).toEqual(new Map())
  })

  it('reports a start that fails after closing what was open', async () => {
    const recorder = createRecorder()
    const harness = await createHarness({
      handler,
      sinks: [recordSink(recorder, { connect: () => Promise.reject(new Error('no route')) })],
    })
    await expect(harness.app.run()).rejects.toThrow('sinks.record.main: cannot connect: no route')
    expect(recorder.closes).toBe(1)
  })

  it('stops during start-up without an error', async () => {
    const gate = createGate()
    const sink = recordSink(createRecorder(), { connect: () => gate.opened })
    const harness = await createHarness({ handler, sinks: [sink], until: 'stopped' })
    const run = harness.app.run()
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
  })
})

describe('partitions that move', () => {
  it('commits nothing of a lost partition, and the next owner processes it again', async () => {
    const recorder = createRecorder()
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      await gate.opened
      return { stdout: run.args.join() }
    })
    const harness = await createHarness({ handler, sinks: [recordSink(recorder)], executor, until: 'stopped' })
    await harness.send(values(4))
    const run = harness.app.run()
    await until(() => executor.activeCount === 4)
    harness.log.losePartitions({ group: 'workers', topic: 'input', partitions: [0] })
    await until(() => harness.events().includes('partitions_lost') && executor.activeCount === 0)
    gate.open()
    harness.app.stop()
    await run
    expect(await harness.committed()).toEqual(new Map())
    expect(recorder.delivered).toEqual([])
    const second = await createHarness({ handler, sinks: [recordSink(recorder)], log: harness.log })
    await second.app.run()
    expect(recorder.delivered).toHaveLength(4)
    expect(await harness.committed()).toEqual(new Map([[0, 4]]))
  })

  const moving = (partition: number) => ({ group: 'workers', topic: 'input', partitions: [partition] })
  const oneSticks = () =>
    new FakeExecutor(async (run) => {
      if (run.args[0] === '1' && executorCalls.add(run.taskId).size === 1) await new Promise(() => undefined)
      return { stdout: run.args.join() }
    })
  const executorCalls = new Set<string>()

  it('kills what outlasts the drain budget before the partition is given away, and commits what is settled below it', async () => {
    executorCalls.clear()
    const executor = oneSticks()
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => hastyClock.sleep(ms === 7000 ? 1 : ms, signal) }
    const config = { executor: { drain_timeout_seconds: 7, window_size: 1 } }
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor, until: 'stopped', clock, config })
    await harness.send(values(3))
    const run = harness.app.run()
    await until(() => executor.started.length === 3 && (harness.app.snapshot()?.counters.completed ?? 0) === 2)
    await harness.log.rebalance(moving(0))
    expect(harness.events()).toContain('stop_processor_drain_timeout')
    await until(() => (harness.app.snapshot()?.counters.completed ?? 0) === 4)
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    // The first was committed before the partition went; the second was killed, and the third is behind it.
    expect(executor.started).toHaveLength(5)
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
  })

  it('leave the others alone while they drain', async () => {
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      if (run.metadata['partition'] === 0) await gate.opened
      return {}
    })
    const placed = defineHandler({
      arrange: (messages) => messages.map((message) => task({ from: message, metadata: { partition: message.partition } })),
    })
    const harness = await createHarness({
      handler: placed,
      sinks: [recordSink(createRecorder())],
      executor,
      until: 'stopped',
      partitions: 2,
    })
    await harness.send(values(1), 0)
    const run = harness.app.run()
    await until(() => executor.activeCount === 1)
    let moved = false
    const rebalanced = harness.log.rebalance(moving(0)).then(() => (moved = true))
    await harness.send(values(20), 1)
    await until(() => (harness.app.snapshot()?.counters.completed ?? 0) === 20)
    await until(() => harness.app.snapshot()?.counters.commits !== 0)
    expect(moved).toBe(false)
    gate.open()
    await rebalanced
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(executor.started).toHaveLength(21)
  })

  it('are committed although the first commits fail, so that nothing runs again', async () => {
    const gate = createGate()
    const executor = new FakeExecutor(async () => {
      await gate.opened
      return {}
    })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor, until: 'stopped' })
    await harness.send(values(3))
    const run = harness.app.run()
    await until(() => executor.activeCount === 3)
    const rebalanced = harness.log.rebalance(moving(0))
    for (let failures = 0; failures < 3; failures += 1) harness.log.failNextCommit(new Error('rebalance in progress'))
    gate.open()
    await rebalanced
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(executor.started).toHaveLength(3)
  })

  it('and a stop at once end in one drain: what runs is finished and committed', async () => {
    const gate = createGate()
    const executor = new FakeExecutor(async () => {
      await gate.opened
      return {}
    })
    const harness = await createHarness({ handler, sinks: [recordSink(createRecorder())], executor, until: 'stopped', partitions: 2 })
    await harness.send(values(4))
    const run = harness.app.run()
    await until(() => executor.activeCount === 4)
    const rebalanced = harness.log.rebalance(moving(0))
    harness.app.stop()
    await until(() => harness.events().includes('drakkar_shutting_down'))
    gate.open()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    await rebalanced
    expect(await harness.committed()).toEqual(
      new Map([
        [0, 2],
        [1, 2],
      ]),
    )
  })
})

describe('an error of the consumer', () => {
  const fatal = new LogError({ kind: 'fatal', message: 'the member was fenced' })

  /** A worker whose consumer can be made to report an error. */
  async function reporting(options: { readonly startsNever?: boolean } = {}) {
    const listeners: ConsumerListener[] = []
    const recorder = createRecorder()
    const harness = await createHarness({
      handler,
      sinks: [recordSink(recorder)],
      until: 'stopped',
      wrapConsumer: (consumer) =>
        replaceConsumer(consumer, {
          start: async (listener, call) => {
            listeners.push(listener)
            await (options.startsNever === true ? new Promise(() => undefined) : consumer.start(listener, call))
          },
        }),
    })
    return { harness, recorder, report: (error: LogError) => listeners[0]?.onError(error), isListening: () => listeners.length > 0 }
  }

  it('that is fatal stops the worker in order, which then fails with it', async () => {
    const { harness, recorder, report } = await reporting()
    await harness.send(values(3))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.counters.completed === 3)
    report(fatal)
    await expect(run).rejects.toBe(fatal)
    expect(await harness.committed()).toEqual(new Map([[0, 3]]))
    expect(recorder.closes).toBe(1)
    expect(harness.events().slice(-2)).toContain('drakkar_stopped')
  })

  it('that is fatal before the first assignment ends the start with it', async () => {
    const { harness, recorder, report, isListening } = await reporting({ startsNever: true })
    const run = harness.app.run()
    await until(isListening)
    report(fatal)
    await expect(run).rejects.toBe(fatal)
    expect(recorder.closes).toBe(1)
  })

  it('that is not fatal is counted, and the work goes on', async () => {
    const { harness, report } = await reporting()
    const run = harness.app.run()
    await until(() => harness.app.snapshot() !== null)
    report(new LogError({ kind: 'transient', message: 'no leader' }))
    await harness.send(values(1))
    await until(() => harness.app.snapshot()?.counters.completed === 1)
    expect(harness.app.snapshot()?.counters.consumerErrors).toBe(1)
    expect(harness.events()).toContain('consumer_error')
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
  })
})

describe('a stop in which nothing lets go', () => {
  it('ends all the same, having tried everything, and names what did not end', async () => {
    const stuck = () => new Promise<never>(() => undefined)
    const asked: string[] = []
    const executor = new FakeExecutor()
    executor.close = () => {
      asked.push('executor')
      return stuck()
    }
    const sink = defineSink({
      ...recordSink(createRecorder()),
      create: () => ({
        deliver: async () => undefined,
        close: () => {
          asked.push('sink')
          return stuck()
        },
      }),
    })
    // Each wait is cut to a few milliseconds; the property of the budget itself is a test of its own.
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 20), signal) }
    const harness = await createHarness({
      handler,
      sinks: [sink],
      executor,
      clock,
      until: 'stopped',
      wrapConsumer: (consumer) =>
        replaceConsumer(consumer, {
          stop: () => {
            asked.push('consumer')
            return stuck()
          },
          commit: stuck,
        }),
    })
    await harness.send(values(1))
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.counters.completed === 1)
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 5, reason: 'stopped' })
    expect([...new Set(asked)]).toEqual(['consumer', 'sink', 'executor'])
    expect(harness.events().filter((event) => event === 'close_failed').length).toBeGreaterThanOrEqual(3)
  })
})

describe('the durability barrier', () => {
  it('comes before anything of it is committed, and what it fails for is delivered again', async () => {
    const recorder = createRecorder()
    let failures = 2
    const flush = async (): Promise<void> => {
      recorder.flushes += 1
      failures -= 1
      expect((await harness.committed()).size).toBe(0)
      if (failures >= 0) throw new Error('disk')
    }
    const harness = await createHarness({
      handler: { ...handler, onDeliveryError: () => 'RETRY' },
      sinks: [recordSink(recorder, { flush })],
    })
    await harness.send([1])
    await harness.app.run()
    expect([recorder.flushes, recorder.delivered.length]).toEqual([3, 3])
    expect(await harness.committed()).toEqual(new Map([[0, 1]]))
  })
})

describe('one message that does not end', () => {
  it('stops its partition after a bounded number of uncommitted messages, and only its partition', async () => {
    const gate = createGate()
    const executor = new FakeExecutor(async (run) => {
      if (run.args[0] === 'stuck') await gate.opened
      return {}
    })
    const stuck = defineHandler({
      arrange: (messages) =>
        messages.map((message) => task({ from: message, args: [message.partition === 0 && message.offset === 0 ? 'stuck' : 'quick'] })),
    })
    const harness = await createHarness({ handler: stuck, sinks: [recordSink(createRecorder())], executor, partitions: 2 })
    await harness.send(values(2 * 5000))
    const run = harness.app.run()
    await until(() => (harness.app.snapshot()?.counters.completed ?? 0) >= 5000 + maxUncommitted - 1)
    expect(harness.app.snapshot()?.counters.completed).toBeLessThan(5000 + maxUncommitted + 200)
    gate.open()
    await run
    expect(await harness.committed()).toEqual(
      new Map([
        [0, 5000],
        [1, 5000],
      ]),
    )
  })
})
