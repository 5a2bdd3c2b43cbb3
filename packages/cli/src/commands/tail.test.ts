import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import { fakeIo, run, type FakeIo } from '../../test/fake-io.ts'
import { fakeLog, type FakeLog } from '../../test/fake-log.ts'
import { OutputStream } from '../output-stream.ts'

function filledLog(): FakeLog {
  const log = fakeLog({ events: 2 })
  for (const [partition, offset, text] of [
    [0, 0, 'a'],
    [0, 1, 'b'],
    [0, 2, 'c'],
    [1, 0, 'd'],
  ] as const) {
    log.topics
      .get('events')
      ?.[partition]?.push({ topic: 'events', partition, offset, key: null, value: Buffer.from(text), headers: [], timestamp: 9 })
  }
  return log
}

const valuesOf = (io: FakeIo) =>
  io
    .output()
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { value: string }).value)

it.each([
  { given: [], values: ['a', 'b', 'c', 'd'] },
  { given: ['--from', 'end'], values: [] },
  { given: ['--from', '1'], values: ['b', 'c'] },
  { given: ['--limit', '2'], values: ['a', 'b'] },
  { given: ['-p', '1'], values: ['d'] },
  { given: ['-p', '0', '-p', '1', '--from', '2'], values: ['c'] },
  { given: ['--follow', '--limit', '4'], values: ['a', 'b', 'c', 'd'] },
])('writes $values for $given', async ({ given, values }) => {
  const log = filledLog()
  const io = fakeIo()
  expect(await run(io, { openLog: async () => log }, 'tail', 'events', ...given)).toBe(0)
  expect(valuesOf(io)).toEqual(values)
  expect(io.errors()).toBe('')
  expect(log.closed).toBe(true)
})

it('writes one JSON object per line', async () => {
  const io = fakeIo()
  await run(io, { openLog: async () => filledLog() }, 'tail', 'events', '-n', '1')
  expect(io.output()).toBe('{"topic":"events","partition":0,"offset":0,"timestamp":9,"key":null,"value":"a","headers":{}}\n')
})

it('writes bare values with --raw', async () => {
  const io = fakeIo()
  await run(io, { openLog: async () => filledLog() }, 'tail', 'events', '--raw')
  expect(io.output()).toBe('a\nb\nc\nd\n')
})

it('follows until interrupted and ends with 130', async () => {
  const log = filledLog()
  const io = fakeIo()
  let seen = 0
  log.onRecord = () => ((seen += 1) === 4 ? setImmediate(() => io.interrupt()) : undefined)
  expect(await run(io, { openLog: async () => log }, 'tail', 'events', '--follow')).toBe(130)
  expect(valuesOf(io)).toHaveLength(4)
  expect(log.closed).toBe(true)
})

it('ends quietly when the reader of its output goes away', async () => {
  const log = filledLog()
  const broken = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  const io = fakeIo()
  expect(await run({ ...io, stdout: new OutputStream(broken, {}) }, { openLog: async () => log }, 'tail', 'events', '--follow')).toBe(0)
  expect(io.errors()).toBe('')
  expect(log.closed).toBe(true)
})

it.each([
  { given: ['nowhere'], code: 3, message: /DRK_LOG_TOPIC_MISSING/ },
  { given: ['events', '-p', '7'], code: 2, message: /has no partition 7; it has 2/ },
  { given: ['events', '--from', '-5'], code: 2, message: /beginning/ },
  { given: ['events', '--limit', '0'], code: 2, message: /1 or more/ },
  { given: ['events', '--limt', '1'], code: 2, message: /unknown option '--limt'/ },
  { given: [], code: 2, message: /missing required argument 'topic'/ },
])('ends with $code for $given', async ({ given, code, message }) => {
  const io = fakeIo()
  expect(await run(io, { openLog: async () => filledLog() }, 'tail', ...given)).toBe(code)
  expect(io.errors()).toMatch(message)
  expect(io.output()).toBe('')
})
