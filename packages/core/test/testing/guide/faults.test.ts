import { brokerDown, failSink, killWorker, permanent, rebalance, runHandler } from '@drakkar/core/testing'
import { expect, it } from 'vitest'
import handler from './handler.ts'

const input = {
  messages: ['a', 'b b', 'c c c'].map((text) => ({ value: { text } })),
  sinks: ['file_line/counts'],
  programs: () => ({ stdout: '1', seconds: 5 }),
}

it('delivers again what a killed worker had not committed', async () => {
  const run = await runHandler(handler, { ...input, faults: [killWorker({ afterDelivered: 2 })] })
  // The first was committed in time, the second was not.
  expect(run.delivered.map(({ source }) => source.offsets)).toEqual([[0], [1], [1], [2]])
  // The same id again: that is what sinks recognise a repetition by.
  expect(run.delivered[2]?.id).toBe(run.delivered[1]?.id)
})

it('dead-letters what the sink refuses, and nothing else', async () => {
  const faults = [failSink('file_line/counts', { error: permanent('no space left') })]
  const run = await runHandler(handler, { ...input, config: { executor: { max_executors: 1 } }, faults })
  expect(run.deadLettered).toMatchObject([{ sink: 'file_line/counts', error: 'no space left', offsets: [0] }])
  expect(run.delivered).toHaveLength(2)
})

it('gets through a bad day', async () => {
  const faults = [rebalance({ afterStarted: 1 }), brokerDown({ afterSeconds: 2, seconds: 60 })]
  const run = await runHandler(handler, { ...input, faults })
  expect(run.committed).toEqual(new Map([[0, 3]]))
})
