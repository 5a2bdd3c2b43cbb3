import { MongoNetworkError, MongoServerError } from 'mongodb'
import { expect, it } from 'vitest'
import { classifyMongoError, classifyWriteError, isAuthenticationError } from './classify-error.ts'

const answered = (code: number, ...errorLabels: string[]) => new MongoServerError({ message: 'the server says no', code, errorLabels })
const named = (name: string) => Object.assign(new Error(name), { name })

it.each([
  ['no primary', answered(10_107), 'transient'],
  ['a primary that steps down', answered(189), 'transient'],
  ['shutting down', answered(91), 'transient'],
  ['a write concern that timed out', answered(64), 'transient'],
  ['a write concern nobody can meet', answered(100), 'transient'],
  ['a disk that is full', answered(14_031), 'transient'],
  ['too many requests', answered(16_500), 'throttled'],
  ['no permission', answered(13), 'permanent'],
  ['a validator', answered(121), 'permanent'],
  ['an answer nobody knows', answered(987_654), 'permanent'],
  ['a password that is being changed', answered(18), 'transient'],
  ['a lost connection', new MongoNetworkError('connection 1 closed'), 'transient'],
  ['no server', named('MongoServerSelectionError'), 'transient'],
  ['a pool that was cleared', named('MongoPoolClearedError'), 'transient'],
  ['a time-out of the system', Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }), 'transient'],
  ['a failure whose class the driver forgot', named('MongoBulkWriteError'), 'transient'],
  ['an option that is wrong', named('MongoParseError'), 'permanent'],
  ['a label of the server', answered(2, 'RetryableWriteError'), 'transient'],
  ['overload', answered(2, 'SystemOverloadedError'), 'throttled'],
])('%s', (_what, error, kind) => {
  expect(classifyMongoError(error).kind).toBe(kind)
})

it.each([
  [false, 'permanent'],
  [true, 'transient'],
])('a duplicate key, upsert %s, is %s and names the index but no value', (isUpsert, kind) => {
  const errmsg = 'E11000 duplicate key error collection: test.runs index: by_mail dup key: { mail: "ada@example.org" }'
  const error = classifyWriteError({ code: 11_000, errmsg }, isUpsert)
  expect(error).toMatchObject({ kind, message: 'A document with the same key is there already, index by_mail (code 11000)' })
})

it('leaves out what a refusal quotes of the document', () => {
  const error = classifyWriteError({ code: 66, errmsg: `Performing an update on the path '_id' would modify { _id: "secret" }` }, true)
  expect(error).toMatchObject({ kind: 'permanent', message: 'Performing an update on the path (code 66)' })
})

it('removes credentials from the message (MGS-5)', () => {
  expect(classifyMongoError(new Error('failed for mongodb://me:hunter2@host/db')).message).not.toContain('hunter2')
})

it('tells a refused password', () => {
  expect([isAuthenticationError(answered(18)), isAuthenticationError(answered(13)), isAuthenticationError(null)]).toEqual([
    true,
    false,
    false,
  ])
})
