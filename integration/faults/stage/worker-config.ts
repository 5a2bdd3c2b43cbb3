/** The configuration of a stage's workers. Pure. */

type Section = Readonly<Record<string, unknown>>

export interface StageNames {
  readonly topic: string
  readonly results: string
  readonly group: string
  readonly deadLetters: string
}

export interface WorkerConfigFacts extends StageNames {
  /** Where the workers find the broker. */
  readonly brokers: string
  readonly logFile: string
  /** Wins, one level below the sections. */
  readonly overrides: Readonly<Record<string, unknown>>
}

/** Messages a worker may hold beyond those that are counted: what waits when the source pauses, and one hand-over more. */
export const heldAtOnce = 4 * 32 + 100

export function workerConfig(facts: WorkerConfigFacts): Readonly<Record<string, unknown>> {
  const own: Readonly<Record<string, Section>> = {
    kafka: {
      brokers: facts.brokers,
      source_topic: facts.topic,
      consumer_group: facts.group,
      session_timeout_ms: 6000,
    },
    executor: { max_executors: 4, window_size: 20, drain_timeout_seconds: 10, task_timeout_seconds: 10 },
    dlq: { topic: facts.deadLetters },
    // Tried again for as long as it takes: an outage is no reason for a dead letter.
    sinks: { kafka: { results: { topic: facts.results, retry: { backoff: { interval: '200ms' } } } } },
    logging: { level: 'INFO', output: facts.logFile },
  }
  const names = new Set([...Object.keys(own), ...Object.keys(facts.overrides)])
  return Object.fromEntries([...names].map((name) => [name, merged(own[name], facts.overrides[name])]))
}

function merged(own: Section | undefined, override: unknown): unknown {
  if (own === undefined || typeof override !== 'object' || override === null) return override ?? own
  return { ...own, ...override }
}
