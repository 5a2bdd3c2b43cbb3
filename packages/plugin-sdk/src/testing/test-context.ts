/** A `SinkContext` that records instead of printing, and the other arguments a sink is called with. */
import type { Counter, DeliverCall, DeliveryItem, Gauge, Histogram, LogFields, Logger, MetricsScope, SinkContext } from '../sink.ts'

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}

export interface RecordingLogger extends Logger {
  /** Everything logged so far, oldest first. */
  readonly entries: readonly LogEntry[]
}

export function createRecordingLogger(): RecordingLogger {
  const entries: LogEntry[] = []
  const write =
    (level: LogEntry['level']) =>
    (event: string, fields: LogFields = {}) => {
      entries.push({ level, event, fields })
    }
  return { entries, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

export interface RecordingMetrics extends MetricsScope {
  /** Counter sums, gauge values and the last observation of histograms, by name. */
  readonly values: ReadonlyMap<string, number>
}

export function createRecordingMetrics(): RecordingMetrics {
  const values = new Map<string, number>()
  const set = (name: string, value: number): void => void values.set(name, value)
  const start = (name: string): void => set(name, values.get(name) ?? 0)
  return {
    values,
    counter(name): Counter {
      start(name)
      return { inc: (by = 1) => set(name, (values.get(name) ?? 0) + by) }
    },
    gauge(name): Gauge {
      start(name)
      return { set: (value) => set(name, value) }
    },
    histogram(name): Histogram {
      start(name)
      return { observe: (value) => set(name, value) }
    },
  }
}

export interface TestContext extends SinkContext {
  readonly logger: RecordingLogger
  readonly metrics: RecordingMetrics
}

/** A context for a sink under test. Everything may be overridden. */
export function createTestContext(overrides: Partial<TestContext> = {}): TestContext {
  return {
    type: 'test',
    name: 'main',
    logger: createRecordingLogger(),
    metrics: createRecordingMetrics(),
    worker: { workerId: 'test-worker-0', clusterName: 'test', replica: 0 },
    sourceConnection: null,
    ...overrides,
  }
}

let itemsMade = 0

/** One item of a batch, as the framework would build it. `id` is unique in the process unless given. */
export function deliveryItem<P>(payload: P, overrides: Partial<Omit<DeliveryItem<P>, 'payload'>> = {}): DeliveryItem<P> {
  itemsMade += 1
  const source = { topic: 'test-topic', partition: 0, offsets: [itemsMade], timestamps: [1_700_000_000_000 + itemsMade] }
  return { id: `item-${itemsMade}`, payload, attempt: 0, source, ...overrides }
}

/** The second argument of `deliver`. Without a signal the call has no limit. */
export function deliverCall(overrides: Partial<DeliverCall> = {}): DeliverCall {
  return { signal: new AbortController().signal, trace: () => undefined, ...overrides }
}
