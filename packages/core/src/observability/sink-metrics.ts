/** Metrics a sink adds of its own: prefixed and labelled, on the worker's registry. */
import type { MetricsScope } from '@drakkar/plugin-sdk'
import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client'

const labelNames = ['sink_type', 'sink_name']

export function sinkMetrics(registry: Registry, sinkType: string, sinkName: string): MetricsScope {
  const labels = { sink_type: sinkType, sink_name: sinkName }
  const options = (name: string, help: string) => ({ name: `drakkar_sink_${name}`, help, labelNames, registers: [registry] })
  return {
    counter: (name, help) => findOrCreate(registry, options(name, help), Counter).labels(labels),
    gauge: (name, help) => findOrCreate(registry, options(name, help), Gauge).labels(labels),
    histogram: (name, help, buckets) => {
      const all = buckets === undefined ? options(name, help) : { ...options(name, help), buckets: [...buckets] }
      return findOrCreate(registry, all, Histogram).labels(labels)
    },
  }
}

function findOrCreate<O extends { readonly name: string }, M extends Metric>(
  registry: Registry,
  options: O,
  Kind: new (options: O) => M,
): M {
  const known = registry.getSingleMetric(options.name)
  if (known === undefined) return new Kind(options)
  if (known instanceof Kind) return known
  throw new TypeError(`the metric ${options.name} exists already with another type`)
}
