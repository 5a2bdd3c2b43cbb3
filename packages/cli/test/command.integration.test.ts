/** The built command as a process, on an embedded log and, when there is one, on a real broker. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { isBuilt, RealProject } from './real-command.ts'

const handler = `import { defineHandler, task } from '@drakkar/core'
export default defineHandler({
  arrange: (messages) => messages.map((message) => task({ args: ['-c'], stdin: message.payload.text, from: message, metadata: { id: message.payload.id } })),
  onTaskComplete: (result) => ({ files: [{ path: 'counts.jsonl', data: { id: result.task.metadata.id, characters: Number(result.stdout) } }] }),
})
`

const yaml = `embedded: { path: ./log.db, source_topic: events, partitions: 2 }
executor: { binary_path: wc, max_executors: 2 }
sinks: { filesystem: { results: { base_path: ./out } } }
metrics: { enabled: false }
debug: { enabled: false }
`

const project = () => RealProject.create({ 'drakkar.yaml': yaml, 'handler.mjs': handler })
const lines = (count: number) =>
  Array.from({ length: count }, (_, id) => `${JSON.stringify({ key: `k${id % 7}`, value: { id, text: 'x'.repeat(id) } })}\n`).join('')

beforeAll(() => {
  expect(isBuilt, 'build the packages first: npm run build').toBe(true)
})

it('checks, produces, runs until everything is done, and shows the results', async () => {
  await using app = await project()
  expect(await app.run('', 'check')).toMatchObject({ code: 0, output: expect.stringContaining('sinks=[fs:results]') as string, errors: '' })
  expect(await app.run(lines(50), 'produce', 'events', '--create', '2')).toMatchObject({ code: 0, output: '' })
  expect(await app.run('', 'run', '--until-caught-up')).toMatchObject({ code: 0 })
  const results = (await readFile(join(app.root, 'out/counts.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number; characters: number })
  expect(results.sort((a, b) => a.id - b.id)).toEqual(Array.from({ length: 50 }, (_, id) => ({ id, characters: id })))
  const tailed = (await app.run('', 'tail', 'events')).output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { key: string; value: string })
  expect(tailed).toHaveLength(50)
  expect(new Set(tailed.map(({ key }) => key)).size).toBe(7)
})

it('stops gracefully at the first signal', async () => {
  await using app = await project()
  await app.run(lines(1), 'produce', 'events', '--create', '2')
  const worker = app.start('run')
  await worker.says('partitions_assigned')
  worker.child.kill('SIGTERM')
  expect(await worker.ended).toMatchObject({
    code: 0,
    signal: null,
    errors: expect.stringContaining('"event":"drakkar_stopped"') as string,
  })
})

it('lists the sinks of the application with their packages', async () => {
  await using app = await project()
  const { code, output } = await app.run('', 'sinks', '--json')
  const sinks = JSON.parse(output) as readonly { readonly type: string; readonly package: string; readonly error: unknown }[]
  expect(code).toBe(0)
  expect(sinks.find(({ type }) => type === 'filesystem')).toMatchObject({ package: '@drakkar/sink-file', origin: 'official', error: null })
})

it('tells line and package of a sink that is not installed, in the words of check and of run', async () => {
  await using app = await RealProject.create({
    'drakkar.yaml': 'sinks:\n  postgres:\n    main: { dsn: "postgres://u:hunter2@h/db" }\n',
    'handler.mjs': handler,
  })
  for (const command of ['check', 'run']) {
    const { code, output, errors } = await app.run('', command)
    expect(errors).toMatch(/^drakkar\.yaml:2:3 .*npm install @drakkar\/sink-postgres/)
    expect(errors).not.toContain('hunter2')
    expect({ code, output }).toEqual({ code: 2, output: '' })
  }
})

it('follows a topic until Ctrl+C and ends with 130', async () => {
  await using app = await project()
  await app.run(lines(1), 'produce', 'events', '--create', '2')
  const tail = app.start('tail', 'events', '--follow')
  await tail.says('"offset":0')
  await app.run('{"value":"later"}\n', 'produce', 'events')
  await tail.says('later')
  tail.child.kill('SIGINT')
  expect(await tail.ended).toMatchObject({ code: 130, signal: null, errors: '' })
})

it('ends quietly when the reader of its output has enough', async () => {
  await using app = await project()
  await app.run(lines(2000), 'produce', 'events', '--create', '2')
  const tail = app.start('tail', 'events')
  await tail.says('"offset":0')
  tail.child.stdout?.destroy()
  expect(await tail.ended).toMatchObject({ code: 0, signal: null, errors: '' })
})

it.each([
  { title: 'an unknown option', given: ['tail', 'events', '--nonsense'], code: 2 },
  { title: 'an embedded log that does not exist', given: ['tail', 'events', '--embedded', './nope.db'], code: 3 },
  { title: 'a broker that does not answer', given: ['tail', 'events', '--brokers', '127.0.0.1:1'], code: 3 },
])('ends with $code for $title', async ({ given, code }) => {
  await using app = await project()
  const ended = await app.run('', ...given)
  expect(ended).toMatchObject({ code, output: '' })
  expect(ended.errors).not.toMatch(/\n {4}at /)
})

const brokers = process.env['DRAKKAR_TEST_KAFKA'] ?? ''
const leftOut = brokers === '' ? ': LEFT OUT, DRAKKAR_TEST_KAFKA is not set to a broker (HOST:PORT)' : ''

describe.skipIf(brokers === '')(`produce and tail on a real broker${leftOut}`, () => {
  it('reads back what it wrote, to the same line', async () => {
    await using app = await project()
    const topic = `cli-test-${randomUUID()}`
    const line = '{"value":{"base64":"/wA="},"key":"k","headers":{"h":"v"},"partition":2,"timestamp":1700000000000}\n'
    expect(await app.run(`${line}${line}`, 'produce', topic, '-b', brokers, '--create', '3')).toMatchObject({ code: 0 })
    const first = await app.run('', 'tail', topic, '-b', brokers)
    expect(first.output.split('\n')[1]).toBe(
      `{"topic":"${topic}","partition":2,"offset":1,"timestamp":1700000000000,"key":"k","value":{"base64":"/wA="},"headers":{"h":"v"}}`,
    )
    await app.run(first.output, 'produce', `${topic}-copy`, '-b', brokers, '--create', '3')
    const copy = await app.run('', 'tail', `${topic}-copy`, '-b', brokers)
    expect(copy.output.replaceAll(`${topic}-copy`, topic)).toBe(first.output)
  })
})
