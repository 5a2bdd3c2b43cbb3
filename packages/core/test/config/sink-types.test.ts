import { Type } from 'typebox'
import { describe, expect, test } from 'vitest'
import { parseConfigDocument } from '../../src/config/load-config.ts'
import { redactedConfig } from '../../src/config/redacted-config.ts'
import { loadText, problemsOf } from './load-text.ts'
import { sinkSchemas } from './sink-schemas.ts'

describe('a schema that says more than its properties', () => {
  const account = Type.Object(
    { user: Type.Optional(Type.String()), password: Type.Optional(Type.String()), port: Type.Integer({ default: 1 }) },
    { dependentRequired: { user: ['password'] } },
  )
  const options = { sinkSchemas: new Map([['account', account]]) }

  test('is asked as a whole, at the place of the instance', () => {
    expect(problemsOf('sinks:\n  account:\n    a: { user: u }', {}, options)).toEqual([
      expect.stringMatching(/^drakkar\.yaml:3:8 sinks\.account\.a: .*password/),
    ])
  })

  test('is asked after the defaults', () => {
    const { config } = loadText('sinks:\n  account:\n    a: { user: u, password: p }', {}, options)
    expect(config.sinks['account']).toMatchObject({ a: { user: 'u', password: 'p', port: 1 } })
  })
})

describe('a value that the check of the sink itself refuses', () => {
  const url = Type.Refine(
    Type.String(),
    (value) => value.startsWith('https://'),
    () => 'must begin with https://',
  )
  const options = { sinkSchemas: new Map([['hook', Type.Object({ url: Type.Union([url, Type.Null()]) })]]) }

  test.each([
    ['http://169.254.169.254/latest', 'must begin with https://, got "http://169.254.169.254/latest"'],
    ['5', 'must be a string or null, got 5'],
  ])('is described in its words: %s', (value, message) => {
    expect(problemsOf(`sinks:\n  hook:\n    main:\n      url: ${value}`, {}, options)).toEqual([
      `drakkar.yaml:4:12 sinks.hook.main.url: ${message}`,
    ])
  })
})

describe('a sink type without an instance', () => {
  const text = 'sinks:\n  mongo:\n  postgres: {}\n  custom: { clickhouse: {} }'

  test('needs no package', () => {
    expect(loadText(text, {}, { sinkSchemas: new Map() }).config.sinks).toEqual({
      circuit_breaker: { failure_threshold: 5, cooldown_seconds: 30, on_open: 'dlq' },
      custom: {},
    })
    expect(parseConfigDocument({ text, file: '/app/drakkar.yaml', shownAs: 'drakkar.yaml' }, {}).usedSinkTypes).toEqual([])
  })
})

describe('the configuration as it may be shown', () => {
  test('has no secret in it', () => {
    const { config } = loadText(`
kafka: { sasl: { username: u, password: c4n4ry }, client_options: { a: c4n4ry } }
executor: { env: { PLAIN: c4n4ry } }
debug: { auth_token: c4n4ry, prometheus_url: 'https://u:c4n4ry@h' }
sinks:
  postgres: { main: { dsn: 'postgresql://u:c4n4ry@h/d' } }
  http: { hook: { url: 'https://u:c4n4ry@h', headers: { Authorization: c4n4ry } } }
  custom: { my_custom: { a: { endpoint: x, api_key: c4n4ry } } }`)
    const shown = JSON.stringify(redactedConfig(config, sinkSchemas))
    expect(shown).not.toContain('c4n4ry')
    expect(shown).toContain('"max_executors":4')
    expect(JSON.stringify(redactedConfig(config, new Map()))).not.toContain('c4n4ry')
  })
})
