import { describe, expect, it } from 'vitest'
import { classifyError, isTransientError } from './classify.ts'
import { SinkError } from './errors.ts'

const withCode = (code: string): Error => Object.assign(new Error('x'), { code })

describe('transient are', () => {
  const cyclic = new Error('a', { cause: withCode('EPIPE') })
  it.each([
    ['a connection error', withCode('ECONNRESET')],
    ['a name that cannot be resolved', withCode('ENOTFOUND')],
    ['a time-out of undici', withCode('UND_ERR_BODY_TIMEOUT')],
    ['a time-out of a signal', new DOMException('', 'TimeoutError')],
    ['an error that says so itself', Object.assign(new Error('x'), { transient: true })],
    ['a throttled sink error', new SinkError({ kind: 'throttled', message: 'x', retryAfterMs: 1 })],
    ['a cause that is one', new TypeError('fetch failed', { cause: new Error('b', { cause: withCode('ECONNREFUSED') }) })],
    ['an AggregateError of nothing else', new AggregateError([withCode('ECONNREFUSED'), withCode('ETIMEDOUT')])],
    ['a plain object with a code', { code: 'EPIPE' }],
    ['a cause beside a cycle', cyclic],
  ])('%s', (_name, error) => {
    expect(isTransientError(error)).toBe(true)
    expect(classifyError(error).kind).not.toBe('permanent')
  })
})

describe('permanent are', () => {
  const cyclic = new Error('a')
  cyclic.cause = new Error('b', { cause: cyclic })
  const hostile = new Proxy(new Error('x'), {
    get(_target, key) {
      if (typeof key === 'symbol') return undefined
      throw new Error('do not look')
    },
  })
  it.each([
    ['a TypeError', new TypeError('x')],
    ['an unknown code', withCode('ENOENT')],
    ['a permanent sink error around a connection error', new SinkError({ kind: 'permanent', message: 'x', cause: withCode('EPIPE') })],
    ['an AggregateError of both kinds', new AggregateError([withCode('EPIPE'), new Error('x')])],
    ['an empty AggregateError', new AggregateError([])],
    ['a chain that bites its tail', cyclic],
    ['an object that throws when it is read', hostile],
    ['undefined', undefined],
    ['a string', 'ECONNRESET'],
  ])('%s', (_name, error) => {
    expect(isTransientError(error)).toBe(false)
  })
})

it('searches the nearest sink error first', () => {
  const inner = new SinkError({ kind: 'permanent', message: 'x' })
  expect(isTransientError(new Error('outer', { cause: inner }))).toBe(false)
})

describe('classifyError', () => {
  it('gives a sink error back as it is', () => {
    const error = new SinkError({ kind: 'throttled', message: 'slow down', retryAfterMs: 5 })
    expect(classifyError(error)).toBe(error)
  })

  it('keeps the original as the cause and removes credentials from the message', () => {
    const original = new Error('connect to pg://u:CANARY@h failed')
    const error = classifyError(original)
    expect(error).toMatchObject({ kind: 'permanent', message: 'connect to pg://***:***@h failed', cause: original })
  })
})
