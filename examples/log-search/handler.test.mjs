// The handler without Kafka, without processes and without waiting: `npm test`, or `node --test`.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failSink, killWorker, runHandler, throttled } from '@drakkar/core/testing'
import { fileLineSink, filesystemSink } from '@drakkar/sink-file'
import handler from './handler.mjs'

const sinks = [filesystemSink, fileLineSink]
const request = { request_id: 'r1', pattern: 'fish', file: 'sea.txt' }
const messages = [{ value: request }]
const found = () => ({ stdout: '3:a fish\n8:more fish\n' })

await test('matches go to the file, a summary to the list', async () => {
  const run = await runHandler(handler, { sinks, messages, programs: found })
  assert.deepEqual(run.executed[0]?.task.args, ['fish', 'sea.txt'])
  assert.deepEqual(run.payloads('files'), [
    { path: 'matches.jsonl', data: { ...request, match_count: 2, matches: ['3:a fish', '8:more fish'] } },
  ])
  assert.deepEqual(run.payloads('file_line'), [{ data: 'r1 fish 2 sea.txt' }])
})

await test('a search without a match is in the list alone', async () => {
  const run = await runHandler(handler, { sinks, messages })
  assert.deepEqual(run.payloads('files'), [])
  assert.deepEqual(run.payloads('file_line'), [{ data: 'r1 fish 0 sea.txt' }])
})

await test('a temporary failure is tried again, any other is dead-lettered', async () => {
  const temporary = await runHandler(handler, {
    sinks,
    messages,
    programs: (_task, attempt) => (attempt < 3 ? { exitCode: 75, stderr: 'SIMULATED FAILURE' } : found()),
  })
  assert.equal(temporary.executed.length, 3)
  assert.equal(temporary.payloads('files').length, 1)
  const lasting = await runHandler(handler, { sinks, messages, programs: () => ({ exitCode: 2, stderr: 'no such file' }) })
  assert.equal(lasting.executed.length, 1)
  assert.deepEqual(
    lasting.deadLettered.map(({ stage, offsets }) => [stage, offsets]),
    [['task', [0]]],
  )
})

await test('a request without a pattern is dead-lettered before anything runs', async () => {
  const run = await runHandler(handler, { sinks, messages: [{ value: { ...request, pattern: '' } }] })
  assert.deepEqual(
    run.deadLettered.map(({ stage, payloads }) => [stage, payloads]),
    [['deserialize', [{ ...request, pattern: '' }]]],
  )
  assert.equal(run.executed.length, 0)
})

await test('a full disk and a killed worker lose nothing', async () => {
  const run = await runHandler(handler, {
    sinks,
    messages: ['r1', 'r2', 'r3'].map((request_id) => ({ value: { ...request, request_id } })),
    programs: found,
    faults: [failSink('filesystem/main', { times: 2, error: throttled(5_000, 'no space left') }), killWorker({ afterDelivered: 4 })],
  })
  const summaries = run.payloads('file_line').map(({ data }) => data)
  for (const id of ['r1', 'r2', 'r3']) assert.ok(summaries.includes(`${id} fish 2 sea.txt`), id)
  assert.deepEqual([...run.committed], [[0, 3]])
})

await test('takes no time', async (t) => {
  const startedMs = performance.now()
  await runHandler(handler, { sinks, messages, programs: found })
  t.diagnostic(`one handler test: ${(performance.now() - startedMs).toFixed(1)} ms`)
})
