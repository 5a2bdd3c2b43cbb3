/** Test fixture: embedded logs in a directory of their own, closed and removed by `dispose`. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogFields, Logger } from '@drakkar/plugin-sdk'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import { openEmbeddedLog } from '../../src/log/embedded/embedded-log.ts'

export interface LogLine {
  readonly level: string
  readonly event: string
  readonly fields: LogFields
}

export class TemporaryLogs {
  readonly lines: LogLine[] = []
  readonly directory: string
  readonly #open: MessageLog[] = []

  constructor(directory: string) {
    this.directory = directory
  }

  static async create(): Promise<TemporaryLogs> {
    return new TemporaryLogs(await mkdtemp(join(tmpdir(), 'drakkar-embedded-')))
  }

  path(name = 'log.db'): string {
    return join(this.directory, name)
  }

  async open(name?: string): Promise<MessageLog> {
    const log = await openEmbeddedLog({ path: this.path(name), logger: this.#logger(), workerId: 'worker-a' })
    this.#open.push(log)
    return log
  }

  async dispose(): Promise<void> {
    for (const log of this.#open.toReversed()) await log.close()
    await rm(this.directory, { recursive: true })
  }

  #logger(): Logger {
    const write =
      (level: string) =>
      (event: string, fields: LogFields = {}) =>
        void this.lines.push({ level, event, fields })
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  }
}
