/** A producer that stores what it may: down on demand, with a limit on the size of a record. */
import { LogError } from '@drakkar/plugin-sdk'
import type { LogProducer, ProduceRecord } from '@drakkar/plugin-sdk/log'

export class FlakyProducer implements LogProducer {
  readonly stored: ProduceRecord[] = []
  calls = 0
  isDown = false
  /** Goes down after so many calls. */
  downAfter = Number.POSITIVE_INFINITY
  isConnectRefused = false
  /** Bytes of the largest value it takes. */
  maxBytes = Number.POSITIVE_INFINITY

  async connect(): Promise<void> {
    if (this.isConnectRefused) throw new LogError({ kind: 'transient', message: 'nobody answers' })
  }

  async send(records: readonly ProduceRecord[]): Promise<readonly []> {
    this.calls += 1
    await Promise.resolve()
    if (this.isDown || this.calls > this.downAfter) throw new LogError({ kind: 'transient', message: 'kafka://joe:secret@host is down' })
    if (records.some(({ value }) => (value?.length ?? 0) > this.maxBytes)) {
      throw new LogError({ kind: 'permanent', code: 'DRK_LOG_RECORD_TOO_LARGE', message: 'too large' })
    }
    this.stored.push(...records)
    return []
  }

  async close(): Promise<void> {
    this.isDown = true
  }

  /** The values stored, parsed. */
  json(): readonly Readonly<Record<string, unknown>>[] {
    return this.stored.map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()))
  }
}
