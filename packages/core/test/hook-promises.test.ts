/** What hooks return and how long anybody waits for it, on the whole worker. */
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { expect, it } from 'vitest'
import { defineHandler, task, type AnyHandler } from '../src/index.ts'
import { Hooks } from '../src/pipeline/collect/hooks.ts'
import { runHandler, startTestWorker } from '../src/testing/index.ts'
import { createRecordingAppLogger } from './support/recording-app-logger.ts'

/** As a query builder that has lost its connection: it has `then` and calls nobody. */
// oxlint-disable-next-line unicorn/no-thenable -- that is what such a promise is
const silent: Promise<never> = Object.create({ then: () => undefined })

it('a promise of another library has the time limit of every hook', async () => {
  const handler = defineHandler({
    arrange: (messages) => messages.map((from) => task({ from })),
    onTaskComplete: () => silent,
  })
  const config = { executor: { hook_timeout_seconds: 5 } }
  const run = await runHandler(handler, { messages: [{ value: 1 }], sinks: ['record/main'], config })
  expect(run.deadLettered.map(({ stage }) => stage)).toEqual(['on_task_complete'])
})

it('a hook that is given up leaves no timer', async () => {
  const clock = createFakeClock()
  const handler: AnyHandler = { arrange: () => new Promise(() => undefined) }
  const hooks = new Hooks({
    handler,
    logger: createRecordingAppLogger(),
    sinks: {},
    onTaskFailure: 'skip',
    limit: { timeoutMs: 5000, clock },
  })
  const kill = new AbortController()
  const pending = { pendingTasks: [], pendingTaskIds: new Set<string>() }
  const call = hooks.arrange({ messages: [], pending }, kill.signal, { partition: 0, id: 1 })
  kill.abort()
  await expect(call).rejects.toThrow('aborted')
  expect(clock.sleeping).toBe(0)
})

it('with fair priorities a task without messages does not send other partitions to the end of its own', async () => {
  const starts: string[] = []
  const handler = defineHandler({
    arrange: (messages) => [
      ...messages.map((from) => task({ from, taskId: `${from.partition}:${from.offset}` })),
      task({ taskId: 'alone', precomputed: { stdout: '' } }),
    ],
  })
  await using worker = await startTestWorker(handler, {
    messages: Array.from({ length: 30 }, () => ({ value: 1, partition: 0 })),
    partitions: 2,
    sinks: ['record/main'],
    config: { executor: { priority: 'fair', max_executors: 1, window_size: 50 } },
    programs: ({ taskId }) => {
      starts.push(taskId)
      return { seconds: 1 }
    },
  })
  await worker.advance(2500)
  worker.send({ value: 1, partition: 1 })
  await worker.settle()
  expect(starts.indexOf('1:0')).toBeLessThan(8)
})
