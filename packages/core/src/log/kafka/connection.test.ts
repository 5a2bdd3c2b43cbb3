import { CodecError } from '@drakkar/kafka-codecs'
import { LogError } from '@drakkar/plugin-sdk/log'
import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'

import { classifyError } from './classify-error.ts'
import { clientConfig, consumerConfig, parseBrokers, requestRetry, tlsOptions } from './connection.ts'
import { RepeatFilter } from './repeat-filter.ts'
import { kafkajsFields, kafkajsLogCreator } from './kafkajs-logger.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
const identity = { clientId: 'w-consumer', logger: silent }

describe('parseBrokers', () => {
  it('splits at commas and adds the usual port', () => {
    expect(parseBrokers('a:1, b ,')).toEqual(['a:1', 'b:9092'])
  })

  it('refuses an empty list', () => {
    expect(() => parseBrokers(' , ')).toThrow(LogError)
  })
})

describe('clientConfig', () => {
  it('hands client_options over, but neither brokers nor the logger can be replaced', () => {
    const settings = { brokers: 'a:1', client_options: { requestTimeout: 5, brokers: ['evil:1'], logLevel: 5 } }
    const config = clientConfig(settings, identity, requestRetry)
    expect(config).toMatchObject({ requestTimeout: 5, brokers: ['a:1'], clientId: 'w-consumer', logLevel: kafkajs.logLevel.WARN })
    expect(config.ssl).toBeUndefined()
  })

  it('passes credentials and TLS', () => {
    const sasl = { mechanism: 'scram-sha-256', username: 'u', password: 'p' } as const
    expect(clientConfig({ brokers: 'a', tls: true, sasl }, identity, requestRetry)).toMatchObject({ ssl: true, sasl })
  })
})

describe('tlsOptions', () => {
  it('reads the files that are named and leaves the rest to Node', () => {
    const options = tlsOptions({ ca_file: 'ca.pem', server_name: 'kafka', reject_unauthorized: false }, (file) => Buffer.from(file))
    expect(options).toEqual({ ca: Buffer.from('ca.pem'), servername: 'kafka', rejectUnauthorized: false })
    expect(tlsOptions({ cert_file: '' }, () => Buffer.alloc(0))).toEqual({ rejectUnauthorized: true })
  })

  it('names the key of a file that cannot be read', () => {
    const missing = (): Buffer => {
      throw new Error('ENOENT: no such file')
    }
    expect(() => tlsOptions({ key_file: 'k.pem' }, missing)).toThrow('kafka.tls.key_file')
  })
})

describe('consumerConfig', () => {
  it('keeps a fetch within max_buffered_bytes and creates no topic', () => {
    expect(consumerConfig({ brokers: 'a' })).toMatchObject({
      sessionTimeout: 10_000,
      heartbeatInterval: 100,
      maxBytes: 1_048_576,
      allowAutoTopicCreation: false,
    })
    expect(consumerConfig({ brokers: 'a', max_buffered_bytes: 1000, session_timeout_ms: 7000 })).toMatchObject({
      maxBytes: 1000,
      sessionTimeout: 7000,
    })
  })
})

describe('kafkajs log lines', () => {
  const line = (level: number, log: Record<string, unknown>) => ({
    namespace: 'Connection',
    level,
    label: '',
    log: { timestamp: '', message: '', ...log },
  })

  it('become fields, without credentials and without objects', () => {
    const log = {
      message: 'failed for kafka://user:secret@host',
      broker: 'h:1',
      retryCount: 2,
      error: 'password=hunter2',
      payload: { sasl: 'x' },
    }
    const fields = kafkajsFields(line(1, log))
    expect(fields).toMatchObject({ namespace: 'Connection', broker: 'h:1', retry_count: 2 })
    expect(JSON.stringify(fields)).not.toMatch(/secret|hunter2|sasl/)
  })

  it('are warnings at most', () => {
    const seen: string[] = []
    const logger = {
      ...silent,
      warn: () => void seen.push('warn'),
      debug: () => void seen.push('debug'),
      error: () => void seen.push('error'),
    }
    const write = kafkajsLogCreator(logger)(kafkajs.logLevel.DEBUG)
    for (const level of [kafkajs.logLevel.ERROR, kafkajs.logLevel.WARN, kafkajs.logLevel.INFO])
      write(line(level, { message: `level ${level}` }))
    expect(seen).toEqual(['warn', 'warn', 'debug'])
  })
})

