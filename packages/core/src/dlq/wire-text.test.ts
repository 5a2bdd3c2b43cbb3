/** Whatever a plugin's `encode()` or a handler's payload is, the dead letter can be written, and the other payloads with it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { turn } from '../../test/support/values.ts'
import { payloadFields } from './payload-fields.ts'
import { wireText } from './wire-text.ts'

const bytes = Buffer.from('a')

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function throwing(member: PropertyKey): object {
  return Object.defineProperty({}, member, {
    enumerable: true,
    get: () => {
      throw new Error('lazy')
    },
  })
}

describe('wireText', () => {
  it('holds what the sink would have sent', () => {
    expect(wireText(() => ({ body: bytes, key: null, headers: [['h', Uint8Array.of(0xff)]] }))).toEqual({
      body: 'a',
      key: null,
      headers: [['h', { encoding: 'base64', data: '/w==' }]],
      error: null,
    })
  })

  it.each<[string, unknown, string]>([
    ['a text', 'text', 'encode() gave string'],
    ['nothing', undefined, 'encode() gave undefined'],
    ['null', null, 'encode() gave null'],
    ['a body that is text', { body: 'text' }, 'encode() gave a body that is no Uint8Array'],
    ['no body', { key: bytes }, 'encode() gave a body that is no Uint8Array'],
    ['a key that is text', { body: bytes, key: 'k' }, 'encode() gave a key that is no Uint8Array'],
    ['headers as an object', { body: bytes, headers: { a: 'b' } }, 'encode() gave headers that are no list'],
    ['headers as a list of names', { body: bytes, headers: ['a'] }, 'encode() gave a header that is no pair of name and value'],
    ['a header that is text', { body: bytes, headers: [['a', 'b']] }, 'encode() gave a header that is no Uint8Array'],
    ['a getter that throws', throwing('headers'), 'lazy'],
    ['a revoked proxy', revoked(), "Cannot perform 'get' on a proxy that has been revoked"],
    ['a promise', Promise.resolve({ body: bytes }), 'encode() gave a promise'],
  ])('says that the sink gave %s', (_case, form, error) => {
    expect(wireText(() => form)).toEqual({ body: null, key: null, headers: [], error })
  })

  it('says why the sink gave nothing, whatever it threw', () => {
    const thrown = (error: unknown) => () => {
      throw error
    }
    expect(wireText(thrown(new Error('at http://joe:secret@host'))).error).toBe('at http://***:***@host')
    expect(wireText(thrown(revoked())).error).toBe('a value that cannot be shown was thrown')
  })

  it('takes a promise that rejects for an error, and the process goes on', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    expect(wireText(async () => Promise.reject(new Error('later'))).error).toBe('encode() gave a promise')
    await turn()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('payloadFields', () => {
  const deep = Array.from({ length: 50_000 }).reduce<unknown>((inner) => [inner], 0)

  it.each<[string, unknown]>([
    ['a getter that throws', { data: throwing('x') }],
    ['a revoked proxy', revoked()],
    ['a revoked proxy inside', { data: revoked(), key: bytes }],
    ['a class name that throws', Object.assign(throwing(Symbol.toStringTag), { data: new Map() })],
    ['nesting without end', { data: deep }],
    ['a function', () => 1],
  ])('keeps the others whatever the payload is: %s', (_case, original) => {
    const fine = { id: 'p1', original: { data: 1 }, list: 'custom', encode: () => ({ body: bytes }) }
    const fields = payloadFields([{ ...fine, id: 'p0', original, encode: () => revoked() as never }, fine])
    expect(fields.original_payloads[1]).toBe('{"data":1}')
    expect(fields.payload_bodies).toEqual([null, 'a'])
    expect(fields.serialization_errors).toEqual([expect.any(String), null])
    expect(JSON.parse(JSON.stringify(fields))).toEqual(fields)
  })

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withMap: true, withSet: true, withNullPrototype: true, withObjectString: true }),
        fc.anything(),
        (original, form) => {
          const fields = payloadFields([{ id: 'p', original, list: 'custom', encode: () => form as never }])
          expect(fields.original_payloads.map((text) => typeof JSON.parse(text))).toHaveLength(1)
        },
      ),
      { numRuns: 200 },
    )
  })
})
