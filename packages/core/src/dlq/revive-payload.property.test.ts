import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deadLetterFacts } from '../../test/support/dead-letter-facts.ts'
import { messageAt } from '../../test/support/values.ts'
import { payloadRecord, type DeadLetterRecord } from './dead-letter.ts'
import { decodeBytes } from './encoded-bytes.ts'
import type { DeadPayload } from './payload-fields.ts'
import { parseDeadLetter } from './read-dead-letter.ts'
import { revivePayload } from './revive-payload.ts'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.string().map((text) => Buffer.from(text)),
)

/** Whatever a structured clone keeps, nested. */
const cloneable = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withSparseArray: true, withTypedArray: true }),
    fc.string({ unit: 'binary' }),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    bytes,
    fc.constantFrom(/a+/gi, new Error('told'), Object('boxed'), -0, Number.NaN),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => new Set(values)),
  ),
})).value

function dead(
  original: unknown,
  wire: { readonly body: Uint8Array; readonly key: Uint8Array | null; readonly headers: [string, Uint8Array][] },
) {
  return { id: 'p', original, list: 'custom', encode: () => wire } satisfies DeadPayload
}

/** What a reader of the topic finds. */
function stored(payloads: readonly DeadPayload[], messages = deadLetterFacts().messages): DeadLetterRecord {
  const parsed = parseDeadLetter(
    Buffer.from(JSON.stringify(payloadRecord(deadLetterFacts({ messages }), { type: 'x', name: 'y' }, payloads))),
  )
  if (!parsed.ok) throw new Error(parsed.reason)
  if (parsed.record.schema_version !== 2) throw new Error('an old record')
  return parsed.record
}

describe('a payload read back from its dead letter', () => {
  it('is equal to what it was, whatever a structured clone can keep', () => {
    const emptyWire = { body: new Uint8Array(), key: null, headers: [] }
    fc.assert(
      fc.property(fc.array(cloneable, { minLength: 1, maxLength: 4 }), (originals) => {
        const record = stored(originals.map((original) => dead(original, emptyWire)))
        const revived = originals.map((_, index) => revivePayload(record, index))
        expect(revived).toStrictEqual(originals.map((payload) => ({ ok: true, payload })))
      }),
      { numRuns: 500 },
    )
  })

  it('is the object it was, with bytes in its fields', () => {
    fc.assert(
      fc.property(bytes, fc.dictionary(fc.string(), cloneable, { maxKeys: 3, noNullPrototype: true }), (key, data) => {
        const original = { sink: 'main', key, data }
        const record = stored([dead(original, { body: key, key, headers: [] })])
        expect(revivePayload(record, 0)).toStrictEqual({ ok: true, payload: original })
      }),
    )
  })
})

describe('bytes read back from a dead letter', () => {
  it('are those that were written: bodies, keys and headers of payloads and of the source', () => {
    const headers = fc.array(fc.tuple(fc.string(), bytes), { maxLength: 3 })
    const nullable = fc.option(bytes)
    fc.assert(
      fc.property(bytes, nullable, headers, (body, key, named) => {
        const message = messageAt(5, { key: key === null ? null : Buffer.from(key), value: Buffer.from(body), headers: named })
        const record = stored([dead({}, { body, key, headers: named })], [message])
        const plain = (value: Uint8Array | null): number[] | null => (value === null ? null : [...value])
        const read = {
          body: plain(decodeBytes(record.payload_bodies?.[0] ?? null)),
          key: plain(decodeBytes(record.payload_keys?.[0] ?? null)),
          headers: record.payload_headers?.[0]?.map(([name, value]) => [name, plain(decodeBytes(value))]),
        }
        const source = {
          body: plain(decodeBytes(record.source.values[0] ?? null)),
          key: plain(decodeBytes(record.source.keys[0] ?? null)),
          headers: record.source.headers[0]?.map(([name, value]) => [name, plain(decodeBytes(value))]),
        }
        const written = { body: plain(body), key: plain(key), headers: named.map(([name, value]) => [name, plain(value)]) }
        expect([read, source]).toEqual([written, written])
      }),
    )
  })
})
