import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { sinkMetrics } from './sink-metrics.ts'

describe('sinkMetrics', () => {
  it('prefixes names, and labels every sink by type and name', async () => {
    const registry = new Registry()
    sinkMetrics(registry, 'kafka', 'a').counter('bytes_total', 'Bytes sent.').inc(5)
    sinkMetrics(registry, 'kafka', 'b').counter('bytes_total', 'Bytes sent.').inc()
    sinkMetrics(registry, 'redis', 'a').gauge('pool', 'Connections.').set(3)
    const text = await registry.metrics()
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      'drakkar_sink_bytes_total{sink_type="kafka",sink_name="a"} 5',
      'drakkar_sink_bytes_total{sink_type="kafka",sink_name="b"} 1',
      'drakkar_sink_pool{sink_type="redis",sink_name="a"} 3',
    ])
  })

  it('gives the same metric when asked twice', async () => {
    const registry = new Registry()
    const metrics = sinkMetrics(registry, 'kafka', 'a')
    metrics.histogram('seconds', 'Time.', [1, 10]).observe(5)
    metrics.histogram('seconds', 'Time.', [1, 10]).observe(0.5)
    const text = await registry.metrics()
    expect(text).toContain('drakkar_sink_seconds_bucket{le="1",sink_type="kafka",sink_name="a"} 1')
    expect(text).toContain('drakkar_sink_seconds_count{sink_type="kafka",sink_name="a"} 2')
  })

  it('refuses one name for two kinds', () => {
    const metrics = sinkMetrics(new Registry(), 'kafka', 'a')
    metrics.counter('things', 'Things.')
    expect(() => metrics.gauge('things', 'Things.')).toThrow('drakkar_sink_things exists already with another type')
  })
})
