/**
 * `drakkar dlq` as a process on a real broker: dead letters of both generations, with binary keys and headers, large ones and
 * rubbish between them; every mode to the byte; Ctrl+C, SIGKILL and a broker that goes away in the middle.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLog, validateConfig } from '@drakkar/core'
import type { LogRecord, MessageLog, ProduceRecord } from '@drakkar/plugin-sdk/log'
import { createTestContext } from '@drakkar/plugin-sdk/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'

const command = fileURLToPath(new URL('./bin/drakkar.js', import.meta.resolve('@drakkar/cli/package.json')))
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))

let kafka: ServiceHandle
let log: MessageLog
let directory = ''

beforeAll(async () => {
  kafka = await startService('kafka')
  log = await openTestLog()
  directory = await mkdtemp(join(tmpdir(), 'drakkar-replay-'))
  await symlink(modules, join(directory, 'node_modules'), 'dir')
  const dependencies = { '@drakkar/sink-kafka': '*' }
  await writeFile(join(directory, 'package.json'), JSON.stringify({ name: 'app', type: 'module', dependencies }))
})

afterAll(async () => {
  await log.close()
  await kafka.dispose()
  await rm(directory, { recursive: true, force: true })
})

function openTestLog(): Promise<MessageLog> {
  return openLog(validateConfig({ kafka: { brokers: kafka.url } }).config, { logger: createTestContext().logger, workerId: 'judge' })
}

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves when standard error contains the text. */
  says(text: string): Promise<void>
}

function start(...words: readonly string[]): Running {
  const child = spawn(process.execPath, [command, 'dlq', ...words], {
    cwd: directory,
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DRAKKAR_'))),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [output, errors] = ['', '']
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
    for (const check of waiting) check()
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, output, errors })))
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const check = () => (errors.includes(text) ? resolve() : undefined)
      waiting.add(check)
      check()
      child.once('close', () => reject(new Error(`ended without saying "${text}": ${errors}`)))
    })
  return { child, ended, says }
}

const dlq = (...words: readonly string[]): Promise<Ended> => start(...words).ended
const lastLine = ({ errors }: Ended): string | undefined => errors.trimEnd().split('\n').at(-1)

/** A dead-letter topic of its own, its configuration, and a target topic. */
async function scene(
  name: string,
  letters: readonly Omit<ProduceRecord, 'topic'>[],
): Promise<{ readonly config: string; readonly target: string }> {
  const [source, target] = [`${name}-in`, `${name}-again`]
  const admin = log.admin()
  for (const topic of [`${source}_dlq`, target]) await admin.createTopic(topic, 2)
  await admin.close()
  const producer = log.producer()
  await producer.connect({ signal: new AbortController().signal })
  for (const record of letters) await producer.send([{ ...record, topic: `${source}_dlq` }])
  await producer.close()
  const config = join(directory, `${name}.yaml`)
  const sinks = `{ kafka: { out: { topic: ${target} } } }`
  await writeFile(config, `kafka: { brokers: "${kafka.url}", source_topic: ${source} }\nsinks: ${sinks}\nexecutor: { wrong: 1 }\n`)
  return { config, target }
}

async function recordsOf(topic: string): Promise<readonly LogRecord[]> {
  const records: LogRecord[] = []
  for await (const record of log.read(topic, { signal: AbortSignal.timeout(60_000) })) records.push(record)
  return records
}

const bytesOf = (id: number): Buffer => Buffer.from([0xff, 0x00, 0xfe, id % 256, id >> 8])
const encoded = (bytes: Buffer) => ({ encoding: 'base64', data: bytes.toString('base64') })

interface Source {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [string, Buffer])[]
  readonly timestamp: number
}

function sourceOf(id: number, value: Buffer | null = bytesOf(id)): Source {
  const headers = [
    ['trace', bytesOf(id)],
    ['trace', Buffer.from('twice')],
  ] as const
  return { key: id % 5 === 0 ? null : bytesOf(id), value, headers, timestamp: 1_600_000_000_000 + id }
}

