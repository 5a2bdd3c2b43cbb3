import { describe, expect, test } from 'vitest'
import { problemsOf } from './load-text.ts'
import { sectionMistakes } from './mistakes-sections.ts'
import { sinkMistakes } from './mistakes-sinks.ts'
import { yamlMistakes } from './mistakes-yaml.ts'

const all = [...sectionMistakes, ...sinkMistakes, ...yamlMistakes]

describe('every seeded mistake is reported with its place, its path and a remedy', () => {
  test.each(all)('$title', ({ yaml, expected }) => {
    expect(problemsOf(yaml)).toEqual(expected.map((line) => `drakkar.yaml:${line}`))
  })

  test('the table has at least 60 different mistakes', () => {
    expect(new Set(all.map(({ yaml }) => yaml)).size).toBeGreaterThanOrEqual(60)
  })

  test('mistakes of several sections and of the environment are reported in one run', () => {
    const yaml = 'kafka:\n  borkers: a:1\nmetrics:\n  port: 0\nsinks:\n  redis:\n    cache: { ttl: 1 }'
    expect(problemsOf(yaml, { DRAKKAR_DEBUG__PORT: 'x', DRAKKAR_EXECUTOR__MAX_EXECUTORS: '0' })).toEqual([
      'drakkar.yaml:2:3 kafka.borkers: unknown key; did you mean "brokers"?',
      'drakkar.yaml:4:9 metrics.port: must be an integer from 1 to 65535, got 0',
      'drakkar.yaml:7:14 sinks.redis.cache.ttl: unknown key',
      'environment DRAKKAR_DEBUG__PORT debug.port: must be an integer from 1 to 65535, got "x"',
      'environment DRAKKAR_EXECUTOR__MAX_EXECUTORS executor.max_executors: must be an integer ≥ 1, got "0"',
    ])
  })
})
