import { ConfigError, systemClock, type Clock } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import type { MutableConfig } from '../src/config/schema.ts'
import { defineHandler, type AnyHandler, type HookContext } from '../src/handler.ts'
import { task } from '../src/model/make-task.ts'
import { FakeExecutor } from './support/fake-executor.ts'
import { createHarness, group, topic, type HarnessOptions } from './support/harness.ts'
import { createRecorder, recordSink } from './support/record-sink.ts'
import { createGate, until } from './support/waiting.ts'

const work = defineHandler({
  arrange: (messages) => messages.map((message) => task({ from: message, args: [String(message.offset)] })),
  onTaskComplete: (result) => ({ record: [{ data: result.stdout }] }),
})

function worker(hooks: Partial<AnyHandler>, options: Partial<HarnessOptions> = {}) {
  return createHarness({ handler: { ...work, ...hooks }, sinks: [recordSink(createRecorder())], until: 'stopped', ...options })
}

/** Handlers in JavaScript may return anything. */
function returning(onStartup: (config: MutableConfig) => unknown): Partial<AnyHandler> {
  const handler: Partial<AnyHandler> = {}
  Reflect.set(handler, 'onStartup', onStartup)
  return handler
}

describe('onStartup', () => {
  it('may change the configuration it is given', async () => {
    const harness = await worker({ onStartup: (config) => void (config.dlq.topic = 'graves') }, { until: 'caught_up' })
    await harness.app.run()
    expect(await harness.log.admin().describeTopic('graves')).not.toBeNull()
    expect(await harness.log.admin().describeTopic(`${topic}_dlq`)).toBeNull()
  })

  it('may return another configuration, of whatever is given in full or in part', async () => {
    const seen: unknown[] = []
    const harness = await worker(
      {
        onStartup: async (config) => ({ ...config, dlq: { ...config.dlq, topic: 'graves' } }),
        onReady: (config) => void seen.push(config.dlq.topic, Object.isFrozen(config), Object.isFrozen(config.kafka)),
      },
      { until: 'caught_up' },
    )
    await harness.app.run()
    expect(seen).toEqual(['graves', true, true])
  })

  it.each<[title: string, change: (config: MutableConfig) => unknown, path: string]>([
    ['a wrong value', (config) => ({ ...config, executor: { ...config.executor, max_executors: 0 } }), 'executor.max_executors'],
    ['an unknown key', (config) => void Object.assign(config.kafka, { broker: 'b:9092' }), 'kafka.broker'],
    [
      'a wrong setting of a sink',
      (config) => void Object.assign(config.sinks, { record: { main: { path: 1 } } }),
      'sinks.record.main.path',
    ],
    ['a sink nobody offers', (config) => void Object.assign(config.sinks, { nothing: { main: {} } }), 'sinks.nothing'],
  ])('that leaves %s is refused with its path', async (_, change, path) => {
    const harness = await worker(returning(change))
    const failure: unknown = await harness.app.run().catch((error: unknown) => error)
    if (!ConfigError.isInstance(failure)) throw failure
    expect(failure.problems.map((problem) => [problem.origin, problem.path])).toEqual([['onStartup', path]])
    expect(failure.message).toContain(`onStartup ${path}: `)
    expect(harness.events()).not.toContain('drakkar_starting')
  })

  it('that returns no object is refused', async () => {
    const harness = await worker(returning(() => 'config'))
    await expect(harness.app.run()).rejects.toThrow('onStartup the configuration must be an object')
  })

  it('that throws ends the start with what it threw', async () => {
    const executor = new FakeExecutor()
    let started = false
    executor.start = async () => void (started = true)
    const failure = new Error('no secret store')
    const harness = await worker({ onStartup: () => Promise.reject(failure) }, { executor })
    await expect(harness.app.run()).rejects.toBe(failure)
    expect(started).toBe(false)
  })

  it('may configure the first sink there is', async () => {
    const harness = await worker(
      { onStartup: (config) => void Object.assign(config.sinks, { record: { late: {} } }) },
      {
        config: { sinks: {} },
        until: 'caught_up',
      },
    )
    await harness.send([1])
    await harness.app.run()
    expect(harness.app.snapshot()?.sinks.map(({ sink_name }) => sink_name)).toEqual(['late'])
  })

  it('is called on a frozen configuration that is left as it was', async () => {
    const given: unknown[] = []
    const hooks = { onStartup: (config: MutableConfig) => void (given.push(config.dlq.topic), (config.dlq.topic = 'graves')) }
    const harness = await worker(hooks, { until: 'caught_up' })
    await harness.app.run()
    await harness.app.run()
    expect(given).toEqual(['', ''])
  })
})

