/**
 * The port to the operating system: starts one program and collects what it prints. Deadlines, cancellation and the
 * meaning of an exit code are not its business. Whatever implements it passes `spawner-behaviour.ts`.
 */

export interface ProcessCommand {
  readonly file: string
  readonly args: readonly string[]
  /** The complete environment. */
  readonly env: Readonly<Record<string, string>>
  /** Null: no stdin. Empty: an immediate end of file. */
  readonly stdin: string | Uint8Array | null
  /** Bytes kept of each output stream. */
  readonly maxOutputBytes: number
  /** `fail` kills the group at the first byte too many; `truncate` reads on and discards. */
  readonly overflow: 'truncate' | 'fail'
}

export interface ProcessEnd {
  /** Null when a signal ended the process or the status is unknown. */
  readonly exitCode: number | null
  /** Name of the signal, e.g. `SIGKILL`. */
  readonly signal: string | null
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  readonly truncated: { readonly stdout: boolean; readonly stderr: boolean }
  /** The process was killed because of its output (`overflow: 'fail'`). */
  readonly overflowed: boolean
  /** The program ended but a descendant kept its output open; that descendant was killed. */
  readonly outputHeldOpen: boolean
  /** Members of the group were still there when waiting for their end was given up (uninterruptible sleep). */
  readonly groupSurvived: boolean
}

export interface RunningProcess {
  /** Also the id of its process group, where the platform has groups. */
  readonly pid: number
  /** Never rejects. When it resolves, the output is complete and no member of the group is left. */
  readonly ended: Promise<ProcessEnd>
  /** Signals the whole group. False when the program has already ended by itself. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): boolean
  /** Stops waiting for a process that not even SIGKILL ends: `ended` resolves without a status. */
  abandon(): void
}

export interface Spawner {
  /** Rejects with the system's error when the program cannot be started; `classifySpawnFailure` reads it. */
  spawn(command: ProcessCommand): Promise<RunningProcess>
}