describe('RepeatFilter', () => {
  it('holds a repeated message back and tells afterwards how often', () => {
    let nowMs = 0
    const filter = new RepeatFilter(100, () => nowMs)
    expect([filter.pass('a'), filter.pass('a'), filter.pass('b'), filter.pass('a')]).toEqual([0, null, 0, null])
    nowMs = 100
    expect([filter.pass('a'), filter.pass('b'), filter.pass('a')]).toEqual([2, 0, null])
  })
})

describe('classifyError', () => {
  const protocol = (type: string, retriable: boolean) => Object.assign(new Error(type), { name: 'KafkaJSProtocolError', type, retriable })
  const exceeded = (cause: Error) =>
    Object.assign(new Error('retries exceeded', { cause }), { name: 'KafkaJSNumberOfRetriesExceeded', retriable: false })

  it.each([
    [
      'a refused connection',
      Object.assign(new Error('x'), { name: 'KafkaJSConnectionError', code: 'ECONNREFUSED', retriable: true }),
      'transient',
    ],
    ['exhausted retries of something that passes', exceeded(protocol('NOT_LEADER_FOR_PARTITION', true)), 'transient'],
    ['exhausted retries of something that does not', exceeded(protocol('TOPIC_AUTHORIZATION_FAILED', false)), 'permanent'],
    ['a record that is too large', protocol('MESSAGE_TOO_LARGE', false), 'permanent'],
    ['a member the group gave up', protocol('UNKNOWN_MEMBER_ID', false), 'fenced'],
    ['a connection that never became usable', exceeded(new Error('Broker not connected')), 'transient'],
    ['an old generation', protocol('ILLEGAL_GENERATION', false), 'transient'],
    ['something unknown', new TypeError('x is not a function'), 'permanent'],
    ['something that is no error', 'text', 'permanent'],
  ])('%s', (_, error, kind) => {
    const classified = classifyError(error, 'send to t')
    expect(classified.kind).toBe(kind)
    expect(classified.message).toMatch(/^send to t: /)
  })

  it('gives a code to what has one', () => {
    expect(classifyError(protocol('UNKNOWN_TOPIC_OR_PARTITION', true), 'x').code).toBe('DRK_LOG_TOPIC_MISSING')
    expect(classifyError(protocol('MESSAGE_TOO_LARGE', false), 'x')).toMatchObject({ kind: 'permanent', code: 'DRK_LOG_RECORD_TOO_LARGE' })
    expect(classifyError(protocol('OFFSET_OUT_OF_RANGE', false), 'x').code).toBe('DRK_LOG_OFFSET_OUT_OF_RANGE')
    const notImplemented = Object.assign(new Error('ZSTD compression not implemented'), { name: 'KafkaJSNotImplemented' })
    expect(classifyError(notImplemented, 'x')).toMatchObject({ kind: 'fatal', code: 'DRK_LOG_CODEC_MISSING' })
  })

  it('names the package of a codec, however deep it is wrapped', () => {
    const codec = new CodecError({ codec: 'lz4', reason: 'missing', packageName: 'lz4-napi', message: 'no lz4' })
    expect(classifyError(exceeded(codec), 'x')).toMatchObject({ kind: 'fatal', code: 'DRK_LOG_CODEC_MISSING' })
    expect(classifyError(codec, 'x').message).toContain('lz4-napi')
    const damaged = new CodecError({ codec: 'lz4', reason: 'failed', packageName: 'lz4-napi', message: 'damaged' })
    expect(classifyError(damaged, 'x')).toMatchObject({ kind: 'fatal', code: 'DRK_LOG_FAILED' })
  })

  it('leaves a LogError as it is and survives circular causes', () => {
    const own = new LogError({ kind: 'permanent', message: 'x' })
    expect(classifyError(own, 'y')).toBe(own)
    const circle = new Error('round')
    circle.cause = circle
    expect(classifyError(circle, 'y').kind).toBe('permanent')
  })

  it('shows no credentials', () => {
    expect(classifyError(new Error('sasl password=hunter2 refused'), 'connect').message).not.toContain('hunter2')
  })
})
