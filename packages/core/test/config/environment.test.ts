import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { configuredInstances } from '../../src/config/instances.ts'
import { loadText, problemsOf } from './load-text.ts'

const at = (value: unknown, path: string) => path.split('.').reduce<unknown>((node, key) => Reflect.get(Object(node), key), value)

describe('a variable overrides the file', () => {
  test.each([
    ['DRAKKAR_KAFKA__BROKERS', 'kafka:9092', 'kafka.brokers', 'kafka:9092'],
    ['DRAKKAR_EXECUTOR__MAX_EXECUTORS', '16', 'executor.max_executors', 16],
    ['DRAKKAR_DEBUG__PORT', '8081', 'debug.port', 8081],
    ['DRAKKAR_Debug__Port', '8081', 'debug.port', 8081],
    ['DRAKKAR_CLUSTER_NAME', 'blue', 'cluster_name', 'blue'],
    ['DRAKKAR_CACHE__PEER_SYNC__INTERVAL_SECONDS', '1.5', 'cache.peer_sync.interval_seconds', 1.5],
    ['DRAKKAR_EXECUTOR__TASK_TIMEOUT_SECONDS', '1e3', 'executor.task_timeout_seconds', 1000],
    ['DRAKKAR_METRICS__ENABLED', 'false', 'metrics.enabled', false],
    ['DRAKKAR_METRICS__ENABLED', 'No', 'metrics.enabled', false],
    ['DRAKKAR_METRICS__ENABLED', 'OFF', 'metrics.enabled', false],
    ['DRAKKAR_METRICS__ENABLED', '0', 'metrics.enabled', false],
    ['DRAKKAR_CACHE__ENABLED', '1', 'cache.enabled', true],
    ['DRAKKAR_CACHE__ENABLED', 'YES', 'cache.enabled', true],
    ['DRAKKAR_CACHE__ENABLED', 'on', 'cache.enabled', true],
    ['DRAKKAR_CACHE__ENABLED', 'True', 'cache.enabled', true],
    ['DRAKKAR_KAFKA__CONSUMER_GROUP', '42', 'kafka.consumer_group', '42'],
    ['DRAKKAR_KAFKA__CONSUMER_GROUP', 'null', 'kafka.consumer_group', 'null'],
    ['DRAKKAR_KAFKA__CONSUMER_GROUP', '${HOME}', 'kafka.consumer_group', '${HOME}'],
    ['DRAKKAR_EXECUTOR__BINARY_PATH', 'null', 'executor.binary_path', null],
    ['DRAKKAR_CACHE__MAX_MEMORY_ENTRIES', 'null', 'cache.max_memory_entries', null],
    ['DRAKKAR_CACHE__MAX_MEMORY_ENTRIES', '7', 'cache.max_memory_entries', 7],
    ['DRAKKAR_DEBUG__EXPOSE_ENV_VARS', '["GIT_SHA"]', 'debug.expose_env_vars', ['GIT_SHA']],
    ['DRAKKAR_DEBUG__CUSTOM_LINKS', '[{"name":"a","url":"b"}]', 'debug.custom_links', [{ name: 'a', url: 'b' }]],
    ['DRAKKAR_EXECUTOR__ENV', '{"A":"b"}', 'executor.env', { OLD: '1', A: 'b' }],
    ['DRAKKAR_EXECUTOR__ENV__LANG', 'C', 'executor.env', { OLD: '1', LANG: 'C' }],
    ['DRAKKAR_EXECUTOR__ENV__old', '2', 'executor.env', { OLD: '2' }],
    ['DRAKKAR_KAFKA', '{"source_topic":"j"}', 'kafka.source_topic', 'j'],
    ['DRAKKAR_KAFKA__TLS', 'true', 'kafka.tls', true],
    ['DRAKKAR_KAFKA__SASL__USERNAME', 'u2', 'kafka.sasl.username', 'u2'],
    ['DRAKKAR_LOGGING__LEVEL', 'debug', 'logging.level', 'DEBUG'],
    ['DRAKKAR_SINKS__CIRCUIT_BREAKER__FAILURE_THRESHOLD', '9', 'sinks.circuit_breaker.failure_threshold', 9],
    ['DRAKKAR_SINKS__POSTGRES__MAIN_DB__DSN', 'x', 'sinks.postgres.main-db.dsn', 'x'],
    ['DRAKKAR_SINKS__POSTGRES__MAIN_DB__BATCH__MAX_ITEMS', '3', 'sinks.postgres.main-db.batch.max_items', 3],
    ['DRAKKAR_SINKS__CUSTOM__MY_CUSTOM__PRIMARY__ENDPOINT', 'x', 'sinks.custom.my_custom.Primary.endpoint', 'x'],
    ['DRAKKAR_SINKS__REDIS__NEW_ONE__KEY_PREFIX', 'x', 'sinks.redis.new_one.key_prefix', 'x'],
    ['DRAKKAR_SINKS__HTTP', '{"hook":{"url":"https://h"}}', 'sinks.http.hook.url', 'https://h'],
  ])('%s=%s', (...[variable, text, path, expected]) => {
    const file = `
kafka: { brokers: file:1, sasl: { username: u, password: p } }
executor: { binary_path: /bin/true, env: { OLD: '1' } }
debug: { expose_env_vars: [A, B] }
sinks:
  postgres: { main-db: { dsn: file } }
  custom: { my_custom: { Primary: { endpoint: file } } }`
    expect(at(loadText(file, { [variable]: text }).config, path)).toEqual(expected)
  })

  test('an instance that only the environment names is a new one', () => {
    const { config } = loadText('', { DRAKKAR_SINKS__REDIS__CACHE__KEY_PREFIX: 'a:' })
    expect(configuredInstances(config).map(({ type, name }) => `${type}/${name}`)).toEqual(['redis/cache'])
  })

  test('DRAKKAR_CONFIG and what a worker gives its children are no settings', () => {
    expect(loadText('', { DRAKKAR_CONFIG: 'x', DRAKKAR_RUN_ID: 'y' }).warnings).toEqual([])
  })
})

