/** `drakkar dlq` on an embedded log, with the services of the real command. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { beforeEach, describe, expect, it } from 'vitest'
import { coreServices } from '../src/core-services.ts'
import { OutputStream } from '../src/output-stream.ts'
import type { CliServices } from '../src/services.ts'
import { binary, fill, legacyLetter, letter, recordsOf } from './dead-letters.ts'
import { fakeIo, run, type FakeIo } from './fake-io.ts'
import { fixtureProject, type FixtureProject } from './fixture-project.ts'

// The section of the executor is wrong on purpose: these commands do not need it.
const configuration = `embedded: { path: ./log.db, source_topic: events }
executor: { nonsense: 1 }
sinks: { acme: { main: { url: "http://acme.invalid" } } }
`

let project: FixtureProject
let path = ''

beforeEach(async () => {
  project = await fixtureProject({ 'drakkar.yaml': configuration.replace('./log.db', '@LOG@') })
  path = join(project.root, 'log.db')
  await project.write('drakkar.yaml', configuration.replace('./log.db', path))
  return () => project[Symbol.asyncDispose]()
})

interface Ran {
  readonly code: number
  readonly output: string
  readonly errors: readonly string[]
}

async function dlq(...words: readonly string[]): Promise<Ran> {
  return dlqWith({}, fakeIo({ workingDirectory: project.root }), ...words)
}

async function dlqWith(services: Partial<CliServices>, io: FakeIo, ...words: readonly string[]): Promise<Ran> {
  const code = await run(io, { ...coreServices(io), ...services }, 'dlq', ...words)
  return { code, output: io.output(), errors: io.errors().split('\n').filter(Boolean) }
}

/** A reader that goes away after so many writes. */
function closedAfter(writes: number): OutputStream {
  let left = writes
  const stream = new Writable({
    highWaterMark: 1,
    write(_chunk, _encoding, done) {
      left -= 1
      done(left < 0 ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : null)
    },
  })
  return new OutputStream(stream, {})
}

const text = (value: Uint8Array | null) => Buffer.from(value ?? []).toString()
const notJson = { topic: 'events_dlq', partition: 0, value: Buffer.from('no json') }

describe('ls', () => {
  it('counts by sink and kind of error', async () => {
    await fill(path, ['events_dlq'], [...[0, 1, 2, 3, 4].map((id) => letter(id)), letter(6, { sink_type: 'other' }), notJson])
    const { code, output, errors } = await dlq('ls')
    expect(code).toBe(0)
    expect(output.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['COUNT', 'PAYLOADS', 'SINK', 'FIRST', 'LAST', 'EXAMPLE', 'ERROR'],
      ['3', '3', 'acme/main', '2023-11-14T22:13:20.000Z', '2023-11-14T22:13:24.000Z', '0:2', 'row <n> refused'],
      ['2', '2', 'acme/main', '2023-11-14T22:13:21.000Z', '2023-11-14T22:13:23.000Z', '1:1', 'connection lost'],
      ['1', '1', 'other/main', '2023-11-14T22:13:26.000Z', '2023-11-14T22:13:26.000Z', '0:3', 'row <n> refused'],
      [''],
    ])
    expect(errors).toEqual([`6 of 7 entries of events_dlq (embedded ${path}) in 3 groups`, '1 entry is no dead letter; the first is 0:4'])
  })

  it.each([
    [['--sink-type', 'other'], 1],
    [['--sink-name', 'main'], 7],
    [['--filter', '"id":3'], 1],
    [['--where', 'payload.data.customer=c1'], 2],
    [['--where', 'payload.data.customer=c1', '--where', 'source.offsets[0]=4'], 1],
    [['--since', '2023-11-14T22:13:23Z'], 4],
    [['--since', '2023-11-14T22:13:23Z', '--until', '2023-11-14T22:13:25Z'], 2],
    [['--until', '1d'], 7],
    [['-p', '1'], 3],
    [['-p', '1', '--from-offset', '1', '--to-offset', '1'], 1],
  ])('selects with %j', async (words, selected) => {
    await fill(path, ['events_dlq'], [...[0, 1, 2, 3, 4, 5].map((id) => letter(id)), letter(6, { sink_type: 'other' })])
    const { output } = await dlq('ls', '--json', ...words)
    expect(JSON.parse(output)).toMatchObject({ topic: 'events_dlq', selected, invalid: 0 })
  })

  it('steers no terminal', async () => {
    await fill(path, ['events_dlq'], [letter(0, { error: '\u001B[2Jgone\u0007' })])
    expect((await dlq('ls')).output).toContain('\\x1b[<n>Jgone\\x07')
  })
})

