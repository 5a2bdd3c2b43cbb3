import { Type } from 'typebox'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { recordAt } from '../../../test/support/values.ts'
import type { AnyHandler } from '../../handler.ts'
import { silentLogger } from '../../observability/logger.ts'
import { Hooks } from '../collect/hooks.ts'
import { Decoder, type Decoded } from './decode.ts'

const { signal } = new AbortController()

function decoderOf(members: Partial<AnyHandler> = {}): Decoder {
  const handler = { arrange: () => [], ...members }
  return new Decoder(handler, new Hooks({ handler, logger: silentLogger, sinks: {}, onTaskFailure: 'dead_letter' }))
}

const bytes = (text: string) => recordAt(1, { value: Buffer.from(text) })

function decodeNow(decoder: Decoder, text: string): Decoded {
  const decoded = decoder.decode(bytes(text), signal)
  if (decoded instanceof Promise) throw new Error('decoded asynchronously')
  return decoded
}

describe('a record', () => {
  it('becomes a message with everything the log knows', () => {
    const headers = [['h', Buffer.from('v')]] as const
    const decoded = decoderOf().decode(recordAt(7, { key: Uint8Array.of(1, 2), headers }), signal)
    expect(decoded).toEqual({
      ok: true,
      message: {
        topic: 'input',
        partition: 0,
        offset: 7,
        key: Buffer.from([1, 2]),
        value: Buffer.from('{"n":7}'),
        isTombstone: false,
        headers,
        timestamp: 1_700_000_000_007,
        payload: { n: 7 },
      },
    })
  })

  it('of a plain byte array is not copied', () => {
    const value = new Uint8Array(Buffer.from('[1]'))
    const decoded = decoderOf().decode(recordAt(1, { value }), signal)
    expect(decoded).toMatchObject({ ok: true, message: { value: { buffer: value.buffer } } })
  })

  it('without a value is a tombstone: no schema and no hook sees it', () => {
    const decoder = decoderOf({
      input: Type.Object({ n: Type.Number() }),
      deserializeMessage: () => expect.unreachable('a tombstone has nothing to decode'),
    })
    expect(decoder.decode(recordAt(1, { value: null }), signal)).toMatchObject({
      ok: true,
      message: { isTombstone: true, payload: null, value: Buffer.alloc(0) },
    })
  })

  it.each([
    ['text', 'hello'],
    ['an empty value', ''],
    ['half an object', '{"a":'],
    ['too much nesting', '['.repeat(10_000) + ']'.repeat(10_000)],
  ])('is invalid: %s', (_case, text) => {
    const decoded = decodeNow(decoderOf(), text)
    expect(decoded).toMatchObject({ ok: false, message: { payload: null, value: Buffer.from(text) } })
    expect(decoded.ok ? '' : decoded.error).not.toBe('')
    expect(decoded.message.payloadError).toBe(decoded.ok ? '' : decoded.error)
  })

  it('cannot change a prototype', () => {
    const decoded = decodeNow(decoderOf(), '{"__proto__":{"admin":true},"a":{"\\u005f_proto__":1,"b":2}}')
    expect(JSON.stringify(decoded.message.payload)).toBe('{"a":{"b":2}}')
    expect(Reflect.get(Object(decoded.message.payload), 'admin')).toBeUndefined()
  })
})

describe('a schema', () => {
  it.each([
    ['TypeBox', Type.Object({ n: Type.Integer() })],
    ['zod', z.object({ n: z.int() })],
    ['valibot', v.object({ n: v.pipe(v.number(), v.integer()) })],
  ])('of %s answers at once, and names the place that is wrong', (_kind, input) => {
    const decoder = decoderOf({ input })
    expect(decodeNow(decoder, '{"n":1}')).toMatchObject({ ok: true, message: { payload: { n: 1 } } })
    const decoded = decodeNow(decoder, '{"n":"x"}')
    expect(decoded.ok ? '' : decoded.error).toMatch(/^n .+/)
  })

  it('that is asynchronous is waited for', async () => {
    const decoder = decoderOf({ input: z.object({ n: z.number() }).refine(async ({ n }) => n > 0, 'not above zero') })
    const pending = decoder.decode(bytes('{"n":1}'), signal)
    expect(pending).toBeInstanceOf(Promise)
    expect(await pending).toMatchObject({ ok: true })
    expect(await decoder.decode(bytes('{"n":0}'), signal)).toMatchObject({ ok: false, error: 'not above zero' })
  })

  it('joins all that is wrong', () => {
    const decoded = decodeNow(decoderOf({ input: Type.Object({ a: Type.String(), b: Type.Number() }) }), '{}')
    expect(decoded).toMatchObject({ ok: false, error: 'a is required; b is required' })
  })
})

describe('deserializeMessage', () => {
  it('replaces JSON and schema', async () => {
    const decoder = decoderOf({ input: Type.Number(), deserializeMessage: (message) => message.value.toString('hex') })
    expect(await decoder.decode(bytes('no json'), signal)).toMatchObject({ ok: true, message: { payload: '6e6f206a736f6e' } })
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('cannot read')
      },
    ],
    ['rejects', () => Promise.reject(new Error('cannot read'))],
  ])('that %s makes the message invalid (HND-31)', async (_how, deserializeMessage) => {
    expect(await decoderOf({ deserializeMessage }).decode(bytes('{}'), signal)).toMatchObject({
      ok: false,
      error: 'cannot read',
      message: { payload: null, payloadError: 'cannot read' },
    })
  })
})
