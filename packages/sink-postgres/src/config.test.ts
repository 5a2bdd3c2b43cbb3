import { compileSchema, redactConfig } from '@drakkar/plugin-sdk'
import { Default } from 'typebox/value'
import { expect, it } from 'vitest'
import { PostgresSinkConfig } from './config.ts'
import { PostgresPayload } from './payload.ts'

const dsn = 'postgres://me:hunter2@host/db'

it('needs nothing but a DSN (CFG-31)', () => {
  expect(Default(PostgresSinkConfig, { dsn })).toEqual({ dsn, pool_min: 2, pool_max: 10, on_conflict: null, tls: false })
})

it.each([
  [{ dsn, on_conflict: 'do_nothing' }, true],
  [{ dsn, on_conflict: { columns: ['id'] } }, true],
  [{ dsn, on_conflict: { columns: ['id'], update: ['a', 'b'] } }, true],
  [{}, false],
  [{ dsn: '' }, false],
  [{ dsn, pool_min: 0 }, false],
  [{ dsn, pool_max: 1.5 }, false],
  [{ dsn, on_conflict: 'update' }, false],
  [{ dsn, on_conflict: { columns: [] } }, false],
  [{ dsn, on_conflict: { columns: ['id"'] } }, false],
  [{ dsn, on_conflict: { columns: ['id'], update: ['x; y'] } }, false],
  [{ dsn, table: 't' }, false],
])('configuration %j: %s', (given, expected) => {
  expect(compileSchema(PostgresSinkConfig).check(Default(PostgresSinkConfig, structuredClone(given)))).toBe(expected)
})

it('shows no secret', () => {
  expect(JSON.stringify(redactConfig(PostgresSinkConfig, { dsn, tls: { passphrase: 'hunter3' } }))).not.toMatch(/hunter/)
})

it.each([
  [{ table: 't', data: {} }, true],
  [{ table: 's.t', data: Object.create(null) as object }, true],
  [{ table: 't' }, false],
  [{ data: {} }, false],
  [{ table: 't', data: [1] }, false],
  [{ table: 't', data: null }, false],
  [{ table: 't', data: new Date() }, false],
  [{ table: 't', data: Buffer.from('x') }, false],
])('payload %j: %s (PGS-6)', (payload, expected) => {
  expect(compileSchema(PostgresPayload).check(payload)).toBe(expected)
})
