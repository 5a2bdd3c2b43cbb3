/** The worker's end of the guardian process: starts it, keeps it informed, replaces it when it dies (design 13, I6). */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Clock, DrakkarError, errorMessage, type Logger } from '@drakkar/plugin-sdk'
import { hasProcessGroups } from './process-group.ts'
import { startTimer } from './timer.ts'

export interface GuardianOptions {
  readonly runId: string
  readonly logger: Logger
  readonly clock: Clock
}

const firstRestartMs = 100
const longestRestartMs = 10_000
/** How long the end of a group may stay untold, so that many ends travel in one write. */
const forgetDelayMs = 20
/** Untaken bytes after which a guardian counts as stuck; a message has about eight. */
const stuckBytes = 1_000_000

export class Guardian {
  readonly #options: GuardianOptions
  readonly #groups = new Set<number>()
  #child: ChildProcess | null = null
  #ended: string[] = []
  #forgetTimer: NodeJS.Timeout | undefined
  #cancelRestart: (() => void) | null = null
  #failuresInRow = 0
  #restarts = 0
  #isClosed = false

  constructor(options: GuardianOptions) {
    this.#options = options
  }

  /** Null while it is being replaced, and on Windows. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  get restarts(): number {
    return this.#restarts
  }

  /** Throws `DRK_EXECUTOR_UNUSABLE` when it cannot be started. On Windows, which has no process groups, nothing is started. */
  async start(): Promise<void> {
    if (!hasProcessGroups) return
    try {
      await this.#launch()
    } catch (error) {
      throw new DrakkarError({
        code: 'DRK_EXECUTOR_UNUSABLE',
        message: `the guardian process cannot be started: ${errorMessage(error)}`,
        cause: error,
      })
    }
  }

  /** A group has started. Written at once: every moment in between is one in which the worker may be killed. */
  watch(groupId: number): void {
    this.#groups.add(groupId)
    this.#tell(`${this.#ended.join('')}+${groupId}\n`)
    this.#ended = []
  }

  /** A group has ended. */
  forget(groupId: number): void {
    if (!this.#groups.delete(groupId)) return
    this.#ended.push(`-${groupId}\n`)
    this.#forgetTimer ??= setTimeout(() => this.#tellEnded(), forgetDelayMs).unref()
  }

  /** Closes the pipe, upon which the guardian kills what is still watched and exits. Resolves when it has. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelRestart?.()
    this.#tellEnded()
    const child = this.#child
    this.#child = null
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    const exited = once(child, 'exit')
    child.stdin?.end()
    await exited
  }

  #tellEnded(): void {
    clearTimeout(this.#forgetTimer)
    this.#forgetTimer = undefined
    if (this.#ended.length > 0) this.#tell(this.#ended.join(''))
    this.#ended = []
  }

  #tell(message: string): void {
    const stdin = this.#child?.stdin
    if (stdin === undefined || stdin === null || !stdin.writable) return
    stdin.write(message)
    if (stdin.writableLength > stuckBytes) this.#child?.kill('SIGKILL')
  }

  async #launch(): Promise<void> {
    // No environment: the guardian must not carry an outer run id, nor NODE_OPTIONS meant for the worker.
    const child = spawn(process.execPath, [fileURLToPath(new URL('./guardian-process.js', import.meta.url)), this.#options.runId], {
      detached: true,
      env: {},
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdin?.on('error', () => {
      // A dead guardian breaks the pipe; its `exit` starts the next one.
    })
    await becomeReady(child)
    child.on('exit', (code, signal) => this.#exited(child, signal ?? `code ${code}`))
    child.on('error', (error) => this.#options.logger.warn('executor_guardian_error', { error: error.message }))
    child.unref()
    unrefStream(child.stdin)
    this.#child = child
    this.#failuresInRow = 0
    this.#ended = []
    this.#tell([...this.#groups].map((groupId) => `+${groupId}\n`).join(''))
    if (this.#isClosed) await this.close()
  }

  #exited(child: ChildProcess, how: string): void {
    if (this.#child !== child || this.#isClosed) return
    this.#child = null
    this.#options.logger.warn('executor_guardian_lost', { how, groups: this.#groups.size })
    this.#scheduleRestart(0)
  }

  async #restart(): Promise<void> {
    try {
      await this.#launch()
      this.#restarts += 1
    } catch (error) {
      if (this.#isClosed) return
      const delayMs = Math.min(longestRestartMs, firstRestartMs * 2 ** this.#failuresInRow)
      this.#failuresInRow += 1
      this.#options.logger.error('executor_guardian_restart_failed', { error: errorMessage(error), retry_in_ms: delayMs })
      this.#scheduleRestart(delayMs)
    }
  }

  #scheduleRestart(delayMs: number): void {
    const onDefect = (error: unknown): void => this.#options.logger.error('executor_guardian_error', { error: errorMessage(error) })
    this.#cancelRestart = startTimer(this.#options.clock, delayMs, () => {
      this.#restart().catch(onDefect)
    })
  }
}

/** Rejects when it could not be started or ended before it was ready. */
async function becomeReady(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`it ended at its start: ${signal ?? `code ${code}`}`)))
    child.stdout?.once('data', () => resolve())
  })
  child.stdout?.destroy()
}

/** A child's stdin is a socket, which must not keep an otherwise finished worker alive. */
function unrefStream(stream: unknown): void {
  if (typeof stream === 'object' && stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref()
}