describe('show', () => {
  beforeEach(() => fill(path, ['events_dlq'], [letter(0), letter(1), letter(2), notJson]))

  it.each(['0:1', 'letter-2'])('shows %s', async (entry) => {
    const { code, output } = await dlq('show', entry)
    expect(code).toBe(0)
    expect(output).toMatch(/^Entry 0:1 of events_dlq/)
    for (const part of ['letter-2', 'acme/main', 'row 2 refused', 'events[0] offset 2', '"customer": "c2"', 'base64 /wD+Ag==']) {
      expect(output).toContain(part)
    }
  })

  it('writes what is stored with --json', async () => {
    const { output } = await dlq('show', '1:0', '--json')
    expect(output).toBe(`${text(letter(1).value)}\n`)
    expect((await dlq('show', '0:2', '--json')).output).toBe('no json\n')
  })

  it('shows what is no dead letter', async () => {
    expect((await dlq('show', '0:2')).output).toMatch(/no dead letter .*not valid JSON[\s\S]*no json/)
  })

  it.each([
    ['0:9', /There is no entry 0:9 in events_dlq/],
    ['letter-77', /no dead letter with the dlq_id letter-77/],
    ['x', /PARTITION:OFFSET or a dlq_id/],
  ])('ends with 2 for %s', async (entry, message) => {
    const { code, errors } = await dlq('show', entry)
    expect([code, errors.join('\n')]).toEqual([2, expect.stringMatching(message)])
    expect(errors).toContainEqual(expect.stringMatching(/^usage: drakkar dlq show/))
  })
})

