/** What stands for the target in the conformance suite: a real directory, seen through the fake client. */
import { mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { FakeFileClient, systemError } from './fake-client.ts'
import { tempDirectory, type TempDirectory } from './temp-directory.ts'

export class ConformanceTarget {
  readonly client = new FakeFileClient()
  readonly base: string
  readonly #directory: TempDirectory

  private constructor(directory: TempDirectory) {
    this.#directory = directory
    this.base = join(directory.path, 'base')
  }

  static async create(): Promise<ConformanceTarget> {
    const target = new ConformanceTarget(await tempDirectory())
    await mkdir(target.base)
    return target
  }

  get file(): string {
    return join(this.base, 'out.jsonl')
  }

  async lines(): Promise<string[]> {
    const text = await readFile(this.file, 'utf8').catch(() => '')
    return text.split('\n').slice(0, -1)
  }

  /** Of all lines, each with its line end. */
  async wire(): Promise<{ readonly body: Uint8Array }[]> {
    return (await this.lines()).map((line) => ({ body: Buffer.from(`${line}\n`) }))
  }

  durableLines(): string[] {
    return (this.client.durable.get(this.file) ?? '').split('\n').slice(0, -1)
  }

  async takeAway(): Promise<void> {
    await rename(this.base, `${this.base}-away`)
  }

  async bringBack(): Promise<void> {
    await rename(`${this.base}-away`, this.base)
  }

  failNextFlush(): void {
    this.client.syncError = systemError('EIO', 'i/o error, fsync')
  }

  async dispose(): Promise<void> {
    await this.#directory[Symbol.asyncDispose]()
  }
}
