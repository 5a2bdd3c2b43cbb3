import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LogRecord } from '@drakkar/plugin-sdk/log'
import { recordFromJson, recordFromValue, recordToJson } from './record-json.ts'

const parse = (value: unknown) => recordFromJson(Buffer.from(JSON.stringify(value)), 'to')
const record: LogRecord = { topic: 't', partition: 3, offset: 7, timestamp: 1_700_000_000_000, key: null, value: null, headers: [] }

describe('recordToJson', () => {
  it('shows text as text, other bytes as base64, and nothing as null', () => {
    expect(recordToJson({ ...record, key: Buffer.from('ключ'), value: Buffer.from([0xff, 0x00]) })).toMatchObject({
      key: 'ключ',
      value: { base64: '/wA=' },
    })
    expect(recordToJson(record)).toEqual({
      topic: 't',
      partition: 3,
      offset: 7,
      timestamp: 1_700_000_000_000,
      key: null,
      value: null,
      headers: {},
    })
  })

  it('shows headers by name, and as pairs when a name occurs twice', () => {
    const [a, b] = [Buffer.from('1'), Buffer.from('2')]
    expect(
      recordToJson({
        ...record,
        headers: [
          ['x', a],
          ['y', b],
        ],
      }).headers,
    ).toEqual({ x: '1', y: '2' })
    expect(
      recordToJson({
        ...record,
        headers: [
          ['x', a],
          ['x', b],
        ],
      }).headers,
    ).toEqual([
      ['x', '1'],
      ['x', '2'],
    ])
  })
})

it('reads back what it shows, to the same bytes', () => {
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.string({ unit: 'grapheme' }).map((text) => Buffer.from(text)),
  )
  const name = fc.oneof(fc.string(), fc.constantFrom('1', '__proto__', 'constructor'))
  const records = fc.record({ key: fc.option(bytes), value: fc.option(bytes), headers: fc.array(fc.tuple(name, bytes), { maxLength: 4 }) })
  fc.assert(
    fc.property(records, ({ key, value, headers }) => {
      const back = recordFromJson(Buffer.from(JSON.stringify(recordToJson({ ...record, key, value, headers }))), 'to')
      expect(back).toMatchObject({ topic: 'to', partition: 3, timestamp: record.timestamp })
      expect(plain(back)).toEqual(plain({ key, value, headers }))
    }),
  )
})

function plain(given: Pick<LogRecord, 'key' | 'value' | 'headers'> | ReturnType<typeof parse>) {
  const hex = (bytes: Uint8Array | null | undefined) => (bytes === null || bytes === undefined ? null : Buffer.from(bytes).toString('hex'))
  return { key: hex(given.key), value: hex(given.value), headers: (given.headers ?? []).map(([name, value]) => [name, hex(value)]) }
}

describe('recordFromJson', () => {
  it.each([
    [{ n: 1 }, '{"n":1}'],
    [[1, 'a'], '[1,"a"]'],
    [12.5, '12.5'],
    [false, 'false'],
    ['plain', 'plain'],
    [{ base64: 'aGk=' }, 'hi'],
    [{ base64: 'aGk' }, 'hi'],
    [{ base64: 'aGk=', more: 1 }, '{"base64":"aGk=","more":1}'],
  ])('stores the value %j as %s', (value, text) => {
    expect(Buffer.from(parse({ value }).value ?? []).toString()).toBe(text)
  })

  it('needs only a value, and takes null as a tombstone', () => {
    expect(parse({ value: null })).toEqual({ topic: 'to', key: null, value: null, headers: [] })
  })

  it('accepts headers by name and as pairs', () => {
    expect(parse({ value: '', headers: { a: '1' } }).headers).toEqual([['a', Buffer.from('1')]])
    expect(
      parse({
        value: '',
        headers: [
          ['a', '1'],
          ['a', { x: 2 }],
        ],
      }).headers,
    ).toEqual([
      ['a', Buffer.from('1')],
      ['a', Buffer.from('{"x":2}')],
    ])
  })

  it.each([
    ['a list', [], /must be a JSON object/],
    ['a missing value', { key: 'a' }, /"value" is missing/],
    ['an unknown key', { value: 1, vlaue: 2 }, /unknown key "vlaue"/],
    ['a negative partition', { value: 1, partition: -1 }, /"partition" must be an integer/],
    ['a fractional timestamp', { value: 1, timestamp: 1.5 }, /"timestamp" must be an integer/],
    ['headers that are text', { value: 1, headers: 'a' }, /"headers" must be/],
    ['a header without a value', { value: 1, headers: { a: null } }, /"headers\.a" must not be null/],
    ['broken base64', { value: { base64: 'a*b' } }, /"value\.base64" is not base64/],
    ['half a surrogate pair', { value: '\ud800' }, /surrogate/],
  ])('refuses %s', (_title, value, message) => {
    expect(() => parse(value)).toThrow(message)
  })

  it('refuses what is not JSON in UTF-8', () => {
    expect(() => recordFromJson(Buffer.from('{"value"'), 't')).toThrow(/not JSON/)
    expect(() => recordFromJson(Buffer.from([0x22, 0xff, 0x22]), 't')).toThrow(/not JSON/)
  })
})

describe('recordFromValue', () => {
  it('keeps the bytes of the line', () => {
    const line = Buffer.from([0xff, 0x0d])
    expect(recordFromValue(line, { topic: 't' })).toEqual({ topic: 't', key: null, value: line })
  })

  it('takes the key from a field, numbers as their text', () => {
    const line = Buffer.from('{"user": 7, "x": 1}')
    expect(recordFromValue(line, { topic: 't', keyField: 'user' })).toEqual({ topic: 't', key: Buffer.from('7'), value: line })
    expect(() => recordFromValue(line, { topic: 't', keyField: 'usr' })).toThrow(/"usr" is missing/)
    expect(() => recordFromValue(Buffer.from('7'), { topic: 't', keyField: 'usr' })).toThrow(/JSON objects/)
  })
})
