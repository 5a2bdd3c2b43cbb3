/** The optional metrics of a `BackgroundSink` (spec DRN-19). */
import type { MetricsScope } from './sink.ts'

/** Where a background sink registers its metrics: a sink's `context.metrics`, or anything shaped like it. */
export type DrainMetricsPort = Pick<MetricsScope, 'counter' | 'gauge'>

export interface DrainMetrics {
  pushed(): void
  dropped(): void
  written(): void
  writeFailed(): void
  pending(count: number): void
}

const silent: DrainMetrics = {
  pushed: () => {},
  dropped: () => {},
  written: () => {},
  writeFailed: () => {},
  pending: () => {},
}

/** Registers `<prefix>_pushed_total` and its siblings; counts nothing without a prefix or a port. */
export function drainMetrics(port: DrainMetricsPort | undefined, prefix: string | undefined): DrainMetrics {
  if (port === undefined || prefix === undefined) return silent
  const pushed = port.counter(`${prefix}_pushed_total`, 'Messages accepted into the queue')
  const dropped = port.counter(`${prefix}_dropped_total`, 'Messages refused because the queue was full')
  const writes = port.counter(`${prefix}_writes_total`, 'Batches handed to the drain, failed ones included')
  const writeErrors = port.counter(`${prefix}_write_errors_total`, 'Batches the drain failed to write')
  const pending = port.gauge(`${prefix}_pending`, 'Messages accepted and not yet written')
  return {
    pushed: () => pushed.inc(),
    dropped: () => dropped.inc(),
    written: () => writes.inc(),
    writeFailed: () => {
      writes.inc()
      writeErrors.inc()
    },
    pending: (count) => pending.set(count),
  }
}
