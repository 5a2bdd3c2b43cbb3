import { describe, expect, it } from 'vitest'
import { deadLetterFacts } from '../../test/support/dead-letter-facts.ts'
import { errorOf, messageAt, resultOf } from '../../test/support/values.ts'
import { task } from '../model/make-task.ts'
import { maxOutputCharacters, payloadRecord, sourceRecord, taskRecord } from './dead-letter.ts'
import { encodeBytes } from './encoded-bytes.ts'
import type { DeadPayload } from './payload-fields.ts'
import { parseDeadLetter } from './read-dead-letter.ts'
import { reducedRecord } from './shrink-dead-letter.ts'

function dead(original: unknown, overrides: Partial<DeadPayload> = {}): DeadPayload {
  return { id: 'p-1', original, list: 'kafka', encode: () => ({ body: Buffer.from('body') }), ...overrides }
}

describe('payloadRecord', () => {
  it('has every field on the wire, names as the spec spells them', () => {
    const record = payloadRecord(deadLetterFacts(), { type: 'kafka', name: 'results' }, [
      dead(
        { sink: 'results', key: 'k', data: { n: 1, deep: [true] } },
        { encode: () => ({ body: Uint8Array.of(0xff), key: Buffer.from('k'), headers: [['h', Buffer.from('v')]] }) },
      ),
    ])
    expect(JSON.parse(JSON.stringify(record))).toEqual({
      schema_version: 2,
      dlq_id: 'dlq-1',
      original_payloads: ['{"sink":"results","key":"k","data":{"n":1,"deep":[true]}}'],
      payload_ids: ['p-1'],
      payload_types: ['kafka'],
      payload_bodies: [{ encoding: 'base64', data: '/w==' }],
      payload_keys: ['k'],
      payload_headers: [[['h', 'v']]],
      payload_values: [null],
      sink_name: 'results',
      sink_type: 'kafka',
      error: 'refused',
      error_type: 'DRK_SINK_DELIVERY_FAILED',
      transient: false,
      timestamp: 1_700_000_000.5,
      partition: 0,
      attempt_count: 2,
      worker_id: 'w-1',
      task_ids: ['t1'],
      source: {
        topic: 'input',
        partition: 0,
        offsets: [5],
        timestamps: [1_700_000_000_005],
        keys: ['k5'],
        values: ['{"n":5}'],
        headers: [[]],
      },
    })
  })

  it('marks binary fields of a payload', () => {
    const [text = ''] = payloadRecord(deadLetterFacts(), { type: 'k', name: 'm' }, [
      dead({ key: Uint8Array.of(0xff), data: 'x' }),
    ]).original_payloads
    expect(JSON.parse(text)).toEqual({ key: { encoding: 'base64', data: '/w==' }, data: 'x' })
  })

  it('keeps what JSON cannot hold in a readable form, and the others as they are', () => {
    const cyclic: Record<string, unknown> = { name: 'loop' }
    cyclic['self'] = cyclic
    const payloads = [{ data: cyclic }, { data: new Map([['a', 1]]) }, { data: 'fine' }].map((original) => dead(original))
    const [first = '', second = '', third] = payloadRecord(deadLetterFacts(), { type: 'k', name: 'm' }, payloads).original_payloads
    expect(JSON.parse(first)).toMatchObject({
      serialization_error: expect.stringContaining('refers to itself'),
      text: expect.stringContaining('loop'),
    })
    expect(JSON.parse(second)).toMatchObject({
      serialization_error: expect.stringContaining('Map'),
      text: expect.stringContaining("'a' => 1"),
    })
    expect(third).toBe('{"data":"fine"}')
  })

  it('survives payloads that cannot even be turned into text', () => {
    const bare = Object.assign(Object.create(null), { data: new Map() })
    const lying = { data: new Set([1]), toString: 'no function' }
    const texts = payloadRecord(deadLetterFacts(), { type: 'k', name: 'm' }, [dead(bare), dead(lying)]).original_payloads
    expect(texts.map((text) => typeof JSON.parse(text).serialization_error)).toEqual(['string', 'string'])
  })
})

describe('sourceRecord', () => {
  it('holds all messages of a failure, binary ones in base64', () => {
    const messages = [messageAt(1), messageAt(2, { value: Buffer.from([0xff, 0xfe]), key: null, headers: [['h', Buffer.from([0xff])]] })]
    const record = sourceRecord(deadLetterFacts({ messages }), 'arrange')
    expect(record).toMatchObject({ sink_type: 'handler', sink_name: 'arrange', original_payloads: ['{"n":1}', '//4='] })
    expect(record.source).toMatchObject({
      offsets: [1, 2],
      keys: ['k1', null],
      values: ['{"n":1}', { encoding: 'base64', data: '//4=' }],
      headers: [[], [['h', { encoding: 'base64', data: '/w==' }]]],
    })
  })

  it('tells a tombstone from an empty value', () => {
    const messages = [messageAt(1, { value: Buffer.alloc(0), isTombstone: true }), messageAt(2, { value: Buffer.alloc(0) })]
    expect(sourceRecord(deadLetterFacts({ messages }), 's').source.values).toEqual([null, ''])
  })
})