describe('a variable that cannot be right', () => {
  test.each([
    [{ DRAKKAR_KAFKA__TOPIK: 'x' }, ['environment DRAKKAR_KAFKA__TOPIK kafka.topik: unknown key; did you mean "source_topic"?']],
    [{ DRAKKAR_KAFKA__: 'x' }, ['environment DRAKKAR_KAFKA__ kafka.: unknown key']],
    [
      { DRAKKAR_KAFKA: 'x', DRAKKAR_KAFKA__BROKERS: 'y' },
      ['environment DRAKKAR_KAFKA kafka: DRAKKAR_KAFKA sets the whole and DRAKKAR_KAFKA__BROKERS a part of it; keep one of them'],
    ],
    [
      { DRAKKAR_KAFKA__TLS: 'true', DRAKKAR_KAFKA__TLS__CA_FILE: 'y' },
      [
        'environment DRAKKAR_KAFKA__TLS kafka.tls: DRAKKAR_KAFKA__TLS sets the whole and DRAKKAR_KAFKA__TLS__CA_FILE a part of it; keep one of them',
      ],
    ],
    [
      { DRAKKAR_KAFKA__BROKERS: 'x', DRAKKAR_kafka__brokers: 'y' },
      [
        'environment DRAKKAR_KAFKA__BROKERS kafka.brokers: DRAKKAR_KAFKA__BROKERS and DRAKKAR_kafka__brokers set the same value; keep one of them',
      ],
    ],
    [{ DRAKKAR_EXECUTOR__ENV: '{' }, ['environment DRAKKAR_EXECUTOR__ENV executor.env: must be JSON for a list or a mapping']],
    [
      { DRAKKAR_DEBUG__EXPOSE_ENV_VARS: '{}' },
      ['environment DRAKKAR_DEBUG__EXPOSE_ENV_VARS debug.expose_env_vars: must be a list of strings, got a mapping'],
    ],
    [
      { DRAKKAR_EXECUTOR__MAX_EXECUTORS: '' },
      ['environment DRAKKAR_EXECUTOR__MAX_EXECUTORS executor.max_executors: must be an integer ≥ 1, got ""'],
    ],
    [
      { DRAKKAR_EXECUTOR__MAX_EXECUTORS: '0x10' },
      ['environment DRAKKAR_EXECUTOR__MAX_EXECUTORS executor.max_executors: must be an integer ≥ 1, got "0x10"'],
    ],
    [
      { DRAKKAR_SINKS__KAFKA__OUT__BROKERS: 'x' },
      ['environment DRAKKAR_SINKS__KAFKA__OUT__BROKERS sinks.kafka.out.topic: is required: a string that is not empty'],
    ],
    [
      { DRAKKAR_SINKS__MONGO__MAIN__URI: 'x' },
      [
        'environment DRAKKAR_SINKS__MONGO__MAIN__URI sinks.mongo: no installed package offers the sink type "mongo"; install it with: npm install @example/sink-mongo',
      ],
    ],
  ])('%j', (env, expected) => {
    expect(problemsOf('', env)).toEqual(expected)
  })

  test('an instance name that fits two keys of the file names both', () => {
    const file = 'sinks:\n  redis:\n    main-db: {}\n    main_DB: {}'
    expect(problemsOf(file, { DRAKKAR_SINKS__REDIS__MAIN_DB__KEY_PREFIX: 'x' })).toEqual([
      'environment DRAKKAR_SINKS__REDIS__MAIN_DB__KEY_PREFIX sinks.redis: MAIN_DB may mean "main-db" or "main_DB"; rename one of them',
    ])
  })

  test('one that names no section is ignored with a warning', () => {
    expect(loadText('', { DRAKKAR_CLUSTER: 'blue' }).warnings).toEqual([
      {
        path: '',
        message: 'names no configuration section and is ignored',
        origin: 'environment DRAKKAR_CLUSTER',
        event: 'config_env_ignored',
      },
    ])
  })
})

