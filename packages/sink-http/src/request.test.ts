import { deliveryItem } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { HttpPayload } from './payload.ts'
import { encodeRequest, toRequest, type RequestOptions } from './request.ts'
import { configuredTarget } from './target.ts'

const options = { headers: {}, idempotencyKeyHeader: '', trace: undefined, allowUrlOverride: true }
const request = (payload: HttpPayload, given: Partial<RequestOptions> = {}, id = 'id-1') => {
  const { url = 'http://me:x@receiver/in?a=1', ...rest } = given
  return toRequest(deliveryItem(payload, { id }), { ...options, url, configured: configuredTarget(url), ...rest })
}
const urlAuthorization = `Basic ${Buffer.from('me:x').toString('base64')}`

it('is JSON with a type, unless the configuration says another (HTS-1)', () => {
  expect(request({ data: { a: [1] } })).toMatchObject({ body: '{"a":[1]}', headers: { 'content-type': 'application/json' } })
  expect(request({ data: 1 }, { headers: { 'Content-Type': 'text/x' } }).headers['content-type']).toBe('text/x')
})

it('takes a header from payload, configuration, trace and URL, in this order (COL-6)', () => {
  const trace = { traceparent: '00-a', tracestate: 's' }
  const given = { headers: { Authorization: 'mine', 'X-A': 'configured' }, trace }
  const { headers } = request({ data: 1, headers: { 'x-a': 'own' } }, given)
  expect(headers).toMatchObject({ authorization: 'mine', 'x-a': 'own', traceparent: '00-a', tracestate: 's' })
  expect(request({ data: 1 }).headers['authorization']).toBe(urlAuthorization)
})

it.each([
  [{ Traceparent: '00-b' }, {}],
  [{}, { traceparent: '00-b' }],
])('adds no part of the trace to a request that has its own', (own, configured) => {
  const trace = { traceparent: '00-a', tracestate: 's' }
  const { headers } = request({ data: 1, headers: own }, { headers: configured, trace })
  expect([headers['traceparent'], headers['tracestate']]).toEqual(['00-b', undefined])
})

it('goes to the configured URL, or to that of the payload (BSP-16)', () => {
  expect(request({ data: 1 })).toMatchObject({ origin: 'http://receiver', path: '/in?a=1' })
  expect(request({ data: 1, url: 'https://other:8443/b' })).toMatchObject({ origin: 'https://other:8443', path: '/b' })
  expect(() => request({ data: 1, url: '/b' }, { allowUrlOverride: false })).toThrow('allow_url_override')
})

it('gives another server the type of the body, the key and its own headers, and nothing else of the configuration', () => {
  const given = { headers: { 'X-Api-Key': 'secret', 'Content-Type': 'text/x', Host: 'receiver' }, idempotencyKeyHeader: 'Key' }
  const own = { 'x-kind': 'own' }
  const { headers } = request({ data: 1, url: 'http://other/', headers: own }, given)
  expect(headers).toEqual({ 'user-agent': 'drakkar-sink-http', 'content-type': 'text/x', 'x-kind': 'own', key: 'id-1' })
  expect(request({ data: 1, url: '/c', headers: own }, given).headers).toMatchObject({
    'x-api-key': 'secret',
    authorization: urlAuthorization,
  })
})

it('encodes body, type and own headers as they are sent, and no configured header (DLQ-5)', () => {
  const headerText = fc.stringMatching(/^[!-~]{0,6}$/)
  const names = fc.constantFrom('X-A', 'x-b', 'Content-Type')
  fc.assert(
    fc.property(fc.jsonValue(), fc.dictionary(names, headerText), (data, headers) => {
      const sent = request({ data, headers }, { headers: { 'x-api-key': 'secret', 'content-type': 'text/x' } })
      const encoded = encodeRequest({ data, headers }, { 'x-api-key': 'secret', 'content-type': 'text/x' })
      expect(Buffer.from(encoded.body).toString('utf8')).toBe(sent.body)
      const entries = (encoded.headers ?? []).map(([name, value]) => [name, Buffer.from(value).toString('latin1')])
      expect(sent.headers).toMatchObject(Object.fromEntries(entries))
      expect(entries.map(([name]) => name)).not.toContain('x-api-key')
      expect(entries.map(([name]) => name)).toEqual(
        expect.arrayContaining(['content-type', ...Object.keys(headers).map((name) => name.toLowerCase())]),
      )
    }),
  )
  expect(encodeRequest({ data: 'é' }, {})).toEqual({
    body: Buffer.from('"é"'),
    headers: [['content-type', Buffer.from('application/json')]],
  })
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
