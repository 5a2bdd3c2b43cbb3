import type { LogConsumer } from '@drakkar/plugin-sdk/log'
import { expect, it } from 'vitest'
import { observedConsumer } from './observed-log.ts'

it('tells the end when commits cover every message, whatever the broker refused before', async () => {
  const refused = new Set<number>()
  const unused = () => Promise.reject(new Error('not expected here'))
  const inner: LogConsumer = {
    commit: (requests) =>
      Promise.resolve({
        committed: requests.filter(({ partition }) => !refused.has(partition)),
        refused: requests.filter(({ partition }) => refused.has(partition)),
      }),
    start: unused,
    lag: unused,
    stop: unused,
    pause: () => undefined,
    resume: () => undefined,
  }
  let ends = 0
  const observer = { messages: 30, onFirstRecords: () => undefined, onAllCommitted: () => (ends += 1) }
  const consumer = observedConsumer(inner, observer)
  const commit = (partition: number, offset: number) => consumer.commit([{ partition, epoch: 1, offset }])
  await commit(0, 5)
  await commit(0, 20)
  refused.add(1)
  await commit(1, 10)
  expect(ends).toBe(0)
  refused.clear()
  await commit(1, 9)
  expect(ends).toBe(0)
  await commit(1, 10)
  expect(ends).toBe(1)
})
