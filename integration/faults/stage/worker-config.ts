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
  /** The later wins, one level below the sections. */
  readonly overrides: readonly Readonly<Record<string, unknown>>[]
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
  return facts.overrides.reduce<Readonly<Record<string, unknown>>>(mergeSections, own)
}

function mergeSections(base: Section, over: Section): Section {
  const names = new Set([...Object.keys(base), ...Object.keys(over)])
  return Object.fromEntries([...names].map((name) => [name, merged(base[name], over[name])]))
}

function merged(base: unknown, over: unknown): unknown {
  return isSection(base) && isSection(over) ? { ...base, ...over } : (over ?? base)
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
