/** The scenarios' worker: a process of its own that reports its snapshot and its memory over a channel. */
import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { AppSnapshot } from '@drakkar/core'

const program = fileURLToPath(new URL('../../fixtures/faults/worker.mjs', import.meta.url))

export interface WorkerPlan {
  readonly sinks: readonly { readonly payloadKey: string; readonly name: string }[]
  /** What the handler answers to deliveries that failed. Default: no hook. */
  readonly onDeliveryError?: 'RETRY' | 'SKIP' | 'DLQ'
}

interface Report {
  readonly snapshot?: AppSnapshot | null
  readonly rss?: number
  readonly skipped?: readonly { readonly id: string; readonly sinkName: string }[]
}

export class FaultWorker {
  readonly #child: ChildProcess
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly skipped: { readonly id: string; readonly sinkName: string }[] = []
  snapshot: AppSnapshot | null = null
  /** Largest of all reports, in bytes. */
  maxRss = 0
  /** Most messages and payloads in the worker at once. */
  maxHeld = 0
  /** A report said that the source was paused. */
  wasPaused = false
  #stderr = ''

  constructor(configPath: string, plan: WorkerPlan) {
    this.#child = fork(program, [JSON.stringify({ configPath, plan })], {
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DRAKKAR_'))),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-20_000)
    })
    this.#child.on('message', (report: Report) => this.#take(report))
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }))
    })
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  stderr(): string {
    return this.#stderr
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Begins to measure anew. */
  resetPeaks(): void {
    this.maxRss = 0
    this.maxHeld = 0
    this.wasPaused = false
  }

  /** What the named sink instance has failed at so far, tries that were repeated included. */
  failures(name: string): number {
    const found = this.snapshot?.sinks.find((sink) => sink.sink_name === name)
    if (found === undefined) return 0
    return found.error_count + found.retry_count + found.fast_retry_count
  }

  #take({ snapshot, rss, skipped }: Report): void {
    if (skipped !== undefined) this.skipped.push(...skipped)
    if (rss !== undefined) this.maxRss = Math.max(this.maxRss, rss)
    if (snapshot === undefined || snapshot === null) return
    this.snapshot = snapshot
    const waiting = Math.max(0, ...snapshot.sinks.map((sink) => sink.queue_depth))
    this.maxHeld = Math.max(this.maxHeld, snapshot.counters.consumed - snapshot.counters.completed, waiting)
    if (snapshot.paused) this.wasPaused = true
  }
}
