/** A directory; its outage is that it is moved away. */
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Target, TargetInstance } from '../target.ts'

export class FileTarget implements Target {
  readonly label = 'file'
  readonly type = 'filesystem'
  readonly payloadKey = 'files'
  readonly instances: readonly TargetInstance[]
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
    this.instances = [
      {
        name: 'lines',
        config: { base_path: join(folder, 'lines') },
        proxy: null,
        ordered: true,
        once: false,
        acknowledged: '',
        delivered: async () => {
          const text = await readFile(join(folder, 'lines', 'lines.jsonl'), 'utf8').catch(() => '')
          const lines: { id: string }[] = text
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line))
          return lines.map(({ id }) => id)
        },
      },
    ]
  }

  static async start(): Promise<FileTarget> {
    const folder = await mkdtemp(join(tmpdir(), 'drakkar-lines-'))
    await mkdir(join(folder, 'lines'))
    return new FileTarget(folder)
  }

  async kill(): Promise<void> {
    await rename(join(this.#folder, 'lines'), join(this.#folder, 'away'))
  }

  async restart(): Promise<void> {
    await rename(join(this.#folder, 'away'), join(this.#folder, 'lines'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}
