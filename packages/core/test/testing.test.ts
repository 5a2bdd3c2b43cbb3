/** The test kit: a handler over messages, in memory and in virtual time. */
import { describe, expect, it } from 'vitest'
import { runHandler } from '../src/testing/index.ts'
import { plain } from './testing/plain-handler.ts'

const three = [{ value: 1 }, { value: 2 }, { value: 3 }]

describe('a run', () => {
  it('goes from the topic to the commit', async () => {
    const run = await runHandler(plain(), { messages: three, sinks: ['record/main'] })
    expect(run.payloads('record')).toEqual([{ data: 'ran 1' }, { data: 'ran 2' }, { data: 'ran 3' }])
    expect(run.delivered.map(({ sink, source }) => [sink, source.partition, source.offsets])).toEqual([
      ['record/main', 0, [0]],
      ['record/main', 0, [1]],
      ['record/main', 0, [2]],
    ])
    expect([...run.committed]).toEqual([[0, 3]])
    expect(run.executed.map(({ attempt, status }) => [attempt, status])).toEqual(three.map(() => [1, 'completed']))
    expect([run.exitCode, run.deadLettered]).toEqual([0, []])
  })
})
