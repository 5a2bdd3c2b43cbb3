/** An executor of functions instead of processes: same port, same rules for admission and cancellation. */
import type { ExecutorErrorKind, ExecutorResult, ExecutorTask, TaskOutcome } from '../../src/model/task.ts'
import type { Executor, RunOptions } from '../../src/pipeline/executor/executor.ts'

export interface FakeRun {
  readonly stdout?: string
  readonly exitCode?: number
  readonly kind?: ExecutorErrorKind
}

export type FakeProgram = (task: ExecutorTask, attempt: number) => FakeRun | Promise<FakeRun>

export class FakeExecutor implements Executor {
  readonly maxExecutors: number
  readonly started: string[] = []
  #program: FakeProgram
  #attempts = new Map<string, number>()
  #active = 0
  #waiting: (() => void)[] = []

  constructor(program: FakeProgram = (task) => ({ stdout: task.args.join(' ') }), maxExecutors = 4) {
    this.#program = program
    this.maxExecutors = maxExecutors
  }

  get activeCount(): number {
    return this.#active
  }

  get waitingCount(): number {
    return this.#waiting.length
  }

  async start(): Promise<void> {}

  async close(): Promise<void> {}

  async run(task: ExecutorTask, options: RunOptions): Promise<TaskOutcome> {
    if (task.precomputed !== null) return outcome(task, { stdout: task.precomputed.stdout ?? '', exitCode: task.precomputed.exitCode ?? 0 })
    while (this.#active >= this.maxExecutors && !isOver(options)) await this.#turn(options)
    if (isOver(options)) return outcome(task, { kind: 'cancelled', exitCode: -1 })
    return this.#runNow(task, options)
  }

  async #runNow(task: ExecutorTask, options: RunOptions): Promise<TaskOutcome> {
    this.#active += 1
    this.started.push(task.taskId)
    const attempt = (this.#attempts.get(task.taskId) ?? 0) + 1
    this.#attempts.set(task.taskId, attempt)
    try {
      const killed = new Promise<FakeRun>((resolve) => {
        options.signal.addEventListener('abort', () => resolve({ kind: 'cancelled', exitCode: -1 }), { once: true })
      })
      return outcome(task, await Promise.race([Promise.resolve(this.#program(task, attempt)), killed]))
    } finally {
      this.#active -= 1
      this.#waiting[0]?.()
    }
  }

  #turn(options: RunOptions): Promise<void> {
    return new Promise((resolve) => {
      const signals = [options.signal, ...(options.admission === undefined ? [] : [options.admission])]
      const wake = (): void => {
        for (const signal of signals) signal.removeEventListener('abort', wake)
        this.#waiting = this.#waiting.filter((other) => other !== wake)
        resolve()
      }
      this.#waiting.push(wake)
      for (const signal of signals) signal.addEventListener('abort', wake, { once: true })
    })
  }
}

function isOver(options: RunOptions): boolean {
  return options.signal.aborted || options.admission?.aborted === true
}

function outcome(task: ExecutorTask, run: FakeRun): TaskOutcome {
  const exitCode = run.exitCode ?? 0
  const stdout = run.stdout ?? ''
  const result: ExecutorResult = {
    task,
    exitCode,
    stdout,
    stderr: exitCode === 0 ? '' : 'failed',
    stdoutBytes: Buffer.from(stdout),
    stderrBytes: Buffer.alloc(0),
    durationSeconds: 0,
    pid: null,
    signal: null,
    truncated: { stdout: false, stderr: false },
  }
  if (exitCode === 0 && run.kind === undefined) return { status: 'completed', result }
  const error = { task, kind: run.kind ?? 'exit', exitCode, stderr: result.stderr, exception: null, pid: null, result } as const
  return { status: 'failed', result, error }
}
