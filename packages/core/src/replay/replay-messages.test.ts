import { describe, expect, it } from 'vitest'
import { messageAt } from '../../test/support/values.ts'
import { payloadRecord, sourceRecord, type DeadLetterFacts, type DeadLetterRecord } from '../dlq/dead-letter.ts'
import type { DeadPayload } from '../dlq/payload-fields.ts'
import { parseDeadLetter, type AnyDeadLetterRecord, type LegacyDeadLetterRecord } from '../dlq/read-dead-letter.ts'
import { reducedRecord } from '../dlq/shrink-dead-letter.ts'
import { replayMessages, type LogReplayMode } from './replay-messages.ts'

const bytes = Buffer.from([0xff, 0x00, 0xfe])
const message = messageAt(5, {
  partition: 3,
  key: bytes,
  value: bytes,
  headers: [
    ['trace', bytes],
    ['trace', Buffer.from('b')],
  ],
})
const facts: DeadLetterFacts = {
  topic: 'input',
  partition: 3,
  id: 'dlq-1',
  workerId: 'w-1',
  nowMs: 0,
  error: 'refused',
  errorType: 'Error',
  transient: false,
  attempts: 1,
  messages: [message],
  taskIds: [],
}

function payload(original: unknown, wire: { key?: Uint8Array; headers?: readonly (readonly [string, Uint8Array])[] } = {}): DeadPayload {
  return { id: 'p', original, list: 'kafka', encode: () => ({ body: Buffer.from('body'), ...wire }) }
}

/** As it is after the way through the log. */
function stored(record: DeadLetterRecord): AnyDeadLetterRecord {
  const parsed = parseDeadLetter(Buffer.from(JSON.stringify(record)))
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.record
}

const sinkLetter = (...payloads: readonly DeadPayload[]) => stored(payloadRecord(facts, { type: 'kafka', name: 'out' }, payloads))
const legacy: LegacyDeadLetterRecord = {
  schema_version: 1,
  original_payloads: ['{"sink":"","data":{"id":12345678901234567890}}'],
  sink_name: 'out',
  sink_type: 'kafka',
  error: 'bad',
  timestamp: 1,
  partition: 4,
  attempt_count: 1,
}
const replayed = (record: AnyDeadLetterRecord, mode: LogReplayMode, preservePartition = false) =>
  replayMessages(record, { mode, topic: 'again', preservePartition })

describe('mode payload', () => {
  it('publishes every payload verbatim, in order', () => {
    const letter = sinkLetter(payload({ data: 1 }), payload({ data: 'ü' }))
    expect(replayed(letter, 'payload')).toMatchObject({
      ok: true,
      messages: [
        { topic: 'again', value: Buffer.from('{"data":1}') },
        { topic: 'again', value: Buffer.from('{"data":"ü"}') },
      ],
    })
  })

  it("takes the payload's own key and headers, else those of its only source message", () => {
    const own = payload({ data: 1 }, { key: Buffer.from('own'), headers: [['h', Buffer.from('own')]] })
    const letter = sinkLetter(own, payload({ data: 2 }))
    expect(replayed(letter, 'payload')).toMatchObject({
      messages: [
        { key: Buffer.from('own'), headers: [['h', Buffer.from('own')]] },
        {
          key: Buffer.from(bytes),
          headers: [
            ['trace', Buffer.from(bytes)],
            ['trace', Buffer.from('b')],
          ],
        },
      ],
    })
  })

  it('takes the key and the headers of the source where the sink was no log', () => {
    const own = payload({ data: 1 }, { key: Buffer.from('row'), headers: [['authorization', Buffer.from('secret')]] })
    const letter = stored(payloadRecord(facts, { type: 'http', name: 'out' }, [own]))
    expect(replayed(letter, 'payload')).toMatchObject({
      messages: [{ key: Buffer.from(bytes), headers: message.headers.map(([name, value]) => [name, Buffer.from(value)]) }],
    })
  })

  it('takes nothing of several source messages, unless the payloads are those messages', () => {
    const two = { ...facts, messages: [message, messageAt(6)] }
    const ofSink = stored(payloadRecord(two, { type: 'kafka', name: 'out' }, [payload({ data: 1 })]))
    expect(replayed(ofSink, 'payload')).toMatchObject({ messages: [{ key: null, headers: [] }] })
    const ofHandler = stored(sourceRecord(two, 'arrange'))
    expect(replayed(ofHandler, 'payload')).toMatchObject({ messages: [{ key: Buffer.from(bytes) }, { key: Buffer.from('k6') }] })
  })

  it('goes to the partition of the source when asked to', () => {
    expect(replayed(sinkLetter(payload({})), 'payload', true)).toMatchObject({ messages: [{ partition: 3 }] })
    expect(replayed(legacy, 'payload', true)).toMatchObject({ messages: [{ partition: 4, key: null, headers: [] }] })
    expect(replayed(legacy, 'payload')).not.toHaveProperty('messages[0].partition')
  })

  it('has nothing to publish without payloads', () => {
    expect(replayed(sinkLetter(), 'payload')).toEqual({ ok: false, reason: 'it holds no payload' })
  })
})

describe('mode data', () => {
  it('publishes the text of the member, large numbers as they were', () => {
    expect(replayed(legacy, 'data')).toMatchObject({ messages: [{ value: Buffer.from('{"id":12345678901234567890}') }] })
  })

  it('publishes bytes as bytes', () => {
    expect(replayed(sinkLetter(payload({ data: bytes })), 'data')).toMatchObject({ ok: true, messages: [{ value: bytes }] })
  })

  it.each([
    ['no data', '{"sink":""}', 'payload 1 of 1: it has no member "data"'],
    ['no object', '[1]', 'payload 1 of 1: it is not a JSON object'],
    ['no JSON', 'text', 'payload 1 of 1: it is not JSON'],
  ])('skips an entry with %s', (_case, text, reason) => {
    expect(replayed({ ...legacy, original_payloads: [text] }, 'data')).toEqual({ ok: false, reason: expect.stringContaining(reason) })
  })
})

describe('mode source', () => {
  it('brings value, key, headers and timestamp back to the byte', () => {
    expect(replayed(sinkLetter(payload({}), payload({})), 'source', true)).toEqual({
      ok: true,
      messages: [
        {
          topic: 'again',
          partition: 3,
          key: Buffer.from(bytes),
          value: Buffer.from(bytes),
          headers: [
            ['trace', Buffer.from(bytes)],
            ['trace', Buffer.from('b')],
          ],
          timestamp: message.timestamp,
        },
      ],
    })
  })

  it('brings a tombstone back', () => {
    const letter = stored(sourceRecord({ ...facts, messages: [messageAt(5, { isTombstone: true, key: null })] }, 'arrange'))
    expect(replayed(letter, 'source')).toMatchObject({ messages: [{ value: null, key: null }] })
  })

  it.each<[string, AnyDeadLetterRecord, string]>([
    ['of schema 1', legacy, 'schema 1 does not hold the source message'],
    ['without a message', stored(sourceRecord({ ...facts, messages: [] }, 'task')), 'names no source message'],
    ['that was reduced', stored(reducedRecord(payloadRecord(facts, { type: 'kafka', name: 'out' }, [payload({})]))), 'left out'],
  ])('skips an entry %s', (_case, letter, reason) => {
    expect(replayed(letter, 'source')).toEqual({ ok: false, reason: expect.stringContaining(reason) })
  })
})
