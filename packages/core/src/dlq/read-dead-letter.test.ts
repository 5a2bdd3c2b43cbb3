import { describe, expect, it } from 'vitest'
import { errorOf, messageAt } from '../../test/support/values.ts'
import { payloadRecord, sourceRecord, taskRecord, type DeadLetterFacts } from './dead-letter.ts'
import type { DeadPayload } from './payload-fields.ts'
import { parseDeadLetter } from './read-dead-letter.ts'
import { revivePayload } from './revive-payload.ts'
import { reducedRecord, splitRecord } from './shrink-dead-letter.ts'

const facts: DeadLetterFacts = {
  topic: 'input',
  partition: 3,
  id: 'dlq-1',
  workerId: 'w-1',
  nowMs: 1_700_000_000_500,
  error: 'refused',
  errorType: 'Error',
  transient: true,
  attempts: 0,
  messages: [messageAt(5), messageAt(6, { key: null, isTombstone: true, headers: [['h', Uint8Array.of(0xff)]] })],
  taskIds: ['t'],
}
const dead: DeadPayload = { id: 'p', original: { data: 1 }, list: 'custom', encode: () => ({ body: Buffer.from('1') }) }
const records = payloadRecord(facts, { type: 'custom', name: 'main' }, [dead, { ...dead, id: 'q' }])

/** As py-drakkar writes them (seed 000). */
const legacy = {
  original_payloads: ['{"sink":"","key":"a","data":{}}'],
  sink_name: 'main',
  sink_type: 'kafka',
  error: 'timed out',
  timestamp: 1_700_000_000.25,
  partition: 4,
  attempt_count: 1,
}

function parse(json: unknown) {
  return parseDeadLetter(Buffer.from(JSON.stringify(json)))
}

describe('parseDeadLetter', () => {
  it.each([
    ['payloads', records],
    ['one part of a split record', [...(splitRecord(records) ?? [])][1]],
    ['a reduced record', reducedRecord(records)],
    ['source messages', sourceRecord(facts, 'arrange')],
    ['a task', taskRecord(facts, 'task', errorOf())],
    ['a reduced task', reducedRecord(taskRecord(facts, 'task', errorOf()))],
    ['no message at all', sourceRecord({ ...facts, messages: [] }, 'task')],
  ])('reads what is written of %s', (_case, record) => {
    expect(parse(record)).toEqual({ ok: true, record: JSON.parse(JSON.stringify(record)) })
  })

  it('reads records of schema 2 from before payloads had fields of their own', () => {
    const { payload_ids, payload_types, payload_bodies, payload_keys, payload_headers, payload_values, ...earlier } = records
    expect(payload_ids).toHaveLength(2)
    expect([payload_types, payload_bodies, payload_keys, payload_headers, payload_values].every((list) => list?.length === 2)).toBe(true)
    expect(parse(earlier)).toMatchObject({ ok: true, record: { dlq_id: 'dlq-1' } })
  })

  it('reads records of py-drakkar as schema 1', () => {
    expect(parse(legacy)).toEqual({ ok: true, record: { ...legacy, schema_version: 1 } })
  })

  it.each<[string, Uint8Array | null, string]>([
    ['a tombstone', null, 'there is no value'],
    ['bytes', Uint8Array.of(0xff), 'not UTF-8'],
    ['text', Buffer.from('{"original_payloads":'), 'JSON'],
    ['nothing', Buffer.alloc(0), 'JSON'],
  ])('says that %s is no JSON', (_case, value, reason) => {
    expect(parseDeadLetter(value)).toEqual({ ok: false, problem: 'not_json', reason: expect.stringContaining(reason) })
  })

  it.each<[string, unknown, string]>([
    ['a list', [], 'not a JSON object'],
    ['null', null, 'not a JSON object'],
    ['some object', { hello: 1 }, 'original_payloads'],
    ['payloads that are no text', { ...legacy, original_payloads: [1] }, 'original_payloads[0]'],
    ['a version to come', { ...records, schema_version: 3 }, 'schema_version 3'],
    ['a partition in words', { ...legacy, partition: 'first' }, 'partition'],
    ['a missing source', { ...records, source: undefined }, 'source'],
    ['bytes in no known form', { ...records, payload_keys: [{ encoding: 'hex', data: '' }, null] }, 'payload_keys[0]'],
    ['base64 that is none', { ...records, payload_values: ['%', null] }, 'payload_values[0]'],
    ['a list too short', { ...records, payload_bodies: [null] }, 'payload_bodies: one entry per payload (2)'],
    ['keys too few', { ...records, source: { ...records.source, keys: [] } }, 'source.keys: one entry per offset (2)'],
    ['values missing without being reduced', { ...records, source: { ...records.source, values: [] } }, 'source.values'],
  ])('says that %s is no record', (_case, json, reason) => {
    expect(parse(json)).toEqual({ ok: false, problem: 'not_a_record', reason: expect.stringContaining(reason) })
  })
})

describe('revivePayload', () => {
  it('gives what the text of an old record says', () => {
    expect(revivePayload({ ...legacy, schema_version: 1 }, 0)).toEqual({ ok: true, payload: { sink: '', key: 'a', data: {} } })
  })

  it('gives nothing for a payload that could not be written, and tells why', () => {
    const original = { data: () => 1n, more: new Map() }
    const record = payloadRecord(facts, { type: 'custom', name: 'main' }, [{ ...dead, original }, dead])
    expect(record.payload_values).toEqual([null, null])
    expect(revivePayload(record, 0)).toEqual({ ok: false, reason: expect.stringContaining('Map') })
    expect(revivePayload(record, 1)).toEqual({ ok: true, payload: { data: 1 } })
  })

  it('gives a payload that the sink could not encode', () => {
    const encode = () => {
      throw new Error('no body for redis://joe:secret@host')
    }
    const record = payloadRecord(facts, { type: 'custom', name: 'main' }, [dead, { ...dead, encode }])
    expect(record.payload_bodies).toEqual(['1', null])
    expect(record.serialization_errors).toEqual([null, 'no body for redis://***:***@host'])
    expect(revivePayload(record, 1)).toEqual({ ok: true, payload: { data: 1 } })
  })

  it.each<[string, object, number]>([
    ['there is no payload 2', {}, 2],
    ['', { payload_values: ['AAAA', null] }, 0],
    ['JSON', { original_payloads: ['{', '{}'] }, 0],
  ])('says what is wrong with a broken record: %s', (reason, overrides, index) => {
    expect(revivePayload({ ...records, ...overrides }, index)).toEqual({ ok: false, reason: expect.stringContaining(reason) })
  })
})

describe('splitRecord', () => {
  it('gives each payload a record and an id of its own', () => {
    const parts = [...(splitRecord(records) ?? [])]
    expect(parts.map(({ dlq_id, split_of, payload_ids }) => [dlq_id, split_of, payload_ids])).toEqual([
      ['dlq-1-0', 'dlq-1', ['p']],
      ['dlq-1-1', 'dlq-1', ['q']],
    ])
    expect(parts[0]).toMatchObject({ source: records.source, attempt_count: 0, payload_bodies: ['1'], payload_headers: [[]] })
  })

  it('does not take apart what is one', () => {
    expect(splitRecord(sourceRecord(facts, 'arrange'))).toBeNull()
    expect(splitRecord(payloadRecord(facts, { type: 'custom', name: 'main' }, [dead]))).toBeNull()
  })
})
