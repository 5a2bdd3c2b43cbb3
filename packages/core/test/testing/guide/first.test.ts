import { runHandler } from '@drakkar/core/testing'
import { expect, it } from 'vitest'
import handler from './handler.ts'

it('counts words', async () => {
  const run = await runHandler(handler, {
    messages: [{ value: { text: 'to be or not to be' } }, { value: { text: 5 } }],
    sinks: ['file_line/counts'],
    programs: (task) => ({ stdout: `${String(task.stdin).split(' ').length}\n` }),
  })
  expect(run.payloads('file_line')).toEqual([{ data: '6 words' }])
  expect(run.deadLettered).toMatchObject([{ stage: 'deserialize', offsets: [1], payloads: [{ text: 5 }] }])
  expect(run.committed).toEqual(new Map([[0, 2]]))
})
