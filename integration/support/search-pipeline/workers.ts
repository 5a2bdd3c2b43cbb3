/** The workers of the scenario by name: each is `drakkar run` in a process of its own, started and stopped as an operator would. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '../faults/waiting.ts'
import { startWorkerProcess, type WorkerProcess } from '../worker-process.ts'

const fixture = fileURLToPath(new URL('../../fixtures/search-pipeline/', import.meta.url))

export type Kind = 'primary' | 'fast'

export interface WorkersOptions {
  readonly environment: Readonly<Record<string, string>>
  /** Where the workers' logs are written. */
  readonly folder: string
  /** In the environment of every worker and its children, to find what is left of them. */
  readonly marker: string
}

export class Workers {
  readonly #options: WorkersOptions
  readonly #running = new Map<string, WorkerProcess>()

  constructor(options: WorkersOptions) {
    this.#options = options
  }

  start(name: string, kind: Kind): void {
    const { environment, marker } = this.#options
    const [variable = '', value = ''] = marker.split('=')
    const own = { [variable]: value, WORKER_ID: name, SEARCH_LOG: this.#logFile(name), SEARCH_PROGRAM: join(fixture, 'search.sh') }
    this.#running.set(name, startWorkerProcess(['--config', join(fixture, `${kind}.yaml`)], { ...environment, ...own }))
  }

  /** Resolves when the worker has its first partitions. */
  async untilRunning(name: string): Promise<void> {
    const hasPartitions = async (): Promise<boolean> => (await this.log(name)).includes('partitions_assigned')
    await until(hasPartitions, { what: `${name} has partitions`, withinMs: 60_000, gaveUp: () => this.fallen() })
  }

  /** SIGTERM, and waits for the end. Resolves with the exit code. */
  async stop(name: string): Promise<number | null> {
    const worker = this.#take(name)
    worker.child.kill('SIGTERM')
    return (await worker.exited).code
  }

  async kill(name: string): Promise<void> {
    const worker = this.#take(name)
    worker.child.kill('SIGKILL')
    await worker.exited
  }

  /** Names and last words of workers that have ended although nobody asked them to; empty when all run. */
  fallen(): string {
    const ended = [...this.#running].filter(([, { child }]) => child.exitCode !== null || child.signalCode !== null)
    return ended.map(([name, worker]) => `${name} has ended: ${worker.stderr()}`).join('\n')
  }

  async stopAll(): Promise<readonly (number | null)[]> {
    return Promise.all([...this.#running.keys()].map((name) => this.stop(name)))
  }

  /** All the worker of this name has logged, also before it was started again; empty before it has begun. */
  async log(name: string): Promise<string> {
    return readFile(this.#logFile(name), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return ''
      throw error
    })
  }

  #logFile(name: string): string {
    return join(this.#options.folder, `${name}.log`)
  }

  #take(name: string): WorkerProcess {
    const worker = this.#running.get(name)
    if (worker === undefined) throw new Error(`no worker "${name}" is running`)
    this.#running.delete(name)
    return worker
  }
}
