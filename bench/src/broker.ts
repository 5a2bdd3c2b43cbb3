/** The broker of the races: one that runs already, or one of our own that `integration/services` starts. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { packageFolder } from './package-folder.ts'

/** Starts a broker at the first question. `close` stops what was started. */
export class Broker implements AsyncDisposable {
  #address: Promise<string> | null
  #stop: () => Promise<void> = () => Promise.resolve()

  /** `address`: of a broker that runs already, null: start one. */
  constructor(address: string | null) {
    this.#address = address === null ? null : Promise.resolve(address)
  }

  /** Rejects when none can be had; the reasons are on standard error. */
  address(): Promise<string> {
    this.#address ??= this.#start()
    return this.#address
  }

  async #start(): Promise<string> {
    const folder = join(packageFolder, '..', 'integration')
    process.stderr.write('Starting a Kafka broker ...\n')
    const child = spawn(process.execPath, [join(folder, 'dist', 'services', 'cli.js'), 'kafka', 'start'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const exited = once(child, 'exit')
    this.#stop = async () => {
      child.kill('SIGTERM')
      await exited
    }
    const firstLine = new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve))
    const address = await Promise.race([firstLine, exited.then(() => null)])
    if (address === null) throw new Error('no Kafka broker can be had (reasons above); name one with --kafka HOST:PORT')
    return address
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop()
  }
}
