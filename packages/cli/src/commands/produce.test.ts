import { PassThrough, Readable } from 'node:stream'
import { LogError } from '@drakkar/plugin-sdk/log'
import { expect, it } from 'vitest'
import { fakeIo, run } from '../../test/fake-io.ts'
import { fakeLog, type FakeLog } from '../../test/fake-log.ts'
import type { LogChoice } from '../services.ts'

const valuesOf = (log: FakeLog, topic: string) =>
  log.topics
    .get(topic)
    ?.flat()
    .map(({ value }) => Buffer.from(value ?? []).toString())

it('appends JSON lines with key, headers, partition and timestamp, and tells how many', async () => {
  const log = fakeLog({ events: 2 })
  const io = fakeIo({ stdin: '{"value":{"n":1}}\n\n{"key":"k","value":null,"headers":{"h":"v"},"partition":1,"timestamp":5}\n' })
  expect(await run(io, { openLog: async () => log }, 'produce', 'events')).toBe(0)
  expect(log.topics.get('events')).toMatchObject([
    [{ key: null, value: Buffer.from('{"n":1}') }],
    [{ key: Buffer.from('k'), value: null, headers: [['h', Buffer.from('v')]], timestamp: 5 }],
  ])
  expect(io.output()).toBe('')
  expect(io.errors()).toBe('Produced 2 records (7 bytes) to events of fake log.\n')
  expect(log.closed).toBe(true)
})

it.each([
  { title: '--brokers', given: ['-b', 'a:1,b:2'], choice: { from: 'brokers', brokers: 'a:1,b:2' } },
  { title: '--embedded', given: ['--embedded', 'x.db'], choice: { from: 'embedded', path: 'x.db' } },
  { title: '--config', given: ['--config', 'd.yaml'], choice: { from: 'config', path: 'd.yaml' } },
  { title: 'nothing', given: [], choice: { from: 'config', path: undefined } },
])('chooses the log by $title', async ({ given, choice }) => {
  const choices: LogChoice[] = []
  const openLog = async (chosen: LogChoice) => (choices.push(chosen), fakeLog({ events: 1 }))
  expect(await run(fakeIo(), { openLog }, 'produce', 'events', ...given)).toBe(0)
  expect(choices).toEqual([choice])
})

it('refuses two logs', async () => {
  const io = fakeIo()
  expect(await run(io, {}, 'produce', 'events', '-b', 'a:1', '-e', 'x.db')).toBe(2)
  expect(io.errors()).toMatch(/'-b, --brokers <list>' cannot be used with option '-e, --embedded <path>'/)
})

it('takes whole lines with --raw and keys from a field with --key-field', async () => {
  const log = fakeLog({ events: 1 })
  await run(fakeIo({ stdin: 'a\n\n{"x"\n' }), { openLog: async () => log }, 'produce', 'events', '--raw')
  expect(valuesOf(log, 'events')).toEqual(['a', '', '{"x"'])
  await run(fakeIo({ stdin: '{"id":"u1","n": 1}\n' }), { openLog: async () => log }, 'produce', 'events', '--key-field', 'id')
  expect(log.topics.get('events')?.[0]?.at(-1)).toMatchObject({ key: Buffer.from('u1'), value: Buffer.from('{"id":"u1","n": 1}') })
})

it('puts all records into the partition given, whatever the lines say', async () => {
  const log = fakeLog({ events: 3 })
  await run(fakeIo({ stdin: '{"value":1,"partition":0}\n{"value":2}\n' }), { openLog: async () => log }, 'produce', 'events', '-p', '2')
  expect(log.topics.get('events')?.map((records) => records.length)).toEqual([0, 0, 2])
})

it('names the line that is wrong, keeps what came before it, and ends with 2', async () => {
  const log = fakeLog({ events: 1 })
  const io = fakeIo({ stdin: '{"value":1}\n{"value":2}\nnonsense\n{"value":3}\n' })
  expect(await run(io, { openLog: async () => log }, 'produce', 'events')).toBe(2)
  expect(valuesOf(log, 'events')).toEqual(['1', '2'])
  expect(io.errors()).toMatch(/^Produced 2 records .*Then:\nerror: line 3: not JSON/)
  expect(log.closed).toBe(true)
})

it('refuses a topic that does not exist, and creates it when told to', async () => {
  const log = fakeLog()
  const io = fakeIo({ stdin: '{"value":1}\n' })
  expect(await run(io, { openLog: async () => log }, 'produce', 'new')).toBe(3)
  expect(io.errors()).toMatch(/The topic "new" does not exist in fake log\. Create it with --create.*DRK_LOG_TOPIC_MISSING/)
  expect(await run(fakeIo({ stdin: '{"value":1}\n' }), { openLog: async () => log }, 'produce', 'new', '--create', '4')).toBe(0)
  expect(log.topics.get('new')).toHaveLength(4)
})

it('ends with 3 when the log fails', async () => {
  const log = fakeLog({ events: 1 })
  log.failure = new LogError({ kind: 'transient', message: 'broker gone' })
  const io = fakeIo({ stdin: '{"value":1}\n' })
  expect(await run(io, { openLog: async () => log }, 'produce', 'events')).toBe(3)
  expect(io.errors()).toMatch(/^error: broker gone \(DRK_LOG_FAILED\)/)
})

it('sends large input in bounded batches', async () => {
  const log = fakeLog({ events: 1 })
  const chunks = Array.from({ length: 50 }, (_, chunk) =>
    Array.from({ length: 100 }, (_unused, line) => `{"value":"${chunk}-${line}"}\n`).join(''),
  )
  expect(
    await run(fakeIo({ stdin: Readable.from(chunks, { objectMode: false }) }), { openLog: async () => log }, 'produce', 'events'),
  ).toBe(0)
  expect(log.topics.get('events')?.[0]).toHaveLength(5000)
  expect(Math.max(...log.batches)).toBeLessThanOrEqual(1000)
})

it.each([
  { name: 'SIGINT', code: 130 },
  { name: 'SIGTERM', code: 143 },
] as const)('ends with $code on $name while it waits for input, and tells what was produced', async ({ name, code }) => {
  const log = fakeLog({ events: 1 })
  const io = fakeIo({ stdin: new PassThrough().on('error', () => {}) })
  log.onRecord = () => setImmediate(() => io.interrupt(name))
  const running = run(io, { openLog: async () => log }, 'produce', 'events')
  ;(io.stdin as PassThrough).write('{"value":1}\n')
  expect(await running).toBe(code)
  expect(io.errors()).toContain('Produced 1 record ')
  expect(log.closed).toBe(true)
})

it('shows progress on a terminal only', async () => {
  const log = fakeLog({ events: 1 })
  const io = fakeIo({ stdin: '{"value":1}\n', isTerminal: true })
  await run(io, { openLog: async () => log }, 'produce', 'events')
  const [line, cleared] = io.errors().split('\r\u001B[K').slice(1)
  expect(line).toMatch(/^1 record, 1 bytes, [\d,]+\/s$/)
  expect(cleared).toMatch(/^Produced 1 record /)
})