describe('onReady', () => {
  it('comes with connected sinks, before the first message', async () => {
    const order: string[] = []
    const recorder = createRecorder()
    const sink = recordSink(recorder, { connect: async () => void order.push('connected') })
    const harness = await createHarness({
      handler: {
        ...work,
        onReady: async (_config: unknown, context: HookContext) => {
          await Promise.resolve()
          order.push(`ready ${context.signal.aborted} ${typeof context.sinks['record']}`)
          context.logger.info('made_ready')
        },
        arrange: () => (order.push('arrange'), []),
      },
      sinks: [sink],
    })
    await harness.send([1])
    await harness.app.run()
    expect(order).toEqual(['connected', 'ready false function', 'arrange'])
    expect(harness.events()).toContain('made_ready')
  })

  it('hears of a stop that comes while it runs', async () => {
    const signals: AbortSignal[] = []
    const onReady = (_config: unknown, { signal }: HookContext) => {
      signals.push(signal)
      return new Promise<void>(() => undefined)
    }
    const harness = await worker({ onReady })
    const run = harness.app.run()
    await until(() => signals.length === 1)
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(signals[0]?.aborted).toBe(true)
  })
})

describe('onAssign and onRevoke', () => {
  const calls: string[] = []
  const noting = (): Partial<AnyHandler> => {
    calls.length = 0
    return {
      onAssign: (partitions) => void calls.push(`assign ${partitions.join()}`),
      onRevoke: (partitions) => void calls.push(`revoke ${partitions.join()}`),
    }
  }
  const moving = (...partitions: readonly number[]) => ({ group, topic, partitions })

  it('are called once per event, and at the stop for what is left', async () => {
    const harness = await worker(noting(), { partitions: 3 })
    const run = harness.app.run()
    await until(() => calls.length === 1)
    await harness.log.rebalance(moving(1, 2))
    await until(() => calls.length === 3)
    harness.log.losePartitions(moving(0))
    await until(() => calls.length === 4)
    harness.app.stop()
    await run
    expect(calls).toEqual(['assign 0,1,2', 'revoke 1,2', 'assign 1,2', 'revoke 0', 'revoke 1,2'])
  })

  it('are called one after the other, in order, and hold up neither records nor a hand-over', async () => {
    const gate = createGate()
    const slow = noting()
    const harness = await worker({
      ...slow,
      onAssign: async (partitions) => {
        calls.push(`assigning ${partitions.join()}`)
        await gate.opened
        calls.push(`assigned ${partitions.join()}`)
      },
    })
    await harness.send([1, 2])
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.counters.completed === 2)
    await harness.log.rebalance(moving(0))
    await harness.send([3])
    await until(() => harness.app.snapshot()?.counters.completed === 3)
    expect(calls).toEqual(['assigning 0'])
    gate.open()
    await until(() => calls.length === 5)
    harness.app.stop()
    await run
    expect(calls).toEqual(['assigning 0', 'assigned 0', 'revoke 0', 'assigning 0', 'assigned 0', 'revoke 0'])
  })

  it('comes, for a revocation, when what ran has ended and is committed', async () => {
    const gate = createGate()
    const executor = new FakeExecutor(async () => {
      await gate.opened
      return {}
    })
    const committed: unknown[] = []
    const hooks: Partial<AnyHandler> = {
      onRevoke: async () => {
        committed.push(await harness.committed(), harness.app.snapshot()?.inFlightTasks)
      },
    }
    const harness = await worker(hooks, { executor })
    await harness.send([1])
    const run = harness.app.run()
    await until(() => executor.activeCount === 1)
    const moved = harness.log.rebalance(moving(0))
    expect(committed).toEqual([])
    gate.open()
    await moved
    await until(() => committed.length === 2)
    expect(committed).toEqual([new Map([[0, 1]]), 0])
    harness.app.stop()
    await run
  })

  it('that throw are logged and change nothing', async () => {
    const throwing = () => Promise.reject(new Error('no cache'))
    const harness = await worker({ onAssign: throwing, onRevoke: throwing })
    await harness.send([1])
    const run = harness.app.run()
    await until(() => harness.app.snapshot()?.counters.completed === 1)
    await harness.log.rebalance(moving(0))
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(harness.events().filter((event) => event === 'async_callback_failed')).toHaveLength(4)
  })

  it('that take longer than hooks may count as throws, and the next is called', async () => {
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms === 9000 ? 1 : ms, signal) }
    const hooks: Partial<AnyHandler> = { ...noting(), onAssign: () => new Promise<void>(() => undefined) }
    const harness = await worker(hooks, { clock, config: { executor: { hook_timeout_seconds: 9 } } })
    const run = harness.app.run()
    await until(() => harness.events().includes('async_callback_failed'))
    harness.app.stop()
    await run
    expect(calls).toEqual(['revoke 0'])
  })

  it('that never end hold up no stop: their signal aborts', async () => {
    const signals: AbortSignal[] = []
    // The wait for them is a tenth of a second; other waits of the stop are not reached.
    const clock: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 100), signal) }
    const onRevoke = (_partitions: readonly number[], { signal }: HookContext) => {
      signals.push(signal)
      return new Promise<void>(() => undefined)
    }
    const harness = await worker({ onRevoke }, { clock })
    const run = harness.app.run()
    await until(() => harness.app.snapshot() !== null)
    harness.app.stop()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})

