import { describe, expect, test } from 'vitest'
import { configuredInstances } from '../../src/config/instances.ts'
import { sourceNames } from '../../src/config/source-names.ts'
import { summaryLine } from '../../src/config/summary-line.ts'
import { resolveWorkerNames } from '../../src/config/worker-names.ts'
import { loadText, problemsOf } from './load-text.ts'
import { quickStart } from './quick-start.ts'
import { packageHint, sinkSchemas } from './sink-schemas.ts'

const shortNames = new Map([
  ['kafka', 'kf'],
  ['postgres', 'pg'],
  ['redis', 'rd'],
])

describe('the quick start of the seed', () => {
  test('is accepted as it stands', () => {
    const { config, warnings } = loadText(quickStart)
    expect(warnings).toEqual([])
    expect(configuredInstances(config).map(({ type, name, own }) => [type, name, own])).toEqual([
      ['kafka', 'results', { topic: 'output-results', brokers: '' }],
      ['postgres', 'main', { dsn: 'postgresql://user:pass@localhost:5432/mydb', pool_min: 2, pool_max: 10 }],
      ['redis', 'cache', { url: 'redis://localhost:6379/0', key_prefix: 'app:' }],
    ])
    expect(sourceNames(config)).toEqual({
      log: 'kafka',
      sourceTopic: 'input-events',
      deadLetterTopic: 'input-events_dlq',
      consumerGroup: 'my-workers',
    })
  })

  test('without the packages names the lines and what to install', () => {
    const sinks = new Map([...sinkSchemas].filter(([type]) => type === 'kafka'))
    expect(problemsOf(quickStart, {}, { sinkSchemas: sinks, packageHint })).toEqual([
      'drakkar.yaml:17:3 sinks.postgres: no installed package offers the sink type "postgres"; install it with: npm install @example/sink-postgres',
      'drakkar.yaml:20:3 sinks.redis: no installed package offers the sink type "redis"; install it with: npm install @example/sink-redis',
    ])
  })

  test('has its summary line', () => {
    const line = summaryLine(loadText(quickStart).config, { workerId: 'w1', clusterName: 'blue', sinkShortNames: shortNames })
    expect(line).toBe(
      '[w1/blue] topic=input-events group=my-workers exec=8w/20win/100poll retries=3/120s debug=on:8080 cache=off metrics=9090 dlq=on sinks=[kf:results pg:main rd:cache] log=INFO',
    )
  })
})

describe('the summary line', () => {
  const line = (text: string, names = { workerId: '', clusterName: '' }) =>
    summaryLine(loadText(text).config, { ...names, sinkShortNames: shortNames })

  test('shows what is off and what is missing', () => {
    expect(line('debug: { enabled: false }\nmetrics: { enabled: false }')).toBe(
      '[?] topic=input-events group=drakkar-workers exec=4w/100win/100poll retries=3/120s debug=off cache=off metrics=off dlq=on sinks=none log=INFO',
    )
  })

  test('shows the cache, an explicit dead-letter topic, and types without an abbreviation', () => {
    const text =
      'cache: { enabled: true }\ndlq: { topic: dead }\nsinks: { kafka: { a: { topic: x }, b: { topic: y } }, my_custom: { c: { endpoint: z } } }'
    expect(line(text)).toContain('cache=on:f=3s/s=30s/c=60s/max=10000 metrics=9090 dlq=dead sinks=[kf:a,b my_custom:c] log=INFO')
  })

  test('shows a cache without peers and without a limit', () => {
    const text = 'cache: { enabled: true, max_memory_entries: null, flush_interval_seconds: 0.5, peer_sync: { enabled: false } }'
    expect(line(text)).toContain('cache=on:f=0.5s/s=off/c=60s metrics')
  })

  test('shows the topic of the embedded log', () => {
    expect(line('embedded: { path: x.db, source_topic: lines }')).toContain('topic=lines ')
  })
})

describe('the names of worker and cluster', () => {
  const { config } = loadText('cluster_name: blue\ncluster_name_env: CLUSTER')
  test.each([
    [{ env: {} }, 'blue'],
    [{ env: { CLUSTER: '' } }, 'blue'],
    [{ env: { CLUSTER: 'green' } }, 'green'],
  ])('%j → %s', (options, clusterName) => {
    expect(resolveWorkerNames(config, options).clusterName).toBe(clusterName)
  })

  test('the name given wins over the environment, which wins over a random one', () => {
    expect(resolveWorkerNames(config, { env: { WORKER_ID: 'w' }, workerId: 'x' }).workerId).toBe('x')
    expect(resolveWorkerNames(config, { env: { WORKER_ID: 'w' }, workerId: '' }).workerId).toBe('w')
    const random = resolveWorkerNames(config, { env: { WORKER_ID: '' } }).workerId
    expect(random).toMatch(/^drakkar-[0-9a-f]{8}$/)
    expect(resolveWorkerNames(config, { env: {} }).workerId).not.toBe(random)
  })
})
