/** Every hook works in the test kit as in production, because it is the same pipeline that calls it. */
import { expect, it } from 'vitest'
import { defineHandler, type HookContext, task } from '../src/index.ts'
import { failSink, killWorker, rebalance, runHandler, startTestWorker } from '../src/testing/index.ts'
import { plain, three } from './testing/plain-handler.ts'

const sinks = ['record/main'] as const

it('onStartup changes the configuration, onReady gets it before the first message', async () => {
  const calls: unknown[] = []
  const handler = {
    ...plain({ beforeArrange: (messages) => void calls.push(`arrange ${messages.length}`) }),
    onStartup: (config: { executor: { window_size: number } }) => {
      config.executor.window_size = 2
    },
    onReady: (config: { executor: { window_size: number } }, _context: HookContext) =>
      void calls.push(`ready ${config.executor.window_size}`),
  }
  const run = await runHandler(handler, { messages: three, sinks })
  expect(calls).toEqual(['ready 2', 'arrange 2', 'arrange 1'])
  expect(run.exitCode).toBe(0)
})

it('onAssign and onRevoke follow rebalances', async () => {
  const calls: string[] = []
  const handler = {
    ...plain(),
    onAssign: (partitions: readonly number[]) => void calls.push(`assign ${partitions.join()}`),
    onRevoke: (partitions: readonly number[]) => void calls.push(`revoke ${partitions.join()}`),
  }
  await using worker = await startTestWorker(handler, { partitions: 2, sinks })
  await worker.advance(0)
  worker.inject(rebalance({ partitions: [1] }))
  await worker.advance(0)
  expect(calls).toEqual(['assign 0,1', 'revoke 1', 'assign 1'])
})

it('onWindowComplete holds the commit back until its payloads are settled', async () => {
  const handler = defineHandler({
    arrange: (messages) => messages.map((message) => task({ from: message })),
    onWindowComplete: (results, messages) => ({ record: [{ data: `${results.length} of ${messages.length}` }] }),
  })
  const faults = [failSink('record/main', { hang: true })]
  const config = { sinks: { record: { main: { delivery_timeout_seconds: 30 } } } }
  await using worker = await startTestWorker(handler, { messages: three, config, faults })
  await worker.advance(29_000)
  expect(worker.committed.size).toBe(0)
  await worker.settle()
  expect(worker.deadLettered).toMatchObject([{ sink: 'record/main', offsets: [0, 1, 2], payloads: [{ data: '3 of 3' }] }])
})

it('periodic jobs run on the virtual clock, with the handler as `this`, and not for a dead worker', async () => {
  class Ticking {
    ticks: number[] = []
    readonly now: () => number
    constructor(now: () => number) {
      this.now = now
    }
    arrange() {
      return []
    }
    readonly periodic = { tick: { seconds: 60, run: () => void this.ticks.push(this.now()) } }
  }
  const handler = new Ticking(() => worker.seconds)
  await using worker = await startTestWorker(handler, { sinks })
  await worker.advance(150_000)
  expect(handler.ticks).toEqual([60, 120])
  worker.inject(killWorker())
  await worker.advance(50_000)
  expect(handler.ticks).toEqual([60, 120])
  await worker.advance(20_000)
  expect(handler.ticks).toEqual([60, 120, 220])
})

it('the start-up alignment waits in virtual time', async () => {
  const config = { kafka: { startup_align_enabled: true, startup_min_wait_seconds: 4, startup_align_interval_seconds: 10 } }
  await using worker = await startTestWorker(plain(), { sinks, config })
  expect(worker.seconds).toBe(10)
})

it('taskPriority decides who runs first', async () => {
  const handler = { ...plain(), taskPriority: ({ sourceOffsets }: { sourceOffsets: readonly number[] }) => -(sourceOffsets[0] ?? 0) }
  const config = { executor: { max_executors: 1 } }
  const run = await runHandler(handler, { messages: [...three, { value: 4 }], sinks, config, programs: () => ({ seconds: 1 }) })
  expect(run.payloads('record').map(({ data }) => data)).toEqual(['ran 1', 'ran 4', 'ran 3', 'ran 2'])
})

it('executor.ordering: key runs the messages of a key one after the other, other keys beside them', async () => {
  const messages = ['a', 'b', 'a'].map((key) => ({ key, value: key }))
  const config = { executor: { ordering: 'key', max_executors: 4 } }
  const run = await runHandler(plain(), { messages, sinks, config, programs: () => ({ seconds: 10 }) })
  expect(run.delivered.map(({ payload, seconds }) => [payload, seconds])).toEqual([
    [{ data: 'ran a' }, 10],
    [{ data: 'ran b' }, 10],
    [{ data: 'ran a' }, 20],
  ])
})
