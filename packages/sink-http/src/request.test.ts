import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { HttpPayload } from './payload.ts'
import { toRequest, type RequestOptions } from './request.ts'

const options: RequestOptions = { headers: {}, authorization: null, idempotencyKeyHeader: '', trace: undefined }
const request = (payload: HttpPayload, given: Partial<RequestOptions> = {}, id = 'id-1') =>
  toRequest(deliveryItem(payload, { id }), { ...options, ...given })

it('is JSON with a type, unless the configuration says another (HTS-1)', () => {
  expect(request({ data: { a: [1] } })).toMatchObject({ body: '{"a":[1]}', headers: { 'content-type': 'application/json' } })
  expect(request({ data: 1 }, { headers: { 'Content-Type': 'text/x' } }).headers['content-type']).toBe('text/x')
})

it('takes a header from payload, configuration, trace and URL, in this order (COL-6)', () => {
  const trace = { traceparent: '00-a', tracestate: 's' }
  const given = { headers: { Authorization: 'mine', 'X-A': 'configured' }, authorization: 'Basic x', trace }
  const { headers } = request({ data: 1, headers: { 'x-a': 'own', Traceparent: '00-b' } }, given)
  expect(headers).toMatchObject({ authorization: 'mine', 'x-a': 'own', traceparent: '00-b', tracestate: 's' })
  expect(request({ data: 1 }, { authorization: 'Basic x' }).headers['authorization']).toBe('Basic x')
})

it('carries the id, which no header of a payload can replace', () => {
  const { headers } = request({ data: 1, headers: { 'idempotency-key': 'other' } }, { idempotencyKeyHeader: 'Idempotency-Key' })
  expect(headers['idempotency-key']).toBe('id-1')
})

it('makes a header of any id, and different ones of different ids', () => {
  const key = (id: string) => request({ data: 1 }, { idempotencyKeyHeader: 'k' }, id).headers['k'] ?? ''
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (first, second) => {
      expect(key(first)).toMatch(/^[\x21-\x7e]*$/)
      expect(key(first) === key(second)).toBe(first === second)
    }),
  )
  expect([key('a b'), key('ä%')]).toEqual(['a%20b', '%C3%A4%25'])
})

it('refuses what has no JSON text', () => {
  expect(() => request({ data: undefined })).toThrow()
})
