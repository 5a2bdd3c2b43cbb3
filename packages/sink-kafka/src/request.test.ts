import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KafkaPayload } from './payload.ts'
import { encodeRecord, recordOrderingKey, toRecord, toRecords, type OutgoingRecord } from './request.ts'

const options = { topic: 'results', allowTopicOverride: false, nowMs: 1_700_000_000_000, trace: () => undefined }
const record = (payload: KafkaPayload, overrides = {}): OutgoingRecord => toRecord(deliveryItem(payload), 0, { ...options, ...overrides })

describe('toRecord', () => {
  it('writes the value as JSON text in UTF-8 (KFS-1)', () => {
    expect(record({ data: { text: 'é', big: 10n } }).message.value).toEqual(Buffer.from('{"text":"é","big":10}'))
  })

  it('keeps a key byte for byte, also one that is no UTF-8 (KFS-6)', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (key) => {
        expect([...(record({ key, data: 1 }).message.key ?? [])]).toEqual([...key])
      }),
    )
    const part = Buffer.from('abcd').subarray(1, 3)
    expect(record({ key: part, data: 1 }).message.key).toEqual(Buffer.from('bc'))
  })

  it.each([undefined, null])('has no key for %s', (key) => {
    expect(record({ data: 1, ...(key === undefined ? {} : { key }) }).message.key).toBeNull()
  })

  it('passes headers, partition and timestamp on (COL-6), repeated headers too', () => {
    const { message } = record({ data: 1, headers: { a: 'x', b: [new Uint8Array([0xff]), 'y'] }, partition: 2, timestamp: 5 })
    expect(message).toMatchObject({
      partition: 2,
      timestamp: '5',
      headers: { a: Buffer.from('x'), b: [Buffer.from([0xff]), Buffer.from('y')] },
    })
  })

  it('adds the trace context, none of it to a payload that has its own', () => {
    const trace = () => ({ traceparent: '00-1', tracestate: 'v=1' })
    expect(record({ data: 1 }, { trace }).message.headers).toEqual({ traceparent: '00-1', tracestate: 'v=1' })
    expect(record({ data: 1, headers: { traceparent: '00-2' } }, { trace }).message.headers).toEqual({ traceparent: Buffer.from('00-2') })
  })

  it('takes another topic only where it is allowed (BSP-16)', () => {
    expect(() => record({ data: 1, topic: 'other' })).toThrow('allow_topic_override')
    expect(record({ data: 1, topic: 'results' }).topic).toBe('results')
    expect(record({ data: 1, topic: 'other' }, { allowTopicOverride: true }).topic).toBe('other')
  })

  it('fails the payload without JSON text and makes records of the others', () => {
    const items = [deliveryItem<KafkaPayload>({ data: 1 }), deliveryItem<KafkaPayload>({ data: new Set() })]
    const { records, refused } = toRecords(items, options)
    expect(records.map(({ id }) => id)).toEqual([items[0]?.id])
    expect(refused).toMatchObject([{ id: items[1]?.id, status: 'failure', error: { kind: 'permanent' } }])
  })
})

const bytesOrText = fc.oneof(fc.uint8Array({ maxLength: 8 }), fc.string({ unit: 'binary', maxLength: 8 }))
const anyPayload: fc.Arbitrary<KafkaPayload> = fc.record(
  {
    data: fc.jsonValue(),
    key: fc.oneof(bytesOrText, fc.constant(null)),
    headers: fc.dictionary(fc.string({ maxLength: 4 }), fc.oneof(bytesOrText, fc.array(bytesOrText, { maxLength: 3 }))),
    partition: fc.nat(3),
  },
  { requiredKeys: ['data'] },
)

describe('encodeRecord', () => {
  it('gives the bytes of the record that is delivered (DLQ-5)', () => {
    fc.assert(
      fc.property(anyPayload, (payload) => {
        const { message } = record(payload)
        const { body, key, headers = [] } = encodeRecord(payload)
        expect([body, key]).toEqual([message.value, message.key])
        const sent = Object.entries(message.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, Buffer.from(one)]))
        expect(headers).toEqual(sent)
      }),
    )
  })

  it('says nothing about the topic, so that a payload refused for it has its bytes', () => {
    expect(encodeRecord({ data: 1, topic: 'other' })).toEqual({ body: Buffer.from('1'), key: null, headers: [] })
  })

  it('throws for data without JSON text', () => {
    expect(() => encodeRecord({ data: new Map() })).toThrow(expect.objectContaining({ kind: 'permanent' }))
  })
})

describe('recordOrderingKey', () => {
  const line = (payload: Partial<KafkaPayload>) => recordOrderingKey({ data: 1, ...payload }, 'results')

  it('is the same exactly for equal bytes of the key in one topic', () => {
    fc.assert(
      fc.property(bytesOrText, bytesOrText, fc.constantFrom('results', 'other'), (first, second, topic) => {
        const isEqual = Buffer.from(first).equals(Buffer.from(second)) && topic === 'results'
        expect(line({ key: first }) === line({ key: second, topic })).toBe(isEqual)
      }),
    )
  })

  it('is the partition a payload names, and nothing without one', () => {
    expect([line({ partition: 1 }) === line({ key: null, partition: 1 }), line({ partition: 1 }) === line({ partition: 2 })]).toEqual([
      true,
      false,
    ])
    expect([line({}), line({ key: null })]).toEqual([null, null])
  })
})