describe('replay', () => {
  it('publishes payloads verbatim, with the lines and the summary of the specification', async () => {
    await fill(path, ['events_dlq', 'again'], [letter(0), letter(1), notJson, legacyLetter('{"data": 1.50}')])
    const { code, output, errors } = await dlq('replay', `--dlq-config=${join(project.root, 'drakkar.yaml')}`, '--target-topic=again')
    expect({ code, output }).toEqual({ code: 0, output: '' })
    expect(errors).toEqual([
      `dlq replay: topic=events_dlq brokers=embedded ${path} target=again target_brokers=embedded ${path} mode=payload dry_run=false limit=none filter=none`,
      expect.stringMatching(/^dlq_reader_invalid_json partition=0 offset=1 /),
      'summary: read=4 published=3 would_publish=0 filtered_out=0 skipped_invalid=1 errors=0',
    ])
    const values = (await recordsOf(path, 'again')).map(({ value }) => text(value))
    expect(values.toSorted()).toEqual(['{"data": 1.50}', ...[0, 1].map((id) => `{"sink":"main","data":{"id":${id},"customer":"c${id}"}}`)])
  })

  it('brings source messages back to the byte, and skips what holds none', async () => {
    await fill(path, ['events_dlq', 'again'], [letter(0), letter(1), legacyLetter('{}')])
    const { code, errors } = await dlq('replay', '--target-topic=again', '--mode=source', '--preserve-partition')
    expect(code).toBe(0)
    expect(errors).toContainEqual(expect.stringMatching(/^dlq_replay_skipped partition=0 offset=1 .*schema 1/))
    const hex = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('hex')
    const records = await recordsOf(path, 'again')
    expect(records.map(({ partition, timestamp }) => [partition, timestamp])).toEqual([
      [0, 1_600_000_000_000],
      [1, 1_600_000_000_001],
    ])
    for (const [id, { key, value, headers }] of records.entries()) {
      const bytes = hex(Buffer.concat([binary, Buffer.from([id])]))
      expect([hex(key), hex(value), headers.map(([name, content]) => [name, hex(content)])]).toEqual([bytes, bytes, [['h', bytes]]])
    }
  })

  it('publishes the data alone', async () => {
    await fill(path, ['events_dlq', 'again'], [legacyLetter('{"sink":"", "data": {"n":12345678901234567890} }')])
    await dlq('replay', '--target-topic=again', '--mode=data')
    expect((await recordsOf(path, 'again')).map(({ value }) => text(value))).toEqual(['{"n":12345678901234567890}'])
  })

  it('delivers through the configured sinks, without a valid executor section', async () => {
    await fill(path, ['events_dlq'], [letter(0), letter(1), letter(2, { sink_type: 'handler', sink_name: 'arrange' })])
    const { code, errors } = await dlq('replay', '--mode=sink')
    expect(errors).toContainEqual(expect.stringMatching(/^dlq_replay_skipped partition=0 offset=1 .*--mode=source/))
    expect(errors.at(-1)).toBe('summary: read=3 published=2 would_publish=0 filtered_out=0 skipped_invalid=1 errors=0')
    expect(code).toBe(0)
  })

  it('counts what a dry run would publish, with a line per thousand entries, and needs no target', async () => {
    await fill(
      path,
      ['events_dlq'],
      Array.from({ length: 2100 }, (_, id) => letter(id)),
    )
    const { code, output, errors } = await dlq('replay', '--dry-run', '--filter=c0', '--json')
    expect(code).toBe(0)
    expect(errors.slice(1)).toEqual([
      'would-replay 334/1000',
      'would-replay 667/2000',
      'summary: read=2100 published=0 would_publish=700 filtered_out=1400 skipped_invalid=0 errors=0',
    ])
    expect(JSON.parse(output)).toMatchObject({ dry_run: true, end: 'drained', would_publish: 700, target: null })
  })

  it('stops at the limit, rejected entries included', async () => {
    await fill(
      path,
      ['events_dlq', 'again'],
      Array.from({ length: 9 }, (_, id) => letter(id)),
    )
    const { errors } = await dlq('replay', '--target-topic=again', '--limit=4', '--where=payload.data.customer=c0')
    expect(errors.at(-1)).toBe('summary: read=4 published=2 would_publish=0 filtered_out=2 skipped_invalid=0 errors=0')
  })

  it('goes on behind a checkpoint, and refuses one of another run', async () => {
    await fill(
      path,
      ['events_dlq', 'again'],
      Array.from({ length: 6 }, (_, id) => letter(id)),
    )
    const words = ['replay', '--target-topic=again', '--checkpoint=done.json', '--since=20000d'] as const
    expect((await dlq(...words, '--limit=2')).code).toBe(0)
    const first = await readFile(join(project.root, 'done.json'), 'utf8')
    expect(JSON.parse(first)).toMatchObject({ positions: { 0: 2 } })
    const { code, errors } = await dlq(...words)
    expect(errors[1]).toBe('resuming from done.json; next offsets 0:2')
    expect([code, errors.at(-1)]).toEqual([0, 'summary: read=4 published=4 would_publish=0 filtered_out=0 skipped_invalid=0 errors=0'])
    expect(await recordsOf(path, 'again')).toHaveLength(6)
    const { since_ms: since } = JSON.parse(first) as { since_ms: number }
    expect(JSON.parse(await readFile(join(project.root, 'done.json'), 'utf8'))).toMatchObject({
      positions: { 0: 3, 1: 3 },
      since_ms: since,
    })
    const other = await dlq(...words, '--mode=source')
    expect([other.code, other.errors.join('\n')]).toEqual([2, expect.stringMatching(/belongs to another run: its mode is "payload"/)])
  })

  it('ends with 1 when publishing fails, and tells both offsets', async () => {
    await fill(path, ['events_dlq', 'again'], [letter(0), letter(2), letter(4, { partition: 7, source: undefined, schema_version: 1 })])
    const { code, errors } = await dlq('replay', '--target-topic=again', '--preserve-partition')
    expect(code).toBe(1)
    expect(errors.slice(1)).toEqual([
      expect.stringMatching(/^error: publish failed at DLQ offset 0:2: "again" has 2 partitions, and the message came from partition 7/),
      expect.stringMatching(/^ {2}"drakkar dlq show 0:2" shows the entry; .*--checkpoint.*; --on-error=skip/),
      'last successful DLQ offset: 0:1',
      'summary: read=3 published=2 would_publish=0 filtered_out=0 skipped_invalid=0 errors=1',
    ])
  })

  it('finishes and ends with 130 on Ctrl+C', async () => {
    await fill(
      path,
      ['events_dlq', 'again'],
      Array.from({ length: 20 }, (_, id) => letter(id)),
    )
    const io = fakeIo({ workingDirectory: project.root, isTerminal: true })
    const words = ['replay', '--target-topic=again', '--checkpoint=c.json', '--rate=0.01/s'] as const
    const running = dlqWith({}, io, ...words)
    await expect.poll(() => io.errors(), { timeout: 20_000 }).toContain('1 published')
    io.interrupt()
    const { code, errors } = await running
    expect([code, errors.at(-1)]).toEqual([130, expect.stringMatching(/^summary: read=\d+ published=1 /)])
    expect((await dlq('replay', '--target-topic=again', '--checkpoint=c.json')).code).toBe(0)
    expect(await recordsOf(path, 'again')).toHaveLength(20)
  })

  it('does not pretend to be done when the reader of its output goes away', async () => {
    await fill(path, ['events_dlq', 'again'], [letter(0), notJson, letter(2)])
    const io = fakeIo({ workingDirectory: project.root })
    const words = ['replay', '--target-topic=again', '--json'] as const
    const firstLineOnly = { ...io, stderr: closedAfter(1) }
    expect((await dlqWith({}, firstLineOnly, ...words)).code).toBe(1)
    expect(await recordsOf(path, 'again')).toHaveLength(1)
    expect((await dlqWith({}, { ...io, stderr: closedAfter(0) }, ...words)).code).toBe(2)
    expect((await dlqWith({}, { ...io, stdout: closedAfter(0) }, ...words)).code).toBe(0)
    expect(await recordsOf(path, 'again')).toHaveLength(3)
  })

  it('shows a bar on a terminal', async () => {
    await fill(path, ['events_dlq', 'again'], [letter(0), letter(1)])
    const io = fakeIo({ workingDirectory: project.root, isTerminal: true })
    await dlqWith({}, io, 'replay', '--target-topic=again')
    expect(io.errors().split('\r\u001B[K').at(-1)).toMatch(/^\[█{20}\] 100% {2}2\/2 read, 2 published, [\d.,]+\/s\nsummary: /)
  })
})

