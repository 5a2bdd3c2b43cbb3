/** The test kit: a handler over messages, in memory and in virtual time. */
import { fileURLToPath } from 'node:url'
import { defineSink, fallback, serve, skip } from '@drakkar/plugin-sdk'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineHandler, ErrorAction, loadConfig, task } from '../src/index.ts'
import { runHandler, type ProgramRun } from '../src/testing/index.ts'
import { plain, three } from './testing/plain-handler.ts'

const sinks = ['record/main'] as const

describe('a run', () => {
  it('goes from the topic to the commit', async () => {
    const run = await runHandler(plain(), { messages: three, sinks })
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

  it('is over at once when there are no messages', async () => {
    const run = await runHandler(plain(), { sinks })
    expect([run.delivered, run.committed.size, run.exitCode]).toEqual([[], 0, 0])
  })

  it('gives keys, headers, timestamps, raw bytes and tombstones as they are', async () => {
    const seen: unknown[] = []
    const handler = defineHandler({
      arrange: (messages) => {
        for (const { partition, offset, key, headers, timestamp, payload, isTombstone } of messages) {
          seen.push([
            partition,
            offset,
            key?.toString(),
            headers.map(([name, value]) => `${name}=${String(value)}`),
            timestamp,
            payload,
            isTombstone,
          ])
        }
        return []
      },
    })
    await runHandler(handler, {
      sinks,
      messages: [
        { key: 'a', raw: '{"n":1}', partition: 1, headers: { trace: 'x' }, timestamp: 5 },
        { key: Buffer.from('b'), raw: null, partition: 1 },
        { raw: Buffer.from('[2]'), partition: 1 },
      ],
    })
    const start = 1_700_000_000_000
    expect(seen).toEqual([
      [1, 0, 'a', ['trace=x'], 5, { n: 1 }, false],
      [1, 1, 'b', [], start, null, true],
      [1, 2, undefined, [], start, [2], false],
    ])
  })

  it('runs a handler class, private fields included, and calls hooks with its `this`', async () => {
    class Counting {
      #count = 0
      arrange(messages: readonly { readonly offset: number }[]) {
        return messages.map((message) => task({ from: message }))
      }
      onTaskComplete() {
        this.#count += 1
        return { record: [{ data: this.#count }] }
      }
    }
    const run = await runHandler(new Counting(), { messages: three, sinks })
    expect(run.payloads('record')).toEqual([{ data: 1 }, { data: 2 }, { data: 3 }])
  })
})

describe('what goes wrong in a handler', () => {
  it('shows as a dead letter of its message alone, and in the log', async () => {
    const handler = plain({
      beforeArrange: (messages) => {
        if (messages.some(({ payload }) => payload === 2)) throw new Error('two is too much')
      },
    })
    const run = await runHandler(handler, { messages: three, sinks })
    expect(run.payloads('record')).toEqual([{ data: 'ran 1' }, { data: 'ran 3' }])
    expect(run.deadLettered).toMatchObject([
      { stage: 'arrange', sink: null, error: 'two is too much', partition: 0, offsets: [1], payloads: [2], attempts: 4 },
    ])
    expect(run.deadLettered[0]?.record).toMatchObject({ schema_version: 2, worker_id: 'test-worker-1' })
    expect(run.logs.filter(({ event }) => event === 'arrange_failed').length).toBeGreaterThan(0)
    expect([...run.committed]).toEqual([[0, 3]])
  })

  it('a value that is no JSON does so too', async () => {
    const run = await runHandler(plain(), { messages: [{ raw: 'not json' }, { value: 1 }], sinks })
    expect(run.deadLettered).toMatchObject([{ stage: 'deserialize', payloads: ['not json'] }])
    expect(run.payloads('record')).toEqual([{ data: 'ran 1' }])
  })

  it('a result no sink takes does so too', async () => {
    const run = await runHandler(plain(), { messages: three, sinks: ['other/main'] })
    expect(run.deadLettered.map(({ stage, error }) => [stage, error])).toEqual(
      three.map(() => ['on_task_complete', "no 'record' sink is configured; CollectResult may have 'other'"]),
    )
  })
})

describe('programs', () => {
  const handler = defineHandler({
    arrange: (messages) => messages.map((message) => task({ from: message, metadata: { label: `m${message.offset}` } })),
    onTaskComplete: (result) => ({ record: [{ data: `${result.stdout}|${result.durationSeconds}` }] }),
    onError: (_task, error) => (error.kind === 'exit' || error.kind === 'timeout' ? ErrorAction.RETRY : ErrorAction.DLQ),
  })
  const one = [{ value: 1 }]

  it('take virtual time, and fail until they succeed', async () => {
    const run = await runHandler(handler, {
      messages: one,
      sinks,
      config: { executor: { retry_backoff_base_seconds: 10, max_retries: 2 } },
      programs: ({ metadata: { label } }, attempt) => (attempt < 3 ? { exitCode: 7, stderr: 'busy' } : { stdout: label, seconds: 90 }),
    })
    expect(run.payloads('record')).toEqual([{ data: 'm0|90' }])
    expect(run.executed.map(({ attempt, status, exitCode }) => [attempt, status, exitCode])).toEqual([
      [1, 'exit', 7],
      [2, 'exit', 7],
      [3, 'completed', 0],
    ])
    expect(Math.floor(run.seconds)).toBe(10 + 20 + 90)
  })

  it.each<[string, ProgramRun, string]>([
    ['run too long', { seconds: Infinity }, 'Timeout after 5s'],
    ['are ended by a signal', { signal: 'SIGSEGV' }, 'ended by SIGSEGV'],
    ['cannot be started', { startError: 'EIO' }, 'spawn program EIO'],
    ['print too much', { stdout: 'x'.repeat(11) }, 'more than 10 bytes of output in one stream'],
  ])('that %s fail as real ones do', async (_name, program, error) => {
    const executor = { task_timeout_seconds: 5, max_retries: 0, max_output_bytes: 10, output_overflow: 'fail' }
    const run = await runHandler(handler, { messages: one, sinks, config: { executor }, programs: () => program })
    expect(run.deadLettered).toMatchObject([{ stage: 'task', error }])
  })

  it('share the slots of the pool', async () => {
    const run = await runHandler(handler, {
      messages: Array.from({ length: 6 }, (_, value) => ({ value })),
      sinks,
      config: { executor: { max_executors: 2 } },
      programs: async () => ({ seconds: 10 }),
    })
    expect(Math.floor(run.seconds)).toBe(30)
  })

  it('that throw fail the test', async () => {
    const boom = new Error('the test has a bug')
    const run = runHandler(handler, {
      messages: one,
      sinks,
      programs: () => {
        throw boom
      },
    })
    await expect(run).rejects.toBe(boom)
  })

  it('may be real ones', async () => {
    const run = await runHandler(handler, {
      messages: one,
      sinks,
      programs: 'real',
      config: { executor: { binary_path: process.execPath, env: { MESSAGE: 'hello' } } },
    })
    expect(run.payloads('record')).toEqual([{ data: expect.stringMatching(/^\|/) }])
    expect(run.executed).toMatchObject([{ status: 'completed', exitCode: 0 }])
  })
})

describe('sinks', () => {
  const record = defineSink({
    type: 'record',
    config: Type.Object({ table: Type.String(), key: Type.Optional(Type.String()) }, { additionalProperties: false }),
    payload: Type.Object({ data: Type.Number() }, { additionalProperties: false }),
    create: (config) => ({
      connect: () => Promise.reject(new Error('a test connects to nothing')),
      deliver: () => Promise.reject(new Error('a test delivers to nothing')),
      encode: (payload) => ({ body: Buffer.from(`${config.table}:${payload.data}`) }),
    }),
  })

  it('check payloads by their definitions', async () => {
    const run = await runHandler(plain(), { messages: [{ value: 1 }], sinks: [record] })
    expect(run.deadLettered).toMatchObject([{ stage: 'on_task_complete', error: expect.stringContaining('data must be number') }])
  })

  it('are configured as in drakkar.yaml, and encode as in production', async () => {
    const handler = defineHandler({ arrange: () => [], onMessageComplete: () => ({ record: [{ sink: 'hot', data: 1 }] }) })
    const run = await runHandler(handler, {
      messages: [{ value: 1 }],
      sinks: [record],
      config: { sinks: { record: { main: { table: 't' }, hot: { table: 'h' } } } },
      answers: { 'record/hot': ({ id }) => ({ id, status: 'failure', error: 'no' }) },
    })
    expect(run.deadLettered).toMatchObject([{ sink: 'record/hot', error: 'no', record: { payload_bodies: ['h:1'] } }])
    await expect(runHandler(plain(), { sinks: [record], config: { sinks: { record: { main: { tabel: 't' } } } } })).rejects.toMatchObject({
      code: 'DRK_CONFIG_INVALID',
      message: expect.stringContaining('sinks.record.main.tabel'),
    })
  })

  it('may be those of a configuration that was loaded, whatever its log', async () => {
    const path = fileURLToPath(new URL('readme/drakkar.yaml', import.meta.url))
    const handler = defineHandler({ arrange: () => [], onMessageComplete: () => ({ file_line: [{ data: 'a line' }] }) })
    const run = await runHandler(handler, { messages: three, config: loadConfig(path).config })
    expect(run.delivered.map(({ sink, source }) => [sink, source.topic])).toEqual(three.map(() => ['file_line/counts', 'words']))
  })

  it('answer what the test says', async () => {
    const handler = defineHandler({
      arrange: () => [],
      onMessageComplete: ({ sourceMessage }) => ({ record: [{ data: sourceMessage.payload }] }),
    })
    const run = await runHandler(handler, {
      messages: [{ value: 'serve', headers: { 'x-request-id': 'r1' } }, { value: 'skip' }, { value: 'fall' }, { value: 'ok' }],
      sinks: ['spare/main'],
      config: { serving: { store: 'memory' }, sinks: { record: { main: { fallback: 'spare/main' } } } },
      answers: {
        'record/main': async ({ id, payload }) => {
          const { data } = payload as { data: string }
          if (data === 'serve') return serve(id, Buffer.from('here'))
          if (data === 'skip') return skip(id)
          return data === 'fall' ? fallback(id) : undefined
        },
      },
    })
    expect(run.delivered.map(({ sink, payload }) => [sink, payload])).toEqual([
      ['record/main', { data: 'ok' }],
      ['spare/main', { data: 'fall' }],
    ])
    expect(Buffer.from((await run.served('r1')) ?? []).toString()).toBe('here')
    expect([...run.committed]).toEqual([[0, 4]])
  })

  it('give hooks the handles of the test', async () => {
    const handler = defineHandler({
      arrange: (_messages, _pending, { sinks: handles }) => [task({ args: [String(handles['record']?.('main'))] })],
    })
    const run = await runHandler(handler, { messages: [{ value: 1 }], sinks: ['record/main'], handles: { 'record/main': 'a pool' } })
    expect(run.executed[0]?.task.args).toEqual(['a pool'])
  })

  it('have to be named', async () => {
    await expect(runHandler(plain(), { messages: three })).rejects.toThrow('the test has no sinks')
    await expect(runHandler(plain(), { sinks: ['record'] })).rejects.toThrow("'record' must be written 'type/name'")
  })
})
