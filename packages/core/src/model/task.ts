/** Tasks and what becomes of them: values without behaviour (spec 9). */

export type TaskMetadata = Readonly<Record<string, unknown>>

/** A result given by the handler instead of a process (spec EXE-29). */
export interface PrecomputedResult {
  readonly stdout?: string
  readonly stderr?: string
  /** Default 0. */
  readonly exitCode?: number
  /** Default 0. */
  readonly durationSeconds?: number
}

/** One run of an external program. Made with `task()`. */
export interface ExecutorTask<M extends TaskMetadata = TaskMetadata> {
  /** Unique among the partition's tasks in flight. */
  readonly taskId: string
  readonly args: readonly string[]
  /** Offsets of the source messages this task works for. */
  readonly sourceOffsets: readonly number[]
  /** Carried untouched to the result. */
  readonly metadata: M
  /** For display and tracing only. */
  readonly labels: Readonly<Record<string, string>>
  /** Added to the child's environment, over `executor.env`. */
  readonly env: Readonly<Record<string, string>>
  /** Null: `executor.binary_path`. */
  readonly binaryPath: string | null
  /** Null: no stdin. An empty string: an immediate end of file. */
  readonly stdin: string | Uint8Array | null
  readonly precomputed: PrecomputedResult | null
  /** The task this one replaces. */
  readonly parentTaskId: string | null
}

export interface OutputTruncation {
  readonly stdout: boolean
  readonly stderr: boolean
}

/** How a task ended. Exists for successes and failures alike. */
export interface ExecutorResult<M extends TaskMetadata = TaskMetadata> {
  readonly task: ExecutorTask<M>
  /** -1 when the program never started or did not end by itself; −signal number when a signal ended it. */
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly stdoutBytes: Uint8Array
  readonly stderrBytes: Uint8Array
  /** Seconds, 3 decimals. */
  readonly durationSeconds: number
  /** Null when no process ran. */
  readonly pid: number | null
  /** Name of the signal that ended the process, e.g. `SIGKILL`. */
  readonly signal: string | null
  readonly truncated: OutputTruncation
}

/**
 * `poison`: can never start, whatever is tried (argument list too long, NUL byte). `spawn`: could not be started.
 * `pressure` is not among them: a worker out of processes or descriptors tries again by itself without using an attempt.
 */
export type ExecutorErrorKind = 'exit' | 'timeout' | 'spawn' | 'signal' | 'cancelled' | 'output_limit' | 'poison'

/** Why a task failed, as `onError` sees it. */
export interface ExecutorError<M extends TaskMetadata = TaskMetadata> {
  readonly task: ExecutorTask<M>
  readonly kind: ExecutorErrorKind
  /** Null when the program never started or timed out. */
  readonly exitCode: number | null
  readonly stderr: string
  /** Text for time-outs and start failures, null for a plain non-zero exit. */
  readonly exception: string | null
  readonly pid: number | null
  /** Output up to the cap, what was read before a time-out included. */
  readonly result: ExecutorResult<M>
}

export type TaskOutcome<M extends TaskMetadata = TaskMetadata> =
  | { readonly status: 'completed'; readonly result: ExecutorResult<M> }
  | { readonly status: 'failed'; readonly result: ExecutorResult<M>; readonly error: ExecutorError<M> }

/** In-flight tasks of the partition when `arrange` was called: a snapshot. */
export interface PendingContext {
  readonly pendingTasks: readonly ExecutorTask[]
  readonly pendingTaskIds: ReadonlySet<string>
}