describe('taskRecord', () => {
  const failed = task({ taskId: 't1', args: ['-x'], labels: { a: 'b' }, parentTaskId: 'p' })

  it('adds the task and its output', () => {
    expect(taskRecord(deadLetterFacts(), 'task', errorOf(failed, { exception: null })).task).toEqual({
      task_id: 't1',
      parent_task_id: 'p',
      args: ['-x'],
      labels: { a: 'b' },
      exit_code: 3,
      kind: 'exit',
      exception: null,
      stdout: 'out',
      stderr: 'bad',
    })
  })

  it('keeps the outcome of a task that had succeeded', () => {
    expect(taskRecord(deadLetterFacts(), 'on_task_complete', resultOf(failed)).task).toMatchObject({
      exit_code: 0,
      kind: 'completed',
      exception: null,
    })
  })

  it('cuts output that is too long and says how much', () => {
    const stdout = 'x'.repeat(maxOutputCharacters + 7)
    const text = taskRecord(deadLetterFacts(), 's', resultOf(failed, { stdout })).task?.stdout ?? ''
    expect(text.slice(maxOutputCharacters)).toBe('… [7 characters cut]')
    expect(taskRecord(deadLetterFacts(), 's', resultOf(failed, { stdout: stdout.slice(7) })).task?.stdout).toHaveLength(maxOutputCharacters)
  })
})

describe('reducedRecord', () => {
  it('drops what is there twice and most of the output, and says so', () => {
    const full = taskRecord(deadLetterFacts(), 's', resultOf(task({ taskId: 't1' }), { stdout: 'x'.repeat(100_000), stderr: 'short' }))
    const reduced = reducedRecord(full)
    expect(reduced.task?.stdout.length).toBeLessThan(3000)
    expect(reduced).toMatchObject({ reduced: true, task: { stderr: 'short' }, source: { values: [], keys: ['k5'], offsets: [5] } })
    expect(reduced.original_payloads).toEqual(full.original_payloads)
    expect(reducedRecord(sourceRecord(deadLetterFacts(), 's')).task).toBeUndefined()
  })

  it('fits into what every broker takes, whatever was large', () => {
    const large = 'x'.repeat(3 * 2 ** 20)
    const messages = [messageAt(5, { value: Buffer.from(large), headers: [['h', Buffer.from(large)]] }), messageAt(6)]
    const failed = resultOf(task({ taskId: 't1', args: ['short', large], labels: { name: large } }), { stdout: large })
    const record = taskRecord(deadLetterFacts({ messages, error: large }), 'task', failed)
    const reduced = reducedRecord(record)
    expect(JSON.stringify(reduced).length).toBeLessThan(100_000)
    expect(reduced).toMatchObject({
      original_payloads: [expect.stringMatching(/^x{2048}… /), '{"n":6}'],
      task: { args: ['short', expect.any(String)] },
    })
    expect(parseDeadLetter(Buffer.from(JSON.stringify(reduced)))).toMatchObject({ ok: true })
  })

  it('stays small with very many messages and arguments', () => {
    const messages = Array.from({ length: 500 }, (_, offset) => messageAt(offset, { value: Buffer.alloc(5000, 'v') }))
    const args = Array.from({ length: 5000 }, () => 'a'.repeat(1000))
    const record = taskRecord(deadLetterFacts({ messages }), 'task', resultOf(task({ taskId: 't1', args })))
    expect(JSON.stringify(reducedRecord(record)).length).toBeLessThan(500_000)
  })

  it('tells size and hash of the values it leaves out', () => {
    const messages = [
      messageAt(5, { value: Buffer.from('abc') }),
      messageAt(6, { isTombstone: true }),
      messageAt(7, { value: Buffer.from([0xff]) }),
    ]
    const { source } = reducedRecord(sourceRecord(deadLetterFacts({ messages }), 's'))
    expect(source.digests).toEqual([
      { bytes: 3, sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' },
      null,
      { bytes: 1, sha256: 'a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89' },
    ])
  })
})

describe('encodeBytes', () => {
  it.each<[string, Uint8Array | null, unknown]>([
    ['nothing', null, null],
    ['an empty array', new Uint8Array(), ''],
    ['text', Buffer.from('grüße'), 'grüße'],
    ['text that begins with a byte order mark', Buffer.from([0xef, 0xbb, 0xbf, 0x61]), '\uFEFFa'],
    ['bytes that are no text', Uint8Array.of(0xc3, 0x28), { encoding: 'base64', data: 'wyg=' }],
  ])('%s', (_case, bytes, encoded) => {
    expect(encodeBytes(bytes)).toEqual(encoded)
  })
})
