/** Mistakes below `sinks`. */
import type { Mistake } from './mistake.ts'

export const sinkMistakes: readonly Mistake[] = [
  {
    title: 'a required key of a sink missing',
    yaml: 'sinks:\n  kafka:\n    results: {}',
    expected: ['3:5 sinks.kafka.results.topic: is required: a string that is not empty'],
  },
  {
    title: 'a misspelt required key of a sink',
    yaml: 'sinks:\n  kafka:\n    results:\n      topik: a',
    expected: ['4:7 sinks.kafka.results.topik: unknown key; did you mean "topic"?'],
  },
  {
    title: 'a value out of range in a sink',
    yaml: 'sinks:\n  postgres:\n    main:\n      dsn: postgresql://u:p@h/d\n      pool_min: 0',
    expected: ['5:17 sinks.postgres.main.pool_min: must be an integer ≥ 1, got 0'],
  },
  {
    title: 'an unknown key of a sink',
    yaml: 'sinks:\n  redis:\n    cache:\n      key_prefixes: a',
    expected: ['4:7 sinks.redis.cache.key_prefixes: unknown key; did you mean "key_prefix"?'],
  },
  {
    title: 'a sink type that is misspelt',
    yaml: 'sinks:\n  postgress:\n    main:\n      dsn: x',
    expected: ['2:3 sinks.postgress: no installed package offers the sink type "postgress"; did you mean "postgres"?'],
  },
  {
    title: 'a sink type without a package',
    yaml: 'sinks:\n  mongo:\n    main:\n      uri: x',
    expected: ['2:3 sinks.mongo: no installed package offers the sink type "mongo"; install it with: npm install @example/sink-mongo'],
  },
  {
    title: 'a custom sink type without a package',
    yaml: 'sinks:\n  custom:\n    clickhouse:\n      main:\n        uri: x',
    expected: [
      '3:5 sinks.custom.clickhouse: no installed package offers the sink type "clickhouse"; install it with: npm install @example/sink-clickhouse',
    ],
  },
  {
    title: 'settings where an instance name belongs',
    yaml: 'sinks:\n  kafka:\n    topic: results',
    expected: ['3:12 sinks.kafka.topic: must be a mapping, got a string'],
  },
  {
    title: 'the batch settings of BSPump',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      batch_size: 100\n      batch_timeout: 1.0',
    expected: [
      '5:7 sinks.kafka.results.batch_size: unknown key; did you mean "batch.max_items"?',
      '6:7 sinks.kafka.results.batch_timeout: unknown key; did you mean "batch.max_wait_ms"?',
    ],
  },
  {
    title: 'another spelling of max_in_flight',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      max_inflight: 3',
    expected: ['5:7 sinks.kafka.results.max_inflight: unknown key; did you mean "max_in_flight"?'],
  },
  {
    title: 'a batch without items',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      batch: { max_items: 0 }',
    expected: ['5:27 sinks.kafka.results.batch.max_items: must be an integer ≥ 1, got 0'],
  },
  {
    title: 'a breaker that would never close',
    yaml: 'sinks:\n  circuit_breaker:\n    failure_threshold: 0',
    expected: ['3:24 sinks.circuit_breaker.failure_threshold: must be an integer ≥ 1, got 0'],
  },
  {
    title: 'an unknown policy of a breaker',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      circuit_breaker:\n        on_open: wait',
    expected: ['6:18 sinks.kafka.results.circuit_breaker.on_open: must be "dlq" or "hold", got "wait"'],
  },
  {
    title: 'a retry interval that is no duration',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      retry:\n        backoff:\n          interval: soon',
    expected: ['7:21 sinks.kafka.results.retry.backoff.interval: must be a duration such as 500ms, 1s, 2m or 1h, got "soon"'],
  },
  {
    title: 'a retry factor that shrinks',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      retry:\n        backoff: { factor: 0.5, jitter: 1 }',
    expected: [
      '6:28 sinks.kafka.results.retry.backoff.factor: must be a number ≥ 1, got 0.5',
      '6:41 sinks.kafka.results.retry.backoff.jitter: must be a number ≥ 0 and < 1, got 1',
    ],
  },
  {
    title: 'a fallback policy without a fallback',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      retry:\n        on_failure: fallback',
    expected: ['6:21 sinks.kafka.results.retry.on_failure: "fallback" needs the key `fallback` of this sink'],
  },
  {
    title: 'a fallback that is no address',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      fallback: backup',
    expected: ['5:17 sinks.kafka.results.fallback: must be a sink written "type/name", got "backup"'],
  },
  {
    title: 'a fallback that does not exist',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      fallback: redis/cache',
    expected: ['5:17 sinks.kafka.results.fallback: names a sink that is not configured (there is no other sink)'],
  },
  {
    title: 'a sink that is its own fallback',
    yaml: 'sinks:\n  kafka:\n    results:\n      topic: a\n      fallback: kafka/results',
    expected: ['5:17 sinks.kafka.results.fallback: names the sink itself'],
  },
  {
    title: 'fallbacks in a circle',
    yaml: 'sinks:\n  kafka:\n    a:\n      topic: a\n      fallback: kafka/b\n    b:\n      topic: b\n      fallback: kafka/a',
    expected: ['5:17 sinks.kafka.a.fallback: fallbacks and followers run in a circle: kafka/a → kafka/b → kafka/a'],
  },
  {
    title: 'a fallback and a follower in a circle',
    yaml: 'sinks:\n  kafka:\n    a:\n      topic: a\n      fallback: kafka/b\n    b:\n      topic: b\n      on_success: kafka/a',
    expected: ['5:17 sinks.kafka.a.fallback: fallbacks and followers run in a circle: kafka/a → kafka/b → kafka/a'],
  },
  {
    title: 'one sink configured twice',
    yaml: 'sinks:\n  my_custom:\n    a:\n      endpoint: x\n  custom:\n    my_custom:\n      a:\n        endpoint: y',
    expected: ['8:9 sinks.custom.my_custom.a: the same sink is configured under sinks.my_custom.a'],
  },
  {
    title: 'a header that is no text',
    yaml: 'sinks:\n  http:\n    hook:\n      url: https://h\n      headers:\n        X-Count: 3',
    expected: ['6:18 sinks.http.hook.headers.X-Count: must be a string, got ***; put it in quotes'],
  },
  {
    title: 'an address with another scheme',
    yaml: 'sinks:\n  http:\n    hook:\n      url: ftp://h',
    expected: ['4:12 sinks.http.hook.url: must be an http or https address, got "ftp://h"'],
  },
  {
    title: 'neither branch of a union',
    yaml: 'sinks:\n  postgres:\n    main:\n      dsn: x\n      on_conflict: replace',
    expected: ['5:20 sinks.postgres.main.on_conflict: must be "do_nothing" or a mapping, got "replace"'],
  },
  {
    title: 'a mistake in the mapping branch of a union',
    yaml: 'sinks:\n  postgres:\n    main:\n      dsn: x\n      on_conflict:\n        column: [a]',
    expected: ['6:9 sinks.postgres.main.on_conflict.column: unknown key; did you mean "columns"?'],
  },
]
