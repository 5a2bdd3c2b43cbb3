import { LogError } from '@drakkar/plugin-sdk/log'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { FetchedMessage } from './cluster-types.ts'
import { filterAborted } from './filter-aborted.ts'
import { copyRecords, headerList, parseOffset, toMessage } from './kafka-record.ts'

const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => Buffer.from(value))

describe('parseOffset', () => {
  it('reads offsets a number can hold and refuses larger ones', () => {
    expect(parseOffset('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER)
    expect(() => parseOffset('9007199254740993')).toThrow(LogError)
  })
})

describe('copyRecords', () => {
  it('gives every record the bytes it had, in memory of its own', () => {
    const message = fc.record({ key: fc.option(bytes), value: fc.option(bytes), headers: fc.dictionary(fc.string(), bytes) })
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const fetched = messages.map((one, index): FetchedMessage => ({ ...one, offset: String(index), timestamp: '5' }))
        const records = copyRecords('t', 3, fetched)
        const expected = fetched.map(({ key, value, headers }) => ({
          key: key && Buffer.from(key),
          value: value && Buffer.from(value),
          headers: headerList(headers).map(([name, v]) => [name, Buffer.from(v)]),
        }))
        for (const { key, value } of fetched) for (const buffer of [key, value]) buffer?.fill(0)
        expect(records.map(({ key, value }) => ({ key, value }))).toEqual(expected.map(({ key, value }) => ({ key, value })))
        expect(records.map(({ offset, partition, timestamp }) => [offset, partition, timestamp])).toEqual(
          fetched.map((_, index) => [index, 3, 5]),
        )
      }),
    )
  })

  it('keeps no more memory alive than the records need', () => {
    const response = Buffer.alloc(1_000_000, 1)
    const [record] = copyRecords('t', 0, [{ key: null, value: response.subarray(10, 20), offset: '0', timestamp: '0' }])
    expect(record?.value?.buffer.byteLength).toBe(10)
  })
})

describe('headers', () => {
  it('keep order and repeated names on the way out and back', () => {
    const headers = [
      ['b', Buffer.from('1')],
      ['a', Buffer.from('2')],
      ['a', Buffer.from('3')],
    ] as const
    expect(headerList(toMessage({ topic: 't', value: null, headers }, 0).headers)).toEqual(headers.map(([name, value]) => [name, value]))
  })

  it('may be called anything, also __proto__', () => {
    const headers = [['__proto__', Buffer.from('1')]] as const
    expect(headerList(toMessage({ topic: 't', value: null, headers }, 0).headers)).toEqual([['__proto__', Buffer.from('1')]])
  })

  it('without a value become empty', () => {
    expect(headerList({ a: undefined })).toEqual([['a', new Uint8Array(0)]])
  })
})

describe('toMessage', () => {
  it('tells no key from an empty key and a tombstone from an empty value', () => {
    expect(toMessage({ topic: 't', value: null }, 1)).toMatchObject({ partition: 1, key: null, value: null })
    expect(toMessage({ topic: 't', key: new Uint8Array(0), value: new Uint8Array(0) }, 1)).toMatchObject({
      key: Buffer.alloc(0),
      value: Buffer.alloc(0),
    })
  })
})

describe('filterAborted', () => {
  const record = (offset: number, producerId = '1', inTransaction = true): FetchedMessage => ({
    offset: String(offset),
    key: null,
    value: null,
    timestamp: '0',
    batchContext: { producerId, inTransaction },
  })
  const marker = (offset: number, type: 0 | 1, producerId = '1'): FetchedMessage => ({
    ...record(offset, producerId),
    key: Buffer.from([0, 0, 0, type]),
    isControlRecord: true,
  })
  const offsets = (messages: readonly FetchedMessage[]): number[] => messages.map(({ offset }) => Number(offset))

  it('leaves out the records of an aborted transaction and no others', () => {
    const messages = [record(0), record(1, '2'), record(2, '1', false), marker(3, 0), record(4), marker(5, 1)]
    expect(offsets(filterAborted(messages, [{ producerId: '1', firstOffset: '0' }]))).toEqual([1, 2, 4])
  })

  it('leaves out markers when nothing was aborted', () => {
    expect(offsets(filterAborted([record(0), marker(1, 1), record(2)], []))).toEqual([0, 2])
  })

  it('follows several aborted transactions of one producer', () => {
    const messages = [record(0), marker(1, 0), record(2), marker(3, 1), record(4), marker(5, 0)]
    const aborted = [
      { producerId: '1', firstOffset: '4' },
      { producerId: '1', firstOffset: '0' },
    ]
    expect(offsets(filterAborted(messages, aborted))).toEqual([2])
  })
})
