import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '@drakkar/plugin-sdk'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configuredInstances } from '../../src/config/instances.ts'
import { loadConfig, mutableCopy, readConfigDocument, validateConfig } from '../../src/config/load-config.ts'
import { loadText, problemsOf } from './load-text.ts'
import { packageHint, sinkSchemas } from './sink-schemas.ts'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'drakkar-config-'))
  writeFileSync(join(directory, 'drakkar.yaml'), 'kafka:\n  source_topic: from-file\n')
  writeFileSync(join(directory, 'other.yaml'), 'kafka:\n  source_topic: from-other\n')
  writeFileSync(join(directory, 'latin1.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]))
  mkdirSync(join(directory, 'folder.yaml'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function failure(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    if (ConfigError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('which file is read', () => {
  test('the path given wins over DRAKKAR_CONFIG', () => {
    const { config, sources } = loadConfig('drakkar.yaml', { cwd: directory, env: { DRAKKAR_CONFIG: 'other.yaml' } })
    expect(config.kafka.source_topic).toBe('from-file')
    expect(sources.file).toBe(join(directory, 'drakkar.yaml'))
  })

  test('DRAKKAR_CONFIG is used without a path', () => {
    expect(loadConfig(undefined, { cwd: directory, env: { DRAKKAR_CONFIG: 'other.yaml' } }).config.kafka.source_topic).toBe('from-other')
  })

  test('without either the defaults and the environment make the configuration', () => {
    const { config, sources } = loadConfig(undefined, { cwd: directory, env: { DRAKKAR_KAFKA__SOURCE_TOPIC: 'from-env' } })
    expect(config.kafka.source_topic).toBe('from-env')
    expect(sources.file).toBeNull()
  })

  test('a file that does not exist is an error, not the defaults', () => {
    const error = failure(() => loadConfig('missing.yaml', { cwd: directory, env: {} }))
    expect(error.code).toBe('DRK_CONFIG_FILE_NOT_FOUND')
    expect(error.message).toBe('Config file not found: missing.yaml')
  })

  test.each([
    ['a folder', 'folder.yaml'],
    ['a file that is not UTF-8', 'latin1.yaml'],
  ])('%s is a configuration error', (_, path) => {
    const error = failure(() => loadConfig(path, { cwd: directory, env: {} }))
    expect(error.code).toBe('DRK_CONFIG_INVALID')
    expect(error.problems[0]?.origin).toBe(path)
  })

  test.each(['', '\n', '# nothing\n', '---\n', 'kafka:\nexecutor:\n'])('the empty file %j gives all defaults', (text) => {
    expect(loadText(text).config).toEqual(loadConfig(undefined, { env: {} }).config)
  })
})

describe('the loaded configuration', () => {
  test('keeps the order of the file and has every default', () => {
    const { config } = loadText(`
sinks:
  redis: { cache: }
  custom:
    my_custom: { primary: { endpoint: x, anything: [1, { a: 2 }] } }
  kafka:
    results: { topic: a, batch: { max_items: 10 }, circuit_breaker: { failure_threshold: 2 } }
  circuit_breaker: { cooldown_seconds: 1 }`)
    const instances = configuredInstances(config)
    expect(instances.map(({ type, name, custom }) => [type, name, custom])).toEqual([
      ['redis', 'cache', false],
      ['my_custom', 'primary', true],
      ['kafka', 'results', false],
    ])
    expect(instances[0]?.own).toEqual({ url: 'redis://localhost:6379/0', key_prefix: '' })
    expect(instances[1]?.own).toEqual({ endpoint: 'x', anything: [1, { a: 2 }] })
    expect(instances[2]).toMatchObject({
      own: { topic: 'a', brokers: '' },
      framework: {
        circuit_breaker: { failure_threshold: 2, cooldown_seconds: 1, on_open: 'dlq' },
        batch: { max_items: 10, max_bytes: 1_048_576, max_wait_ms: 0 },
        fast_retries: 3,
        connect_timeout_seconds: 30,
        lossy: false,
        ui_url: '',
      },
    })
    expect(Object.keys(instances[2]?.own ?? {})).not.toContain('batch')
  })

  test('is frozen to the ground', () => {
    const { config } = loadText('sinks:\n  kafka:\n    results:\n      topic: a\ndebug:\n  expose_env_vars: [A]')
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      expect(Object.isFrozen(value)).toBe(true)
      Object.values(value).forEach(walk)
    }
    walk(config)
    expect(() => Object.assign(config.kafka, { brokers: 'x' })).toThrow(TypeError)
  })

  test('a copy may be changed and is checked again', () => {
    const { config } = loadText('sinks:\n  redis:\n    cache: {}\nembedded:\n  path: ./x.db')
    const copy = mutableCopy(config)
    copy.executor.max_executors = 9
    expect(validateConfig(copy, { sinkSchemas }).config.executor.max_executors).toBe(9)
    expect(validateConfig(copy, { sinkSchemas }).config).toEqual({ ...config, executor: { ...config.executor, max_executors: 9 } })
    copy.executor.max_executors = 0
    expect(failure(() => validateConfig(copy, { sinkSchemas })).message).toContain('executor.max_executors: must be an integer ≥ 1, got 0')
    expect(config.executor.max_executors).toBe(4)
  })

  test.each([['text'], [null], [[1]], [3]])('%j is no configuration object', (value) => {
    expect(failure(() => validateConfig(value)).code).toBe('DRK_CONFIG_INVALID')
  })

  test('says where each value came from', () => {
    const { sources } = loadText('kafka:\n  brokers: a:1\nsinks:\n  redis:\n    main.db: { key_prefix: x }', { DRAKKAR_METRICS__PORT: '1' })
    expect(sources.describe('kafka.brokers')).toBe('drakkar.yaml:2:12')
    expect(sources.describe('metrics.port')).toBe('environment DRAKKAR_METRICS__PORT')
    expect(sources.describe('executor.window_size')).toBe('default')
    expect(sources.describe(['sinks', 'redis', 'main.db', 'key_prefix'])).toBe('drakkar.yaml:5:28')
  })

  test('the spool is the default of on_failure as soon as it has a directory', () => {
    expect(loadText('').config.dlq.on_failure).toBe('block')
    expect(loadText('dlq:\n  spool_dir: /var/spool').config.dlq.on_failure).toBe('spool')
    expect(loadText('dlq:\n  spool_dir: /var/spool\n  on_failure: block').config.dlq.on_failure).toBe('block')
  })

  test('directories of the recorder and the cache may begin with the home directory', () => {
    const { debug, cache } = loadText('cache:\n  db_dir: ~/c').config
    expect(debug.db_dir).toMatch(/^\/.*\/\.local\/state\/drakkar$/)
    expect(cache.db_dir).toMatch(/^\/.*\/c$/)
  })
})

describe('values written for py-drakkar', () => {
  test.each([
    ['debug:\n  enabled: no', 'debug.enabled', false],
    ['debug:\n  enabled: Off', 'debug.enabled', false],
    ['cache:\n  enabled: yes', 'cache.enabled', true],
    ['metrics:\n  port: "9091"', 'metrics.port', 9091],
    ['executor:\n  max_executors: 4.0', 'executor.max_executors', 4],
    ['executor:\n  max_output_bytes: 1_000', 'executor.max_output_bytes', 1000],
    ['logging:\n  level: warning', 'logging.level', 'WARNING'],
    ['debug:\n  auth_token: "  "', 'debug.auth_token', ''],
    ['cache:\n  max_memory_entries: null', 'cache.max_memory_entries', null],
    ['metrics: &m\n  port: 1\ndebug:\n  <<: *m\n  host: localhost', 'debug.port', 1],
    ['metrics: &m\n  port: 1\ndebug:\n  <<: *m\n  port: 2', 'debug.port', 2],
  ])('%j', (text, path, expected) => {
    const value = path.split('.').reduce<unknown>((node, key) => Reflect.get(Object(node), key), loadText(text).config)
    expect(value).toBe(expected)
  })
})

describe('variables in the file', () => {
  const env = { TOKEN: 't0p', PORT: '9191', EMPTY: '' }
  test.each([
    ['Bearer ${TOKEN}', 'Bearer t0p'],
    ['${EMPTY}', ''],
    ['$${TOKEN}', '${TOKEN}'],
    ['$TOKEN and $ and {TOKEN}', '$TOKEN and $ and {TOKEN}'],
    ['${TOKEN}${PORT}$${x}', 't0p9191${x}'],
  ])('%j becomes %j', (text, expected) => {
    expect(loadText(`dlq:\n  topic: '${text}'`, env).config.dlq.topic).toBe(expected)
  })

  test('take the type that is declared', () => {
    expect(loadText('metrics:\n  port: ${PORT}', env).config.metrics.port).toBe(9191)
  })

  test('are never expanded twice', () => {
    expect(loadText('dlq:\n  topic: ${A}', { A: '${B}', B: 'no' }).config.dlq.topic).toBe('${B}')
  })

  test('a rejected value is shown as it was written', () => {
    expect(problemsOf('metrics:\n  port: ${TOKEN}', env)).toEqual([
      'drakkar.yaml:2:9 metrics.port: must be an integer from 1 to 65535, got "${TOKEN}"',
    ])
  })
})

describe('warnings', () => {
  const events = (text: string, env: NodeJS.ProcessEnv = {}) => loadText(text, env).warnings.map(({ event, path }) => [event, path])

  test('strict: false turns unknown nested keys into one warning each', () => {
    const text = 'strict: false\nkafka:\n  topik: a\nsinks:\n  redis:\n    cache:\n      tll: 1'
    expect(events(text)).toEqual([
      ['config_unknown_key', 'kafka.topik'],
      ['config_unknown_key', 'sinks.redis.cache.tll'],
    ])
    expect(loadText(text).config.kafka).not.toHaveProperty('topik')
  })

  test('strict: false leaves unknown keys at the root and unknown sink types errors', () => {
    expect(problemsOf('strict: false\nkafak: {}\nsinks:\n  nope:\n    a: {}')).toHaveLength(2)
  })

  test('strict: false does not excuse a required key that is misspelt', () => {
    expect(problemsOf('strict: false\nkafka:\n  sasl: { username: u, pasword: p }\nsinks: { kafka: { a: { topik: x } } }')).toEqual([
      'drakkar.yaml:3:3 kafka.sasl.password: is required: a string',
      'drakkar.yaml:4:19 sinks.kafka.a.topic: is required: a string that is not empty',
    ])
  })

  test('a heartbeat above a third of the session is questionable', () => {
    expect(events('kafka:\n  heartbeat_interval_ms: 4000')).toEqual([['config_questionable', 'kafka.heartbeat_interval_ms']])
    expect(events('kafka:\n  heartbeat_interval_ms: 3000\n  session_timeout_ms: 45000')).toEqual([])
  })

  test('a cache without a limit is named when the cache is on', () => {
    expect(events('cache:\n  enabled: true\n  max_memory_entries: null')).toEqual([
      ['cache_max_memory_entries_unbounded', 'cache.max_memory_entries'],
    ])
    expect(events('cache:\n  max_memory_entries: null')).toEqual([])
  })

  test('debug pages for everybody without a token are named', () => {
    expect(events('debug:\n  host: 0.0.0.0')).toEqual([['config_questionable', 'debug.host']])
    expect(events('debug:\n  host: 0.0.0.0\n  auth_token: abc')).toEqual([])
    expect(events('debug:\n  host: 0.0.0.0\n  allow_unauthenticated: true')).toEqual([])
    expect(events('debug:\n  host: "::1"')).toEqual([])
  })
})

describe('sink types', () => {
  test('a document names its types in order, with their places, the environment included', () => {
    writeFileSync(
      join(directory, 'sinks.yaml'),
      'plugins:\n  prefer: { redis: mine }\nsinks:\n  redis: { a: }\n  custom: { x: { y: {} } }\n',
    )
    const document = readConfigDocument('sinks.yaml', { cwd: directory, env: { DRAKKAR_SINKS__KAFKA__OUT__TOPIC: 't' } })
    expect(document.usedSinkTypes).toEqual([
      { type: 'redis', custom: false, place: 'sinks.yaml:4:3' },
      { type: 'kafka', custom: false, place: 'environment DRAKKAR_SINKS__KAFKA__OUT__TOPIC' },
      { type: 'x', custom: true, place: 'sinks.yaml:5:13' },
    ])
    expect(document.prefer).toEqual({ redis: 'mine' })
  })

  test('a type that failed to load is reported in the words of the registry', () => {
    const options = { sinkSchemas, packageHint, sinkTypeErrors: new Map([['mongo', 'The package sink-mongo is broken']]) }
    expect(problemsOf('sinks:\n  mongo:\n    a: {}', {}, options)).toEqual([
      'drakkar.yaml:2:3 sinks.mongo: The package sink-mongo is broken',
    ])
  })

  test('without schemas any type is accepted and the framework keys are still checked', () => {
    expect(problemsOf('sinks:\n  any:\n    a: { free: 1, batch: { max_items: 0 } }', {}, {})).toEqual([
      'drakkar.yaml:3:39 sinks.any.a.batch.max_items: must be an integer ≥ 1, got 0',
    ])
    const { config } = loadText('sinks:\n  any:\n    a: { free: 1 }', {}, {})
    expect(configuredInstances(config)[0]).toMatchObject({ own: { free: 1 }, framework: { batch: { max_items: 500 } } })
  })
})
