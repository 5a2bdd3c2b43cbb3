/** The configuration of the lab's workers. */

/** The shortest session a broker accepts unless it is told otherwise. */
export const sessionTimeoutMs = 6000

export interface LabConfigOptions {
  readonly brokers: string
  readonly topic: string
  readonly group: string
  readonly kafka?: Readonly<Record<string, unknown>> | undefined
  readonly executor?: Readonly<Record<string, unknown>> | undefined
}

export function labConfig(options: LabConfigOptions): Readonly<Record<string, unknown>> {
  const { brokers, topic, group, kafka, executor } = options
  return {
    kafka: { brokers, source_topic: topic, consumer_group: group, session_timeout_ms: sessionTimeoutMs, ...kafka },
    executor: { max_executors: 96, window_size: 20, drain_timeout_seconds: 5, ...executor },
    sinks: { ledger: { main: {} } },
    metrics: { enabled: false },
  }
}
