import { compileSchema, redactConfig } from '@drakkar/plugin-sdk'
import { Default } from 'typebox/value'
import { expect, it } from 'vitest'
import { RedisSinkConfig } from './config.ts'
import { RedisPayload } from './payload.ts'

it('needs nothing (CFG-34)', () => {
  expect(Default(RedisSinkConfig, {})).toEqual({
    url: 'redis://localhost:6379/0',
    key_prefix: '',
    tls: null,
    response_timeout_seconds: 10,
    max_value_bytes: 536_870_912,
  })
})

it.each([{ url: '' }, { url: 'localhost:6379' }, { response_timeout_seconds: 0 }, { max_value_bytes: 0 }, { tls: true }])(
  'refuses %j',
  (given) => {
    expect(compileSchema(RedisSinkConfig).check(Default(RedisSinkConfig, structuredClone(given)))).toBe(false)
  },
)

it('says what is wrong with a URL, and where', () => {
  const config = Default(RedisSinkConfig, { url: 'http://me:hunter2@localhost' })
  expect(compileSchema(RedisSinkConfig).issues(config)).toMatchObject([{ path: 'url', message: 'must begin with redis:// or rediss://' }])
})

it('shows no secret', () => {
  const shown = JSON.stringify(redactConfig(RedisSinkConfig, { url: 'redis://me:hunter2@host/0', tls: { passphrase: 'hunter3' } }))
  expect(shown).not.toMatch(/hunter/)
  expect(shown).toContain('@host/0')
})

it.each([
  [{ key: 'a', data: undefined }, true],
  [{ key: '', data: null, ttl: null }, true],
  [{ key: 'a', data: 1, ttl: 1 }, true],
  [{ key: 'a', data: 1, ttl: 0 }, false],
  [{ key: 'a', data: 1, ttl: -5 }, false],
  [{ key: 'a', data: 1, ttl: 0.5 }, false],
  [{ key: 'a' }, false],
])('payload %j: %s (RDS-2)', (payload, expected) => {
  expect(compileSchema(RedisPayload).check(payload)).toBe(expected)
})
