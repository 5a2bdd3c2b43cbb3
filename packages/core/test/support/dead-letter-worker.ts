/** A dead-letter log with a spool beside it, as a worker has them. */
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { onTestFinished } from 'vitest'
import { payloadRecord, sourceRecord } from '../../src/dlq/dead-letter.ts'
import { DeadLetterLog } from '../../src/dlq/dead-letter-log.ts'
import { DeadLetters } from '../../src/dlq/dead-letters.ts'
import { DeadLetterSpool } from '../../src/dlq/spool/dead-letter-spool.ts'
import { FlakyProducer } from './flaky-producer.ts'
import { MemorySpoolDisk } from './memory-spool-disk.ts'
import { createRecordingAppLogger } from './recording-app-logger.ts'
import { messageAt } from './values.ts'

export const never: AbortSignal = new AbortController().signal

export interface DeadLetterWorkerSetup {
  readonly disk?: MemorySpoolDisk
  readonly onFailure?: 'spool' | 'block' | 'drop'
  readonly producer?: FlakyProducer
  readonly maxRetries?: number
}

export async function worker({
  disk = new MemorySpoolDisk(),
  onFailure = 'spool',
  producer = new FlakyProducer(),
  maxRetries = 0,
}: DeadLetterWorkerSetup = {}) {
  const clock = createFakeClock()
  const logger = createRecordingAppLogger()
  const identity = { own: async () => ({ pid: 1, started: null, machine: 'm' }), isAlive: async () => false }
  const spool = await DeadLetterSpool.open({ disk: disk.mount(), workerId: 'w', identity, clock, logger })
  const log = new DeadLetterLog({ topic: 'dlq', producer, onFailure, maxRetries, spool, clock, logger, random: () => 0 })
  const letters = new DeadLetters({ log, workerId: 'w', clock })
  await log.connect({ signal: never })
  onTestFinished(() => stop())
  async function stop(): Promise<void> {
    const closed = log.close()
    await clock.advance(10_000)
    await closed
  }
  const facts = (offset: number) =>
    letters.facts({ error: 'bad', attempts: 1, place: { topic: 'input', partition: 0 }, messages: [messageAt(offset)], taskIds: [] })
  const send = (offset: number) => letters.send(sourceRecord(facts(offset), 'arrange'), [messageAt(offset)], never)
  const sendPayloads = (...data: readonly string[]) =>
    letters.send(
      payloadRecord(
        facts(1),
        { type: 'custom', name: 'main' },
        data.map((text, index) => ({
          id: `p${index}`,
          original: { data: text },
          list: 'custom',
          encode: () => ({ body: Buffer.from(text) }),
        })),
      ),
      [messageAt(1)],
      never,
    )
  return { disk, clock, logger, producer, log, send, sendPayloads, stop, letters, facts }
}

/** Offsets of the source messages whose dead letters are stored, by their keys. */
export function offsets(producer: FlakyProducer): readonly unknown[] {
  return producer.stored.map(({ key }) =>
    Number(
      Buffer.from(key ?? [])
        .toString()
        .slice(1),
    ),
  )
}
