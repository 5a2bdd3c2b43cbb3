/** What programs were run, and how they ended. */
import type { ExecutorErrorKind, ExecutorTask } from '../model/task.ts'
import type { ExecutorObserver, TaskEnded, TaskStarted } from '../pipeline/executor/observer.ts'

/** One run of a program, or a precomputed result taken for one. */
export interface Executed {
  readonly task: ExecutorTask
  /** 1 for the first run of the task. */
  readonly attempt: number
  /** `killed`: it ran when its worker was killed. */
  readonly status: 'running' | 'completed' | 'killed' | ExecutorErrorKind
  /** Null while it runs, and when it has none. */
  readonly exitCode: number | null
  readonly precomputed: boolean
}

type OpenEntry = { -readonly [K in keyof Executed]: Executed[K] }

export class ExecutionRecord implements ExecutorObserver {
  readonly #entries: OpenEntry[] = []
  readonly #running = new Map<ExecutorTask, OpenEntry>()
  readonly #attempts = new WeakMap<ExecutorTask, number>()
  readonly #onStarted: () => void

  constructor(onStarted: () => void) {
    this.#onStarted = onStarted
  }

  /** In the order of their starts. */
  get entries(): readonly Executed[] {
    return this.#entries
  }

  taskStarted({ task, precomputed }: TaskStarted): void {
    const attempt = (this.#attempts.get(task) ?? 0) + 1
    this.#attempts.set(task, attempt)
    const entry: OpenEntry = { task, attempt, status: 'running', exitCode: null, precomputed }
    this.#entries.push(entry)
    this.#running.set(task, entry)
    if (!precomputed) this.#onStarted()
  }

  taskEnded({ task, outcome }: TaskEnded): void {
    const entry = this.#running.get(task)
    if (entry === undefined) return
    this.#running.delete(task)
    entry.status = outcome.status === 'completed' ? 'completed' : outcome.error.kind
    entry.exitCode = outcome.status === 'completed' ? outcome.result.exitCode : outcome.error.exitCode
  }

  /** The worker is dead, and its programs with it. */
  killed(): void {
    for (const entry of this.#running.values()) entry.status = 'killed'
    this.#running.clear()
  }
}
