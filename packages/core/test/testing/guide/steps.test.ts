import { startTestWorker } from '@drakkar/core/testing'
import { expect, it } from 'vitest'
import handler from './handler.ts'

it('finishes what runs when it is stopped', async () => {
  await using worker = await startTestWorker(handler, {
    sinks: ['file_line/counts'],
    programs: () => ({ stdout: '1', seconds: 20 }),
  })
  worker.send({ value: { text: 'a' } })
  await worker.settle()
  expect(worker.delivered).toHaveLength(1)

  worker.send({ value: { text: 'b' } })
  await worker.advance(5_000)
  expect(worker.executed.at(-1)).toMatchObject({ status: 'running' })
  const run = await worker.stop()
  expect([run.exitCode, run.committed.get(0)]).toEqual([0, 2])
})