describe('periodic tasks', () => {
  it('run from the start to the stop, and a stop waits for the run in progress', async () => {
    const gate = createGate()
    const runs: string[] = []
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => (ms === 5000 ? systemClock.sleep(1, signal) : systemClock.sleep(ms, signal)),
    }
    const refresh = {
      seconds: 5,
      run: async () => {
        runs.push('begins')
        if (runs.length > 1) await gate.opened
        runs.push('ends')
      },
    }
    const harness = await worker({ periodic: { refresh } }, { clock })
    const run = harness.app.run()
    await until(() => runs.length === 3)
    harness.app.stop()
    await until(() => harness.events().includes('drakkar_shutting_down'))
    gate.open()
    expect(await run).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(runs).toEqual(['begins', 'ends', 'begins', 'ends'])
  })

  it('that outlast the drain budget are given up, named, and cost nothing', async () => {
    const signals: AbortSignal[] = []
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => (ms === 5000 || ms === 7000 ? systemClock.sleep(1, signal) : systemClock.sleep(ms, signal)),
    }
    const run = ({ signal }: HookContext) => {
      signals.push(signal)
      return new Promise<void>(() => undefined)
    }
    const config = { executor: { drain_timeout_seconds: 7 } }
    const harness = await worker({ periodic: { refresh: { seconds: 5, run } } }, { clock, config })
    const running = harness.app.run()
    await until(() => signals.length === 1)
    harness.app.stop()
    expect(await running).toEqual({ exitCode: 0, reason: 'stopped' })
    expect(signals[0]?.aborted).toBe(true)
    expect(harness.events()).toContain('background_task_drain_timeout')
  })
})
