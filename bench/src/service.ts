/** The servers of the races: one that runs already, or one of our own that `integration/services` starts. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { contenderPath, packageFolder } from './package-folder.ts'

/** `http` is a stub of our own; the others are those of `integration/services`. */
export type ServiceName = 'kafka' | 'postgres' | 'redis' | 'mongo' | 'http'

export interface ServiceOptions {
  readonly name: ServiceName
  /** Of a server that runs already, null: start one, or use that of `DRAKKAR_TEST_<NAME>`. */
  readonly address: string | null
  /** Ends a start that is under way. A server that runs is stopped by disposing, after its users have cleaned up. */
  readonly signal: AbortSignal
}

/** Starts a server at the first question. Disposing stops what was started. */
export class Service implements AsyncDisposable {
  readonly #options: ServiceOptions
  #address: Promise<string> | null
  #stop: () => Promise<void> = () => Promise.resolve()

  constructor(options: ServiceOptions) {
    this.#options = options
    this.#address = options.address === null ? null : Promise.resolve(options.address)
  }

  /** Rejects when none can be had; the reasons are on standard error. */
  address(): Promise<string> {
    this.#address ??= this.#start()
    return this.#address
  }

  async #start(): Promise<string> {
    const { name, signal } = this.#options
    signal.throwIfAborted()
    process.stderr.write(`Starting ${name} ...\n`)
    const folder = join(packageFolder, '..', 'integration')
    const args = name === 'http' ? [contenderPath('http-receiver')] : [join(folder, 'dist', 'services', 'cli.js'), name, 'start']
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    const exited = once(child, 'exit')
    const end = (): void => void child.kill('SIGTERM')
    signal.addEventListener('abort', end, { once: true })
    this.#stop = async () => {
      end()
      await exited
    }
    const firstLine = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
    const address = await Promise.race([firstLine, exited.then(() => null)])
    signal.removeEventListener('abort', end)
    if (address === null) throw new Error(`no ${name} can be had (reasons above)`)
    return address
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }
}