function letter(id: number, { source = sourceOf(id) }: { readonly source?: Source } = {}): Omit<ProduceRecord, 'topic'> {
  const record = {
    schema_version: 2,
    dlq_id: `letter-${id}`,
    original_payloads: [`{"sink":"out","key":"k${id}","data":{"id":${id}}}`],
    payload_ids: [`payload-${id}`],
    payload_types: ['kafka'],
    payload_bodies: [`{"id":${id}}`],
    payload_keys: [`k${id}`],
    payload_headers: [[]],
    payload_values: [null],
    sink_name: 'out',
    sink_type: 'kafka',
    error: `broker 10.0.0.${id % 9}:9092 did not answer`,
    error_type: 'DRK_SINK_DELIVERY_FAILED',
    transient: true,
    timestamp: 1_700_000_000 + id,
    partition: id % 2,
    attempt_count: 4,
    worker_id: 'w-1',
    task_ids: [],
    source: {
      topic: 'in',
      partition: id % 2,
      offsets: [id],
      timestamps: [source.timestamp],
      keys: [source.key === null ? null : encoded(source.key)],
      values: [source.value === null ? null : encoded(source.value)],
      headers: [source.headers.map(([name, value]) => [name, encoded(value)])],
    },
  }
  return { partition: id % 2, value: Buffer.from(JSON.stringify(record)) }
}

const legacy = {
  partition: 0,
  value: Buffer.from(
    JSON.stringify({
      original_payloads: ['{"sink":"out","key":"old","data":{"id":12345678901234567890}}'],
      sink_name: 'out',
      sink_type: 'kafka',
      error: 'old',
      timestamp: 1,
      partition: 1,
      attempt_count: 1,
    }),
  ),
}
const rubbish = { partition: 1, value: Buffer.from([0xff, 0x7b]) }
const large = sourceOf(6, Buffer.alloc(600_000, 0xfe))
const tombstone = sourceOf(7, null)

const shown = ({ key, value, headers, timestamp }: Pick<LogRecord, 'key' | 'value' | 'headers' | 'timestamp'>): string =>
  JSON.stringify([hex(key), hex(value), headers.map(([name, content]) => [name, hex(content)]), timestamp])
const hex = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString('hex'))
const text = ({ value }: LogRecord): string => Buffer.from(value ?? []).toString()

describe('dead letters of both generations', () => {
  const mixed = [0, 1, 2, 3, 4, 5]
    .map((id) => letter(id))
    .concat(letter(6, { source: large }), letter(7, { source: tombstone }), legacy, rubbish)

  it('are listed and shown', async () => {
    const { config } = await scene('list', mixed)
    const { code, output } = await dlq('ls', '--dlq-config', config, '--json')
    expect(code).toBe(0)
    const fingerprints = (JSON.parse(output) as { groups: readonly { fingerprint: string; count: number }[] }).groups
    expect(fingerprints.map(({ fingerprint, count }) => [fingerprint, count])).toEqual([
      ['broker <host> did not answer', 8],
      ['old', 1],
    ])
    expect(JSON.parse(output)).toMatchObject({ read: 10, invalid: 1 })
    expect((await dlq('show', 'letter-5', '--config', config)).output).toMatch(/^Entry 1:2 of list-in_dlq[\s\S]*10\.0\.0\.5:9092/)
  })

  it('come back as they are stored with --mode=payload', async () => {
    const { config, target } = await scene('payload', mixed)
    const ended = await dlq('replay', `--dlq-config=${config}`, `--target-topic=${target}`)
    expect(lastLine(ended)).toBe('summary: read=10 published=9 would_publish=0 filtered_out=0 skipped_invalid=1 errors=0')
    expect(ended).toMatchObject({ code: 0, errors: expect.stringContaining('dlq_reader_invalid_json partition=1 offset=4') as string })
    const records = await recordsOf(target)
    const expected = [0, 1, 2, 3, 4, 5, 6, 7].map((id) => `{"sink":"out","key":"k${id}","data":{"id":${id}}}`)
    expect(records.map(text).toSorted()).toEqual([...expected, '{"sink":"out","key":"old","data":{"id":12345678901234567890}}'].toSorted())
    expect(records.find((record) => text(record).includes('"k3"'))).toMatchObject({ key: Buffer.from('k3') })
  })

  it('come back as their data alone with --mode=data', async () => {
    const { config, target } = await scene('data', mixed)
    expect(await dlq('replay', `--dlq-config=${config}`, `--target-topic=${target}`, '--mode=data')).toMatchObject({ code: 0 })
    const expected = [0, 1, 2, 3, 4, 5, 6, 7].map((id) => `{"id":${id}}`)
    expect((await recordsOf(target)).map(text).toSorted()).toEqual([...expected, '{"id":12345678901234567890}'].toSorted())
  })

  it('come back as their source messages to the byte with --mode=source', async () => {
    const { config, target } = await scene('source', mixed)
    const ended = await dlq('replay', `--dlq-config=${config}`, `--target-topic=${target}`, '--mode=source', '--preserve-partition')
    expect(lastLine(ended)).toBe('summary: read=10 published=8 would_publish=0 filtered_out=0 skipped_invalid=2 errors=0')
    const records = await recordsOf(target)
    const originals = [...[0, 1, 2, 3, 4, 5].map((id) => sourceOf(id)), large, tombstone]
    expect(records.map(shown).toSorted()).toEqual(originals.map(shown).toSorted())
    expect(records.every(({ partition, timestamp }) => partition === timestamp % 2)).toBe(true)
  })

  it('are delivered by their sink with --mode=sink', async () => {
    const { config, target } = await scene('sink', mixed)
    const ended = await dlq('replay', `--dlq-config=${config}`, '--mode=sink')
    expect(lastLine(ended)).toMatch(/^summary: read=10 published=9 .*skipped_invalid=1 errors=0$/)
    const records = await recordsOf(target)
    expect(records).toHaveLength(9)
    expect(records.find((record) => text(record) === '{"id":4}')).toMatchObject({ key: Buffer.from('k4') })
  })

  it('are never replayed into their own topic, however the broker is spelled', async () => {
    const { config } = await scene('own', [letter(0)])
    const port = kafka.url.split(':').at(-1) ?? ''
    const ended = await dlq('replay', `--dlq-config=${config}`, '--target-topic=own-in_dlq', `--target-brokers=localhost:${port}`)
    expect(ended).toMatchObject({ code: 2, errors: expect.stringContaining('the dead-letter topic itself') as string })
  })
})