describe('what cannot be done ends with 2', () => {
  beforeEach(async () => {
    await fill(path, ['events_dlq', 'again'], [letter(0)])
    await writeFile(join(project.root, 'broken.json'), '{')
  })

  it.each<[readonly string[], RegExp]>([
    [[], /--target-topic is required/],
    [['--target-topic=again', '--bogus'], /unknown option '--bogus'/],
    [['--target-topic='], /--target-topic.*must not be empty/],
    [['--target-topic=events_dlq'], /the dead-letter topic itself/],
    [['--target-topic=again', '--mode=all'], /'all' is invalid\. Allowed choices are payload, data, source, sink/],
    [['--mode=sink', '--target-topic=again'], /--target-topic has no meaning with --mode=sink/],
    [['--mode=sink', '--preserve-partition'], /--preserve-partition has no meaning/],
    [['--dry-run', '--limit=0'], /--limit.*1 or more/],
    [['--dry-run', '--rate=fast'], /--rate.*messages per second, e\.g\. 100\/s/],
    [['--dry-run', '--rate=0/s'], /--rate.*messages per second/],
    [['--dry-run', '--since=yesterday'], /--since.*a time such as/],
    [['--dry-run', '--since=1h', '--until=2h'], /--since must be before --until/],
    [['--dry-run', '--where=x'], /--where.*PATH=VALUE/],
    [['--dry-run', '--partition=9'], /has no partition 9; it has 2/],
    [['--dry-run', '--from-offset=5', '--to-offset=4'], /--from-offset must not be above/],
    [['--dry-run', '--target-topic=a', '--target-brokers=a,,b'], /--target-brokers.*host:port/],
    [['--dry-run', '--config=a', '--dlq-config=b'], /cannot be used with option/],
    [['--target-topic=again', '--checkpoint=broken.json'], /checkpoint .*broken\.json cannot be used: it is not JSON/],
    [['--target-topic=again', '--checkpoint=no/such/folder.json'], /cannot be written: ENOENT/],
    [['--dry-run', 'surplus'], /too many arguments/],
  ])('%j, and shows the usage', async (words, message) => {
    const { code, output, errors } = await dlq('replay', ...words)
    expect(errors.join('\n')).toMatch(message)
    expect(errors).toContainEqual(expect.stringMatching(/^usage: drakkar dlq replay --dlq-config=PATH/))
    expect({ code, output }).toEqual({ code: 2, output: '' })
  })

  it.each<[string, readonly string[], RegExp]>([
    ['a configuration that does not exist', ['--dlq-config=nope.yaml', '--dry-run'], /Config file not found: nope\.yaml/],
    ['a target that does not exist', ['--target-topic=nowhere'], /target topic "nowhere" does not exist/],
  ])('%s', async (_case, words, message) => {
    const { code, errors } = await dlq('replay', ...words)
    expect([code, errors.join('\n')]).toEqual([2, expect.stringMatching(message)])
  })

  it.each<[string, string, RegExp]>([
    ['a wrong log section', 'embedded: { pfad: x }\n', /embedded\.pfad/],
    ['a misspelt section', 'embeded: { path: x }\n', /embeded/],
    ['an embedded log that is not there', 'embedded: { path: ./nope.db }\n', /no embedded log at \.\/nope\.db/],
  ])('%s', async (_case, yaml, message) => {
    await project.write('drakkar.yaml', yaml)
    const { code, errors } = await dlq('replay', '--dry-run')
    expect([code, errors.join('\n')]).toEqual([2, expect.stringMatching(message)])
  })

  it('no configuration at all', async () => {
    const io = fakeIo({ workingDirectory: join(project.root, 'node_modules') })
    const { code, errors } = await dlqWith({}, io, 'replay', '--dry-run')
    expect([code, errors.join('\n')]).toEqual([2, expect.stringMatching(/no configuration: give --dlq-config=PATH/)])
  })
})
