import { compileSchema, redactConfig } from '@drakkar/plugin-sdk'
import { Default } from 'typebox/value'
import { expect, it } from 'vitest'
import { KafkaSinkConfig } from './config.ts'
import { KafkaPayload } from './payload.ts'

it('needs nothing but a topic (CFG-30)', () => {
  expect(Default(KafkaSinkConfig, { topic: 't' })).toEqual({
    topic: 't',
    brokers: '',
    acks: 'all',
    enable_idempotence: false,
    compression: 'none',
    max_request_bytes: 1_000_000,
    allow_topic_override: false,
    tls: false,
    sasl: null,
    client_options: {},
  })
})

it.each([{}, { topic: '' }, { topic: 't', acks: 0 }, { topic: 't', compression: 'brotli' }, { topic: 't', sasl: { username: 'u' } }])(
  'refuses %j',
  (given) => {
    expect(compileSchema(KafkaSinkConfig).check(Default(KafkaSinkConfig, structuredClone(given)))).toBe(false)
  },
)

it('shows no secret', () => {
  const sasl = { mechanism: 'plain', username: 'u', password: 'hunter2' }
  const shown = JSON.stringify(
    redactConfig(KafkaSinkConfig, { topic: 't', sasl, tls: { passphrase: 'hunter3' }, client_options: { x: 'hunter4' } }),
  )
  expect(shown).not.toMatch(/hunter/)
})

it.each([
  [{ data: undefined }, true],
  [{ data: null, key: new Uint8Array([1]) }, true],
  [{ key: 'k' }, false],
  [{ data: 1, key: 7 }, false],
  [{ data: 1, timestamp: -1 }, false],
  [{ data: 1, headers: { a: ['x', new Uint8Array()] } }, true],
])('payload %j: %s', (payload, expected) => {
  expect(compileSchema(KafkaPayload).check(payload)).toBe(expected)
})
