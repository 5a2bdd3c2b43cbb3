/** A worker of the lab, or a stranger in its group: a process with a ledger. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const programs = {
  worker: fileURLToPath(new URL('../worker/worker.mjs', import.meta.url)),
  stranger: fileURLToPath(new URL('../worker/stranger.mjs', import.meta.url)),
} as const

export type ProgramName = keyof typeof programs

/** `name` names the process in the ledger; a worker that is started again gets another one. */
export interface WorkerPlan {
  readonly name: string
  readonly ledgerFile: string
  readonly logFile: string
  readonly config: Readonly<Record<string, unknown>>
  readonly tasks: { readonly minMs: number; readonly maxMs: number; readonly perPartition: number }
  /** It loads everything and begins at SIGUSR2. */
  readonly parked: boolean
}

export class LabWorker {
  readonly plan: WorkerPlan
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
  readonly #child: ChildProcess
  #stderr = ''

  constructor(program: ProgramName, plan: WorkerPlan) {
    this.plan = plan
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:DRAKKAR_|NODE_OPTIONS$|VITEST)/.test(name)))
    this.#child = spawn(process.execPath, [programs[program], JSON.stringify(plan)], {
      env: { ...env, KAFKAJS_NO_PARTITIONER_WARNING: '1' },
      // Standard input is never written to: it closes with this process, and ends the worker.
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-5000)
    })
    this.#child.stdin?.on('error', () => undefined)
    this.exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => resolve({ code, signal }))
    })
  }

  get name(): string {
    return this.plan.name
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  stderr(): string {
    return this.#stderr
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }
}
