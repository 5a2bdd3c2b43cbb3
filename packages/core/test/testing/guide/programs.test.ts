import { runHandler } from '@drakkar/core/testing'
import { expect, it } from 'vitest'
import handler from './handler.ts'

const input = { messages: [{ value: { text: 'be' } }], sinks: ['file_line/counts'] }

it('tries a busy program again', async () => {
  const run = await runHandler(handler, {
    ...input,
    config: { executor: { max_retries: 2, retry_backoff_base_seconds: 10 } },
    programs: (_task, attempt) => (attempt < 3 ? { exitCode: 75 } : { stdout: '1', seconds: 10 }),
  })
  expect(run.executed.map(({ attempt, status }) => [attempt, status])).toEqual([
    [1, 'exit'],
    [2, 'exit'],
    [3, 'completed'],
  ])
  // 10 s before the second attempt, 20 s before the third, which takes 10 s: all of it virtual.
  expect(Math.floor(run.seconds)).toBe(40)
})

it('gives up a program that takes too long', async () => {
  const run = await runHandler(handler, { ...input, programs: () => ({ seconds: Infinity }) })
  expect(run.deadLettered).toMatchObject([{ stage: 'task', error: 'Timeout after 120s' }])
})
