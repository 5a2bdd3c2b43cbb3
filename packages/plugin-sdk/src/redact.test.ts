import fc from 'fast-check'
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { redactByName, redactConfig, redactText } from './redact.ts'
import { secret } from './schema.ts'

/** A password that cannot be found by accident, with the characters that split URLs and DSNs. */
const canary = fc
  .array(fc.constantFrom('@', '/', ':', 'x', '9', '%', '?', '#', '=', '&', ',', '+', '$', '!', ';'), { maxLength: 8 })
  .map((parts) => ({ password: `CANARY${parts.join('')}CANARY` }))

describe('URL credentials', () => {
  it.each([
    ['postgres://user:pass@host:5432/db', 'postgres://***:***@host:5432/db'],
    ['postgres://user:p@ss/w:rd@host/db', 'postgres://***:***@host/db'],
    ['mongodb://u:p@a,b:27017/x', 'mongodb://***:***@a,b:27017/x'],
    ['redis://:pw@host', 'redis://***:***@host'],
    ['https://token@host/path', 'https://***:***@host/path'],
    ['from a://u:p@h to "b://u:p@h"', 'from a://***:***@h to "b://***:***@h"'],
    ['no credentials: https://host:8080/path?q=1', 'no credentials: https://host:8080/path?q=1'],
    ['https://host/@scope/name', 'https://host/@scope/name'],
    ['write to me@example.com', 'write to me@example.com'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })

  it('never leaks a password, whatever is in it and around it', () => {
    fc.assert(
      fc.property(
        canary,
        fc.constantFrom('', ' ', '"', ' at '),
        fc.constantFrom('h', 'h:1', 'a,b', '[::1]:9'),
        ({ password }, around, host) => {
          expect(redactText(`x${around}kafka://user:${password}@${host}${around}y`)).not.toContain('CANARY')
        },
      ),
    )
  })
})

describe('key=value DSNs and their like', () => {
  it.each([
    ['host=h password=abc dbname=d', 'host=h password=*** dbname=d'],
    [String.raw`host=h password='a b\'c' dbname=d`, 'host=h password=*** dbname=d'],
    [String.raw`password=a\ b user=u`, 'password=*** user=u'],
    ['Server=s;Password={a;b c};Database=d', 'Server=s;Password=***;Database=d'],
    ['{"password": "a b", "user": "u"}', '{"password": ***, "user": "u"}'],
    ["sasl: { password: 'x', mechanism: 'plain' }", "sasl: { password: ***, mechanism: 'plain' }"],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
    ['client_secret=abc', 'client_secret=***'],
    ['password authentication failed for user u', 'password authentication failed for user u'],
    ['key=abc partition=3', 'key=abc partition=3'],
  ])('%s', (text, expected) => {
    expect(redactText(text)).toBe(expected)
  })

  it('never leaks a password, quoted or not', () => {
    const forms = fc.constantFrom(
      (password: string) => `host=h password=${password} dbname=d`,
      (password: string) => `host=h password='${password} ${password}' dbname=d`,
      (password: string) => `Password="${password} ${password}";Server=s`,
      (password: string) => `{"password":"${password} ${password}"}`,
      (password: string) => `Authorization: Basic ${password.replaceAll(/[^a-zA-Z0-9+/=]/g, '')}`,
    )
    fc.assert(
      fc.property(canary, forms, ({ password }, form) => {
        expect(redactText(form(password))).not.toContain('CANARY')
      }),
    )
  })
})

it('changes nothing the second time, and never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(redactText(redactText(text))).toBe(redactText(text))
    }),
  )
  const words = fc.array(fc.constantFrom('password', '=', ':', '"', "'", '\\', '://', '@', ' ', 'x', '{', '}', 'bearer ', '***'))
  fc.assert(
    fc.property(words, (parts) => {
      expect(typeof redactText(parts.join(''))).toBe('string')
    }),
  )
})

it.each(['://', 'password=\\', "password='\\a", 'password', "'", 'authorization:', 'bearer ', 'password: "', '@', 'a://b@'])(
  'comes to an end on a million repetitions of %j',
  (part) => {
    expect(typeof redactText(part.repeat(1_000_000))).toBe('string')
  },
)

describe('redactByName', () => {
  it.each(['DB_PASSWORD', 'db_password_file', 'Secret', 'github_token_2', 'AWS_ACCESS_KEY', 'my_api_key_1', 'CREDENTIALS', 'SENTRY_DSN'])(
    '%s is secret',
    (name) => {
      expect(redactByName(name, 'value')).toBe('***')
      expect(redactByName(name, '')).toBe('')
    },
  )

  it.each(['KEYBOARD', 'MONKEY', 'DSN_COUNT', 'USER'])('%s is not', (name) => {
    expect(redactByName(name, 'value')).toBe('value')
  })

  it('still removes credentials from the value of a harmless name', () => {
    expect(redactByName('DATABASE_URL', 'pg://u:p@h')).toBe('pg://***:***@h')
  })
})

describe('redactConfig', () => {
  const schema = Type.Object({
    name: Type.String(),
    url: Type.String(),
    sasl: Type.Optional(Type.Object({ username: Type.String(), phrase: secret() })),
    mirrors: Type.Optional(Type.Array(Type.Object({ pin: secret() }))),
    headers: Type.Optional(Type.Record(Type.String(), secret())),
    either: Type.Optional(Type.Union([Type.Number(), secret()])),
  })

  it('hides what the schema marks, wherever it is nested, and credentials in any string', () => {
    const value = {
      name: 'n',
      url: 'pg://u:CANARY@h',
      sasl: { username: 'u', phrase: 'CANARY' },
      mirrors: [{ pin: 'CANARY' }, { pin: '' }],
      headers: { authorization: 'CANARY' },
      either: 'CANARY',
    }
    expect(redactConfig(schema, value)).toEqual({
      name: 'n',
      url: 'pg://***:***@h',
      sasl: { username: 'u', phrase: '***' },
      mirrors: [{ pin: '***' }, { pin: '' }],
      headers: { authorization: '***' },
      either: '***',
    })
    expect(value.sasl.phrase).toBe('CANARY')
  })

  it('judges members the schema does not know by their name', () => {
    expect(redactConfig(schema, { api_token: { deep: 'CANARY' }, size: 3 })).toEqual({ api_token: '***', size: 3 })
  })

  it('never throws and never leaks a value under a secret schema', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        redactConfig(schema, value)
        expect(redactConfig(secret(), value === '' || value === null || value === undefined ? 'x' : value)).toBe('***')
      }),
    )
  })
})
