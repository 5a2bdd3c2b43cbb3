import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { connectionError, protocolError } from '../test/fake-client.ts'
import { classifyKafkaError, isAuthenticationError, isTopicMissing, isUnanswered } from './classify-error.ts'
import { whileConnecting } from './connect-error.ts'

/** kafkajs exports not all of its classes. */
const named = (name: string) => Object.assign(new Error(name), { name, retriable: false })
const verdict = (error: unknown) => {
  const { error: classified, scope } = classifyKafkaError(error)
  return `${classified.kind} ${scope}`
}

it.each([
  ['MESSAGE_TOO_LARGE', false, 'permanent record'],
  ['RECORD_LIST_TOO_LARGE', false, 'permanent record'],
  ['INVALID_RECORD', false, 'permanent record'],
  ['TOPIC_AUTHORIZATION_FAILED', false, 'permanent topic'],
  ['UNKNOWN_TOPIC_OR_PARTITION', true, 'transient topic'],
  ['NOT_LEADER_FOR_PARTITION', true, 'transient all'],
  ['NOT_ENOUGH_REPLICAS', true, 'transient all'],
  ['OUT_OF_ORDER_SEQUENCE_NUMBER', false, 'transient all'],
  ['CLUSTER_AUTHORIZATION_FAILED', false, 'permanent all'],
  ['SASL_AUTHENTICATION_FAILED', false, 'transient all'],
])('%s is %s', (type, retriable, expected) => {
  expect(verdict(protocolError(type, retriable))).toBe(expected)
})

it('finds the reason inside what kafkajs wraps around it', () => {
  expect(verdict(connectionError())).toBe('transient all')
  expect(
    verdict(new kafkajs.KafkaJSNumberOfRetriesExceeded(protocolError('MESSAGE_TOO_LARGE', false), { retryCount: 1, retryTime: 1 })),
  ).toBe('permanent record')
})

it.each([
  ['a lost connection', named('KafkaJSConnectionClosedError'), 'transient all'],
  ['a request without an answer', named('KafkaJSRequestTimeoutError'), 'transient all'],
  ['a connection that never became usable', new Error('Broker not connected'), 'transient all'],
  ['a wrong password', named('KafkaJSSASLAuthenticationError'), 'transient all'],
  ['a value the encoder refuses', new TypeError('not encodable'), 'permanent record'],
  [
    'a quota',
    Object.assign(new Error('Unknown error code 89'), {
      name: 'KafkaJSProtocolError',
      type: 'KAFKAJS_UNKNOWN_ERROR_CODE',
      retriable: false,
    }),
    'throttled all',
  ],
])('%s', (_what, error, expected) => {
  expect(verdict(error)).toBe(expected)
})

it('removes credentials from the message', () => {
  expect(classifyKafkaError(new Error('sasl failed for kafka://me:hunter2@host')).error.message).not.toContain('hunter2')
})

it('tells refused credentials, also inside what kafkajs wraps around them; they are final for connect', async () => {
  const refused = named('KafkaJSSASLAuthenticationError')
  const wrapped = new kafkajs.KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 1, retryTime: 1 })
  expect([refused, wrapped, protocolError('SASL_AUTHENTICATION_FAILED', false)].map(isAuthenticationError)).toEqual([true, true, true])
  expect([connectionError(), null].map(isAuthenticationError)).toEqual([false, false])
  await expect(whileConnecting(Promise.reject(wrapped))).rejects.toMatchObject({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED' })
  await expect(whileConnecting(Promise.reject(connectionError()))).rejects.toMatchObject({ kind: 'transient' })
})

it.each([
  [named('KafkaJSRequestTimeoutError'), true],
  [named('KafkaJSConnectionClosedError'), true],
  [protocolError('NOT_ENOUGH_REPLICAS_AFTER_APPEND', true), true],
  [protocolError('NOT_LEADER_FOR_PARTITION', true), false],
  [protocolError('MESSAGE_TOO_LARGE', false), false],
  [new Error('Broker not connected'), false],
])('after %s nobody knows whether the records are stored: %s', (error, expected) => {
  expect(classifyKafkaError(error).error.ambiguous).toBe(expected)
})

it('tells a missing topic', () => {
  expect(isTopicMissing(protocolError('UNKNOWN_TOPIC_OR_PARTITION', true))).toBe(true)
  expect(isTopicMissing(connectionError())).toBe(false)
})

it('tells what nobody answered, also inside what kafkajs wraps around it', () => {
  const wrapped = new kafkajs.KafkaJSNumberOfRetriesExceeded(named('KafkaJSRequestTimeoutError'), { retryCount: 1, retryTime: 1 })
  expect([wrapped, new Error('Broker not connected')].map(isUnanswered)).toEqual([true, true])
  expect([protocolError('NOT_LEADER_FOR_PARTITION', true), new Error('other'), null].map(isUnanswered)).toEqual([false, false, false])
})
