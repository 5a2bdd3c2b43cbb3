import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { BSON, ObjectId } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { collectionNameProblem } from './collection-name.ts'
import type { MongoPayload } from './payload.ts'
import { documentProblem, encodeDocument, toRequests, toWrite } from './request.ts'

const item = (data: MongoPayload['data'], collection = 'runs') => deliveryItem<MongoPayload>({ collection, data })
const refusals = (data: MongoPayload['data'], upsertKey: readonly string[] = []) => toRequests([item(data)], upsertKey).refused

it('names a field of its own for a document without _id, and leaves the caller its object (MGS-3)', () => {
  const data = Object.freeze({ a: Object.freeze({ b: 1 }) })
  const { document } = toWrite('1', { collection: 'runs', data }, [])
  expect(document).toEqual({ _id: expect.any(ObjectId), a: { b: 1 } })
  expect(data).toEqual({ a: { b: 1 } })
})

it('keeps an _id that is there', () => {
  expect(toWrite('1', { collection: 'runs', data: { a: 1, _id: 'mine' } }, []).document).toEqual({ _id: 'mine', a: 1 })
})

it('takes an _id of null for none, in the request and in the dead letter', () => {
  const payload = { collection: 'runs', data: { _id: null, a: 1 } }
  expect(toWrite('1', payload, []).document).toEqual({ _id: expect.any(ObjectId), a: 1 })
  expect(toWrite('1', payload, ['a']).document).toEqual({ a: 1 })
  expect(BSON.deserialize(encodeDocument(payload).body)).toEqual({ a: 1 })
})

it.each([
  ['a Set', { a: [{ b: new Set([1]) }] }],
  ['a Set in a Map', { a: new Map([['b', new Set()]]) }],
  ['a bigint that is too large', { a: 2n ** 63n }],
  ['a bigint that is too small', { a: { b: -(2n ** 63n) - 1n } }],
])('refuses what the driver would store as something else: %s', (_what, data) => {
  expect(refusals(data)).toMatchObject([{ status: 'failure', error: { kind: 'permanent' } }])
})

it('takes every value BSON has', () => {
  const data = {
    a: 2n ** 63n - 1n,
    b: -(2n ** 63n),
    c: new Map([['d', 1n]]),
    e: new Date(0),
    f: new Uint8Array(2),
    g: new ObjectId(),
    h: null,
  }
  expect(refusals(data)).toEqual([])
})

it.each(['', 'system.users', 'a$b', '$cmd', 'a\0b', '.a', 'a.', 'a..b'])('refuses the collection name %j (MGS-2)', (name) => {
  expect(collectionNameProblem(name)).not.toBeNull()
  expect(toRequests([item({}, name)], []).refused).toMatchObject([{ status: 'failure', error: { kind: 'permanent' } }])
})

it.each(['runs', 'a.b', 'systems', 'my-system.x', 'ä b'])('sends to the collection %j', (name) => {
  expect(collectionNameProblem(name)).toBeNull()
})

it.each([[new Date(0)], [new Map()], [new ObjectId()], [new Uint8Array(1)]])('refuses data that is no document: %s', (data) => {
  expect(toRequests([deliveryItem({ collection: 'runs', data: data as object as MongoPayload['data'] })], []).refused).toHaveLength(1)
})

it('gives every payload to one request of its collection, or one answer', () => {
  const names = fc.constantFrom('a', 'b', 'c', '', '$x')
  fc.assert(
    fc.property(fc.array(names), (collections) => {
      const batch = collections.map((name, n) => item({ n }, name))
      const { requests, refused } = toRequests(batch, [])
      const sent = requests.flatMap(({ writes }) => writes.map(({ id }) => id))
      expect([...sent, ...refused.map(({ id }) => id)].toSorted()).toEqual(batch.map(({ id }) => id).toSorted())
      expect(requests.map(({ collection }) => collection)).toEqual([...new Set(collections.filter((name) => /^[abc]$/.test(name)))])
    }),
  )
})

describe('encodeDocument', () => {
  it('gives the BSON of the document that is written, with the _id it has (DLQ-5)', () => {
    const data = { a: 1n, at: new Date(0), bytes: new Uint8Array([255]), none: undefined, _id: 'mine' }
    const { document } = toWrite('1', { collection: 'runs', data }, [])
    const { body } = encodeDocument({ collection: 'runs', data })
    expect(Buffer.from(body).equals(BSON.serialize(document, { ignoreUndefined: true }))).toBe(true)
    expect(BSON.deserialize(body)).toEqual({ _id: 'mine', a: 1, at: new Date(0), bytes: expect.anything() as unknown })
  })

  it('is the same each time, also where an _id would be made', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1, maxLength: 5 }), fc.jsonValue()), (data) => {
        const [first, second] = [0, 1].map(() => Buffer.from(encodeDocument({ collection: 'runs', data }).body))
        expect(first).toEqual(second)
      }),
    )
  })

  it('throws for what has no BSON form', () => {
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    for (const data of [circular, { a: new Set() }]) {
      expect(() => encodeDocument({ collection: 'runs', data })).toThrow(expect.objectContaining({ kind: 'permanent' }))
    }
  })
})

describe('upserts', () => {
  it('looks for the key by equality, never as a query', () => {
    const data = { id: { $gt: '' }, at: { day: 7 } }
    expect(toWrite('1', { collection: 'runs', data }, ['id', 'at.day'])).toEqual({
      id: '1',
      document: data,
      filter: { id: { $eq: { $gt: '' } }, 'at.day': { $eq: 7 } },
    })
  })

  it.each([[{}], [{ id: null }], [{ id: undefined }], [{ id: [1] }]])('refuses a key that would match other documents: %j', (data) => {
    expect(refusals(data, ['id'])).toMatchObject([{ status: 'failure', error: { kind: 'permanent' } }])
  })

  it('refuses an update operator', () => {
    expect(refusals({ id: 1, $set: { a: 1 } }, ['id'])).toHaveLength(1)
  })

  it('leaves the _id to the server, which keeps the one of the document it replaces', () => {
    expect(toWrite('1', { collection: 'runs', data: { id: 1 } }, ['id']).document).toEqual({ id: 1 })
  })
})

describe('documents the driver cannot send', () => {
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  it.each([
    ['too large', { text: 'x'.repeat(16 * 1024 * 1024) }, /limit/],
    ['larger than what the serialiser can hold', { text: 'x'.repeat(40 * 1024 * 1024) }, /limit/],
    ['circular', circular, /no BSON form/],
  ])('%s', (_what, data, message) => {
    expect(documentProblem(toWrite('1', { collection: 'runs', data }, []))).toMatchObject({ kind: 'permanent', message })
  })

  it('finds nothing wrong with a usual one', () => {
    expect(documentProblem(toWrite('1', { collection: 'runs', data: { a: 1, b: undefined, c: 1n } }, ['a']))).toBeNull()
  })
})
