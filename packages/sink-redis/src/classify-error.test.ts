import { inspect } from 'node:util'
import { SinkError } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { connectionError, replyError } from '../test/fake-client.ts'
import { classifyRedisError, ConnectionLostError, isAuthenticationError } from './classify-error.ts'

const named = (name: string, message = name) => Object.assign(new Error(message), { name })

it.each([
  ['LOADING Redis is loading the dataset in memory', 'transient'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'transient'],
  ["READONLY You can't write against a read only replica.", 'transient'],
  ['MISCONF Redis is configured to save RDB snapshots', 'transient'],
  ['ERR max number of clients reached', 'transient'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'transient'],
  ['NOPERM No permissions to access a key', 'permanent'],
  ["ERR invalid expire time in 'set' command", 'permanent'],
  ['MOVED 866 127.0.0.1:7001', 'permanent'],
  ['BUSYGROUP is another word than BUSY', 'permanent'],
])('the reply %s is %s', (message, kind) => {
  expect(classifyRedisError(replyError(message))).toMatchObject({ kind, message })
})

it.each([
  ['a refused connection', connectionError(), 'transient'],
  ['a lost connection', new ConnectionLostError('lost'), 'transient'],
  ['used up retries', named('MaxRetriesPerRequestError'), 'transient'],
  ['a pipeline cut in the middle', named('AbortError', 'Command aborted due to connection close'), 'transient'],
  ['a closed connection', new Error('Connection is closed.'), 'transient'],
  ['a silent server', new Error("Socket timeout. Expecting data, but didn't receive any in 10000ms."), 'transient'],
  ['anything else', new TypeError('x is not a function'), 'permanent'],
  ['no error at all', 'text', 'permanent'],
])('%s is %s', (_what, error, kind) => {
  expect(classifyRedisError(error).kind).toBe(kind)
})

it('keeps a classified error as it is', () => {
  const error = new SinkError({ kind: 'throttled', message: 'wait', retryAfterMs: 5 })
  expect(classifyRedisError(error)).toBe(error)
})

it('holds no command, because AUTH is one', () => {
  const error = classifyRedisError(replyError('WRONGPASS invalid username-password pair', ['me', 'hunter2']))
  expect(inspect(error, { depth: 20 })).not.toContain('hunter2')
  expect(error.cause).toMatchObject({ name: 'ReplyError', message: 'WRONGPASS invalid username-password pair' })
})

it('tells refused credentials', () => {
  expect(isAuthenticationError(replyError('WRONGPASS invalid'))).toBe(true)
  expect(isAuthenticationError(replyError('NOAUTH Authentication required.'))).toBe(true)
  expect(isAuthenticationError(replyError('NOPERM no'))).toBe(false)
  expect(isAuthenticationError(connectionError())).toBe(false)
})