describe('the prefix DK_', () => {
  test('works with a warning', () => {
    const { config, warnings } = loadText('', { DK_METRICS__PORT: '1' })
    expect(config.metrics.port).toBe(1)
    expect(warnings.map(({ event, origin }) => [event, origin])).toEqual([['config_env_alias', 'environment DK_METRICS__PORT']])
  })

  test('loses against DRAKKAR_', () => {
    expect(loadText('', { DK_METRICS__PORT: '1', DRAKKAR_METRICS__PORT: '2' }).config.metrics.port).toBe(2)
  })

  test('is not ours when it names no section', () => {
    expect(loadText('', { DK_SOMETHING: '1' }).warnings).toEqual([])
  })
})

describe('defaults, file and environment against a naive model', () => {
  /** Setting, values it may have, and how the environment writes them. */
  const settings: readonly (readonly [path: string, values: fc.Arbitrary<unknown>])[] = [
    ['kafka.brokers', fc.constantFrom('a:1', 'b:2', 'null', '5', 'true')],
    ['kafka.max_poll_records', fc.integer({ min: 1, max: 1000 })],
    ['executor.env_inherit_parent', fc.boolean()],
    ['executor.binary_path', fc.constantFrom('/bin/a', '/bin/b', null)],
    ['executor.retry_jitter', fc.double({ min: 0, max: 1, noNaN: true })],
    ['executor.env', fc.dictionary(fc.constantFrom('A', 'B', 'C'), fc.string({ maxLength: 4 }))],
    ['debug.expose_env_vars', fc.array(fc.constantFrom('A', 'B'), { maxLength: 3 })],
    ['cache.peer_sync.batch_size', fc.integer({ min: 1, max: 9 })],
    ['cache.max_memory_entries', fc.option(fc.integer({ min: 1, max: 9 }))],
    ['sinks.redis.main.key_prefix', fc.constantFrom('a', 'b')],
    ['sinks.redis.main.batch.max_items', fc.integer({ min: 1, max: 9 })],
  ]
  const layer = fc.record(Object.fromEntries(settings.map(([path, values]) => [path, values])), { requiredKeys: [] })

  test('whatever is set where', () => {
    fc.assert(
      fc.property(layer, layer, (file, environment) => {
        const env = Object.fromEntries(Object.entries(environment).map(([path, value]) => [variableOf(path), textOf(value)]))
        const { config } = loadText(JSON.stringify(nested(file)).replaceAll('${', '$${'), env)
        for (const [path] of settings) {
          if (!(path in file) && !(path in environment)) continue
          expect(at(config, path)).toEqual(expectedValue(path, file, environment))
        }
      }),
      { numRuns: 300 },
    )
  })

  function expectedValue(path: string, file: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, unknown>>): unknown {
    if (path === 'executor.env') return { ...Object(file[path]), ...Object(environment[path]) }
    return path in environment ? environment[path] : file[path]
  }

  function variableOf(path: string): string {
    return `DRAKKAR_${path.toUpperCase().replaceAll('.', '__')}`
  }

  function textOf(value: unknown): string {
    return typeof value === 'string' ? value : JSON.stringify(value)
  }

  function nested(flat: Readonly<Record<string, unknown>>): unknown {
    const root: Record<string, unknown> = {}
    for (const [path, value] of Object.entries(flat)) {
      const keys = path.split('.')
      const last = keys.pop() ?? ''
      const parent = keys.reduce<Record<string, unknown>>((node, key) => {
        const child = (node[key] ?? {}) as Record<string, unknown>
        node[key] = child
        return child
      }, root)
      parent[last] = value
    }
    return root
  }
})
