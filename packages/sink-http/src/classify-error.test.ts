import { SinkError } from '@drakkar/plugin-sdk'
import { describe, expect, it } from 'vitest'
import { answerError, parseRetryAfter, requestError } from './classify-error.ts'

const rules = { label: 'POST http://h', transientStatuses: [408, 425, 429, 502, 503, 504], secrets: ['tell-nobody'], nowMs: 1_000_000 }
const kindOf = (status: number, retryAfter: string | null = null) =>
  answerError({ status, retryAfter, text: '' }, rules)?.kind ?? 'delivered'

describe('answerError', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'permanent'],
    [304, 'permanent'],
    [400, 'permanent'],
    [404, 'permanent'],
    [408, 'transient'],
    [425, 'transient'],
    [429, 'throttled'],
    [500, 'permanent'],
    [501, 'permanent'],
    [502, 'transient'],
    [503, 'throttled'],
    [504, 'transient'],
  ])('%i is %s (DLV-21)', (status, kind) => {
    expect(kindOf(status)).toBe(kind)
  })

  it.each([
    [429, 'throttled'],
    [500, 'throttled'],
    [503, 'throttled'],
    [400, 'permanent'],
    [301, 'permanent'],
    [201, 'delivered'],
  ])('%i with Retry-After is %s', (status, kind) => {
    expect(kindOf(status, '3')).toBe(kind)
  })

  it('shows a text on one line, cut, without secrets (HTS-6)', () => {
    const text = `no\r\n\u001b[31m tell-nobody password="hunter2" ${'é'.repeat(600)}`
    const message = answerError({ status: 400, retryAfter: null, text }, rules)?.message ?? ''
    expect(message).toMatch(/^POST http:\/\/h answered 400: no \[31m \*\*\* password=\*\*\* é+…$/)
    expect(message.slice('POST http://h answered 400: '.length)).toHaveLength(512)
  })
})

describe('parseRetryAfter', () => {
  it.each([
    [null, undefined],
    ['', undefined],
    ['5', 5000],
    [' 0 ', 0],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['Thu, 01 Jan 1970 00:16:45 GMT', 5000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['9999999999', 3_600_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 3_600_000],
    ['99999999999999999999', undefined],
  ])('%s: %s', (value, expected) => {
    expect(parseRetryAfter(value, rules.nowMs)).toBe(expected)
  })
})

describe('requestError', () => {
  const coded = (code: string) => Object.assign(new Error('went wrong'), { code })

  it.each([
    ['a closed connection', coded('UND_ERR_SOCKET'), true],
    ['a time limit for the answer', coded('UND_ERR_HEADERS_TIMEOUT'), true],
    ['a time limit of the call', new DOMException('', 'TimeoutError'), true],
    ['a refused connection', coded('ECONNREFUSED'), false],
    ['several refused connections', new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]), false],
    ['a host that is not known', coded('ENOTFOUND'), false],
    ['a request the client refuses', coded('UND_ERR_INVALID_ARG'), false],
  ])('after %s the receiver may have the payload: %s', (_what, error, expected) => {
    expect(requestError(error, rules.label).ambiguous).toBe(expected)
  })

  it.each([
    ['a refused connection', coded('ECONNREFUSED'), 'transient'],
    ['a closed connection', coded('UND_ERR_SOCKET'), 'transient'],
    ['a certificate', coded('CERT_HAS_EXPIRED'), 'transient'],
    ['an answer that is no HTTP', coded('HPE_INVALID_CONSTANT'), 'transient'],
    ['a request the client refuses', coded('UND_ERR_INVALID_ARG'), 'permanent'],
    ['a forbidden host', new Error('connect', { cause: new SinkError({ kind: 'permanent', message: 'forbidden' }) }), 'permanent'],
    ['a forbidden host among several', new AggregateError([new SinkError({ kind: 'permanent', message: 'forbidden' })]), 'permanent'],
  ])('%s is %s', (_what, error, kind) => {
    expect(requestError(error, rules.label)).toMatchObject({ kind, message: expect.stringMatching(/^POST http:\/\/h failed: ./) as string })
  })

  it('names what happened at each address of a host', () => {
    const error = new AggregateError([new Error('connect ECONNREFUSED ::1:80'), new Error('connect ECONNREFUSED 127.0.0.1:80')])
    expect(requestError(error, 'POST http://h').message).toBe(
      'POST http://h failed: connect ECONNREFUSED ::1:80; connect ECONNREFUSED 127.0.0.1:80',
    )
  })
})