describe('a replay that is ended early', () => {
  const many = Array.from({ length: 2500 }, (_, id) => letter(id))
  const ids = many.map((_, id) => id)
  const idsOf = (records: readonly LogRecord[]) =>
    records.map((record) => (JSON.parse(text(record)) as { id: number }).id).toSorted((a, b) => a - b)

  it('goes on after Ctrl+C where it was: everything once', async () => {
    const { config, target } = await scene('interrupt', many)
    const words = ['replay', `--dlq-config=${config}`, `--target-topic=${target}`, '--mode=data', '--checkpoint=interrupt.json']
    const running = start(...words, '--rate=800/s')
    await running.says('replayed 1000/1000')
    running.child.kill('SIGINT')
    const ended = await running.ended
    expect(ended).toMatchObject({ code: 130, signal: null })
    expect(lastLine(ended)).toMatch(/^summary: read=1\d{3} published=1\d{3} /)
    expect(await dlq(...words)).toMatchObject({ code: 0 })
    expect(idsOf(await recordsOf(target))).toEqual(ids)
  })

  it('goes on after SIGKILL: everything, and little of it twice', async () => {
    const { config, target } = await scene('kill', many)
    const words = ['replay', `--dlq-config=${config}`, `--target-topic=${target}`, '--mode=data', '--checkpoint=kill.json']
    const running = start(...words, '--rate=800/s')
    await running.says('replayed 1000/1000')
    running.child.kill('SIGKILL')
    await running.ended
    expect(await dlq(...words)).toMatchObject({ code: 0 })
    const published = idsOf(await recordsOf(target))
    expect([...new Set(published)]).toEqual(ids)
    // What the rate allows between two checkpoints, and what a slow disk adds.
    expect(published.length - ids.length).toBeLessThan(400)
  })

  it('ends with 1 when the broker goes away, tells the offsets, and goes on when it is back', async () => {
    const { config, target } = await scene('outage', many)
    const words = ['replay', `--dlq-config=${config}`, `--target-topic=${target}`, '--mode=data', '--checkpoint=outage.json']
    const running = start(...words, '--rate=800/s')
    await running.says('replayed 1000/1000')
    await kafka.kill()
    const ended = await running.ended
    await kafka.start()
    expect(ended.code).toBe(1)
    expect(ended.errors).toMatch(/error: (publish failed at DLQ offset 0:\d+|reading the dead letters failed)/)
    expect(ended.errors).toMatch(/\nlast successful DLQ offset: 0:\d+\nsummary: read=.* errors=1\n$/)
    await log.close()
    log = await openTestLog()
    expect(await dlq(...words)).toMatchObject({ code: 0 })
    expect([...new Set(idsOf(await recordsOf(target)))]).toEqual(ids)
  }, 180_000)
})

it('ends with 2 when the broker is not there', async () => {
  const config = join(directory, 'nowhere.yaml')
  await writeFile(config, 'kafka: { brokers: "127.0.0.1:1" }\n')
  const ended = await dlq('replay', `--dlq-config=${config}`, '--target-topic=again')
  expect(ended).toMatchObject({ code: 2, output: '', errors: expect.stringContaining('ECONNREFUSED') as string })
  expect(ended.errors).not.toMatch(/\n {4}at /)
})
