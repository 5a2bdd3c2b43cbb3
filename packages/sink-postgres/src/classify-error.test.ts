import { SinkError } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { connectionError, serverError } from '../test/fake-client.ts'
import { classifyPostgresError, isAccessRefused, keepsConnection } from './classify-error.ts'

const verdict = (error: unknown): string => {
  const { error: classified, scope } = classifyPostgresError(error)
  return `${classified.kind} ${scope}`
}

it.each([
  ['22P02', 'invalid text', 'permanent row'],
  ['22001', 'too long', 'permanent row'],
  ['23505', 'unique', 'permanent row'],
  ['23503', 'foreign key', 'permanent row'],
  ['21000', 'a row twice in one upsert', 'permanent row'],
  ['P0001', 'raised by a trigger', 'permanent row'],
  ['54000', 'an index row too large', 'permanent row'],
  ['42501', 'row-level security', 'permanent row'],
  ['44000', 'a view with check option', 'permanent row'],
  ['42P01', 'no such table', 'permanent statement'],
  ['42703', 'no such column', 'permanent statement'],
  ['42P10', 'no constraint for on_conflict', 'permanent statement'],
  ['3F000', 'no such schema', 'permanent statement'],
  ['40P01', 'deadlock', 'transient all'],
  ['40001', 'serialization', 'transient all'],
  ['55P03', 'lock not available', 'transient all'],
  ['57014', 'cancelled', 'transient all'],
  ['57P01', 'shut down', 'transient all'],
  ['57P03', 'starting up', 'transient all'],
  ['25006', 'read-only', 'transient all'],
  ['08006', 'connection failure', 'transient all'],
  ['XX000', 'internal', 'transient all'],
  ['53300', 'too many connections', 'throttled all'],
  ['53100', 'disk full', 'throttled all'],
  ['28P01', 'wrong password', 'transient all'],
  ['28000', 'no entry for the user', 'transient all'],
  ['3D000', 'no such database', 'transient all'],
  ['57P04', 'database dropped', 'transient all'],
])('%s, %s, is %s', (state, _what, expected) => {
  expect(verdict(serverError(state))).toBe(expected)
})

it.each([
  [connectionError(), 'transient all'],
  [new Error('Connection terminated unexpectedly'), 'transient all'],
  [new Error('Connection terminated due to connection timeout'), 'transient all'],
  [new Error('Client has encountered a connection error and is not queryable'), 'transient all'],
  [new Error('timeout exceeded when trying to connect'), 'transient all'],
  [Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), 'transient all'],
  [new Error('The server does not support SSL connections'), 'transient all'],
  [new SinkError({ kind: 'transient', message: 'aborted' }), 'transient all'],
  [new SinkError({ kind: 'permanent', message: 'refused' }), 'permanent row'],
  [null, 'permanent row'],
])('%s is %s', (error, expected) => {
  expect(verdict(error)).toBe(expected)
})

it('says of deadlocks and serialization failures only that the same may pass at once', () => {
  const states = ['40P01', '40001', '40003', '40002', '55P03', '57014', '23505']
  expect(states.filter((state) => classifyPostgresError(serverError(state)).mayPassAtOnce)).toEqual(['40P01', '40001'])
  expect(classifyPostgresError(Object.assign(new Error('lost'), { code: '40001' })).mayPassAtOnce).toBe(false)
})

it.each([
  [serverError('28P01'), true],
  [serverError('28000'), true],
  [serverError('3D000'), true],
  [serverError('57P04'), true],
  [new Error('The server does not support SSL connections'), true],
  [serverError('57P03'), false],
  [connectionError(), false],
  [null, false],
])('%s is final for connect: %s', (error, expected) => {
  expect(isAccessRefused(error)).toBe(expected)
})

it.each([
  [new Error('Connection terminated unexpectedly'), true],
  [Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), true],
  [serverError('40003'), true],
  [serverError('08006'), true],
  [serverError('57P01'), true],
  [Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), false],
  [new Error('timeout exceeded when trying to connect'), false],
  [serverError('40P01'), false],
  [serverError('53300'), false],
  [serverError('23505'), false],
])('after %s nobody knows whether the rows are stored: %s', (error, expected) => {
  expect(classifyPostgresError(error).error.ambiguous).toBe(expected)
})

it('shows neither the row nor the value', () => {
  const detail = 'Failing row contains (hunter2).'
  const texts = [
    serverError('23514', 'new row for relation "t" violates check constraint "t_check"', { detail, where: 'hunter2' }),
    serverError('22P02', 'invalid input syntax for type integer: "hunter2 "quoted"\nhunter2"', { detail }),
    serverError('22003', 'value "hunter2" is out of range for type integer'),
  ].map((error) => {
    const classified = classifyPostgresError(error).error
    return JSON.stringify(classified, Object.getOwnPropertyNames(classified))
  })
  expect(texts.join('\n')).not.toContain('hunter2')
  expect(texts[0]).toContain('violates check constraint \\"t_check\\" (SQLSTATE 23514)')
})

it('removes credentials from the message', () => {
  expect(classifyPostgresError(new Error('cannot reach postgres://me:hunter2@host/db')).error.message).not.toContain('hunter2')
})

it.each([
  [serverError('23505', 'doppelter Wert', { severity: 'FEHLER' }), true],
  [serverError('40P01'), true],
  [serverError('57P01', 'terminating connection', { severity: 'FATAL' }), false],
  [new Error('Connection terminated unexpectedly'), false],
  [null, false],
])('after %s the connection is usable: %s', (error, expected) => {
  expect(keepsConnection(error)).toBe(expected)
})
