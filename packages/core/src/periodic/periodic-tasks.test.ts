import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createRecordingAppLogger } from '../../test/support/recording-app-logger.ts'
import { createGate } from '../../test/support/waiting.ts'
import type { AnyHandler, HookContext, PeriodicTask } from '../handler.ts'
import { PeriodicTasks } from './periodic-tasks.ts'

const sinks = {}

function started(periodic: Readonly<Record<string, PeriodicTask>>, more: Partial<AnyHandler> = {}) {
  const clock = createFakeClock()
  const logger = createRecordingAppLogger()
  const handler: AnyHandler = { arrange: () => [], periodic, ...more }
  const tasks = new PeriodicTasks({ handler, sinks, clock, logger })
  tasks.start()
  return { clock, logger, handler, tasks }
}

describe('a periodic task', () => {
  it('runs first after one interval, and then one interval after the end of each run', async () => {
    const times: number[] = []
    const { clock } = started({
      refresh: {
        seconds: 10,
        run: async () => {
          times.push(clock.monotonicMs())
          await clock.sleep(3000)
        },
      },
    })
    await clock.advance(9999)
    expect(times).toEqual([])
    await clock.advance(30_000)
    expect(times).toEqual([10_000, 23_000, 36_000])
  })

  it('never overlaps itself, and does not hold up another', async () => {
    const gate = createGate()
    const runs = { slow: 0, quick: 0 }
    const { clock, tasks } = started({
      slow: {
        seconds: 1,
        run: () => {
          runs.slow += 1
          return gate.opened
        },
      },
      quick: { seconds: 1, run: () => void (runs.quick += 1) },
    })
    await clock.advance(5000)
    expect(runs).toEqual({ slow: 1, quick: 5 })
    expect(tasks.running).toEqual(['slow'])
    gate.open()
    await clock.advance(1000)
    expect(runs).toEqual({ slow: 2, quick: 6 })
  })

  it('has the handler as this and a context', async () => {
    const seen: unknown[] = []
    const contexts: HookContext[] = []
    const { clock, handler, logger } = started({
      refresh: {
        seconds: 1,
        run(this: unknown, context) {
          seen.push(this)
          contexts.push(context)
          context.logger.info('refreshed', {})
        },
      },
    })
    await clock.advance(1000)
    expect(seen).toEqual([handler])
    expect(contexts[0]?.sinks).toBe(sinks)
    expect(contexts[0]?.signal.aborted).toBe(false)
    expect(logger.entries.at(-1)).toMatchObject({ event: 'refreshed', fields: { category: 'periodic', name: 'refresh' } })
  })

  it.each([
    ['goes on after a throw', 'continue', 3, ['periodic_task_failed', 'periodic_task_failed', 'periodic_task_failed']],
    ['goes on without onError', undefined, 3, ['periodic_task_failed', 'periodic_task_failed', 'periodic_task_failed']],
    ['ends after a throw with stop', 'stop', 1, ['periodic_task_failed', 'periodic_task_stopped']],
  ] as const)('%s', async (_, onError, runs, events) => {
    const failure = new Error('no route')
    let ran = 0
    let others = 0
    const run = (): never => {
      ran += 1
      throw failure
    }
    const { clock, logger } = started({
      refresh: { seconds: 1, run, ...(onError === undefined ? {} : { onError }) },
      other: { seconds: 1, run: () => void (others += 1) },
    })
    await clock.advance(3000)
    expect([ran, others]).toEqual([runs, 3])
    const failures = logger.entries.filter(({ event }) => event !== 'periodic_task_started')
    expect(failures.map(({ event }) => event)).toEqual(events)
    expect(failures[0]).toMatchObject({ level: 'error', fields: { name: 'refresh', error: failure } })
  })

  it('does not run again after stop, which waits for the run in progress', async () => {
    const gate = createGate()
    let runs = 0
    const { clock, tasks } = started({
      refresh: {
        seconds: 1,
        run: () => {
          runs += 1
          return gate.opened
        },
      },
      later: { seconds: 60, run: () => void (runs += 100) },
    })
    await clock.advance(1000)
    tasks.stop()
    let idle = false
    const ended = tasks.idle().then(() => (idle = true))
    await clock.advance(60_000)
    expect([runs, idle]).toEqual([1, false])
    gate.open()
    await ended
    await clock.advance(60_000)
    expect([runs, clock.sleeping]).toEqual([1, 0])
  })

  it('that is given up hears of it, and nobody waits for it or logs its end', async () => {
    const signals: AbortSignal[] = []
    const { clock, tasks, logger } = started({
      refresh: {
        seconds: 1,
        onError: 'stop',
        run: (context) => {
          signals.push(context.signal)
          return new Promise(() => undefined)
        },
      },
    })
    await clock.advance(1000)
    tasks.stop()
    expect(signals[0]?.aborted).toBe(false)
    tasks.giveUp()
    expect(signals[0]?.aborted).toBe(true)
    await tasks.idle()
    expect([tasks.running, logger.events()]).toEqual([[], ['periodic_task_started']])
  })

  it('whose getter throws is left out with a warning', async () => {
    let runs = 0
    const { clock, logger } = started({
      get broken(): PeriodicTask {
        throw new Error('not yet')
      },
      refresh: { seconds: 1, run: () => void (runs += 1) },
    })
    await clock.advance(1000)
    expect(runs).toBe(1)
    expect(logger.entries[0]).toMatchObject({ event: 'periodic_task_unreadable', fields: { names: ['broken'] } })
  })
})
