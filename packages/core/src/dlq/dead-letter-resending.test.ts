/** What is in the spool goes to the log once each, in order where there is one, whatever the log does to some of it. */
import { LogError } from '@drakkar/plugin-sdk'
import type { ProduceRecord } from '@drakkar/plugin-sdk/log'
import { describe, expect, it } from 'vitest'
import { never, offsets, worker } from '../../test/support/dead-letter-worker.ts'
import { FlakyProducer } from '../../test/support/flaky-producer.ts'
import { messageAt } from '../../test/support/values.ts'
import { sourceRecord } from './dead-letter.ts'

/** Fails for some records, as Kafka does when one partition has no leader. */
class PartialProducer extends FlakyProducer {
  failure: (record: ProduceRecord) => LogError | null = () => null
  /** Answers to come, while it answers nothing. */
  unanswered: (() => void)[] | null = null

  override async send(records: readonly ProduceRecord[]): Promise<readonly []> {
    const { unanswered } = this
    if (unanswered !== null) await new Promise<void>((resolve) => unanswered.push(resolve))
    const failure = records.map((record) => this.failure(record)).find((found) => found !== null)
    if (failure !== undefined && failure !== null) throw failure
    return super.send(records)
  }
}

const noLeader = new LogError({ kind: 'transient', message: 'no leader' })
const invalid = new LogError({ kind: 'permanent', message: 'INVALID_RECORD' })
const keyText = ({ key }: ProduceRecord): string => Buffer.from(key ?? []).toString()

/** A worker whose log is down while the dead letters of these offsets come in. */
async function spooled(count: number) {
  const producer = new PartialProducer()
  const all = await worker({ producer })
  producer.isDown = true
  for (let offset = 1; offset <= count; offset += 1) await all.send(offset)
  producer.isDown = false
  return { ...all, producer }
}

describe('the spool, when the log takes some', () => {
  it('sends the others once, however long one does not go', async () => {
    const { producer, clock, log } = await spooled(10)
    producer.failure = (record) => (keyText(record) === 'k3' ? noLeader : null)
    await clock.advance(600_000)
    expect([offsets(producer), log.spoolEntries]).toEqual([[1, 2, 4, 5, 6, 7, 8, 9, 10], 8])
    producer.failure = () => null
    await clock.advance(60_000)
    expect([offsets(producer), log.spoolEntries]).toEqual([[1, 2, 4, 5, 6, 7, 8, 9, 10, 3], 0])
  })

  it('asks with the first alone as long as that does not go', async () => {
    const { producer, clock } = await spooled(10)
    producer.isDown = true
    await clock.advance(600_000)
    const before = producer.calls
    await clock.advance(15_000)
    expect(producer.calls - before).toBe(1)
  })

  it('keeps the order of a key', async () => {
    const { producer, clock, letters, facts } = await spooled(0)
    producer.isDown = true
    for (const offset of [1, 2, 3, 4]) {
      await letters.send(sourceRecord(facts(offset), 'arrange'), [messageAt(offset, { key: Buffer.from('same') })], never)
    }
    producer.isDown = false
    let failures = 0
    producer.failure = ({ value }) => (Buffer.from(value ?? []).includes('"offsets":[2]') && (failures += 1) <= 3 ? noLeader : null)
    await clock.advance(120_000)
    expect(producer.json().map(({ source }) => source)).toMatchObject([1, 2, 3, 4].map((offset) => ({ offsets: [offset] })))
  })

  it('sends each part of a large one once, however long one of them does not go', async () => {
    const { producer, clock, sendPayloads, log } = await spooled(0)
    producer.isDown = true
    await sendPayloads('a'.repeat(300), 'b'.repeat(300), 'c'.repeat(300))
    producer.isDown = false
    producer.maxBytes = 1500
    producer.failure = ({ value }) => (Buffer.from(value ?? []).includes('"payload_ids":["p2"]') ? noLeader : null)
    await clock.advance(600_000)
    expect([producer.json().map(({ payload_ids: ids }) => ids), log.spoolEntries]).toEqual([[['p0'], ['p1']], 1])
    producer.failure = () => null
    await clock.advance(60_000)
    expect([producer.json().map(({ payload_ids: ids }) => ids), log.spoolEntries]).toEqual([[['p0'], ['p1'], ['p2']], 0])
  })

  it('sets aside what the log refuses for good while it takes others, and says so', async () => {
    const { producer, clock, log, logger, stop, disk } = await spooled(3)
    producer.failure = (record) => (keyText(record) === 'k1' ? invalid : null)
    await clock.advance(60_000)
    expect([offsets(producer), log.spoolEntries]).toEqual([[2, 3], 1])
    const refused = logger.entries.filter(({ event }) => event === 'dlq_spool_refused')
    expect(refused).toMatchObject([{ level: 'critical', fields: { error: 'INVALID_RECORD' } }])
    await stop()
    const next = await worker({ disk })
    await next.clock.advance(1000)
    expect(offsets(next.producer)).toEqual([1])
  })

  it('sets nothing aside when the log refuses everything: that is the topic', async () => {
    const { producer, clock, logger } = await spooled(3)
    producer.failure = () => invalid
    await clock.advance(60_000)
    expect(logger.events()).not.toContain('dlq_spool_refused')
    producer.failure = () => null
    await clock.advance(60_000)
    expect(offsets(producer)).toEqual([1, 2, 3])
  })
})

describe('one failed write of the refused entries', () => {
  it('does not keep the next attempt from its file', async () => {
    const { producer, clock, disk, send, log, logger } = await worker()
    producer.maxBytes = 10
    // The owner, the file, its first entry.
    disk.failAfter(3, 0.5)
    const end = send(1)
    await clock.advance(60_000)
    expect([await end, log.spoolEntries]).toEqual(['spooled', 1])
    expect(logger.events().filter((event) => event === 'dlq_spool_failed')).toHaveLength(1)
  })

  it('does not stall the line', async () => {
    const { producer, clock, disk, log } = await spooled(3)
    producer.maxBytes = 10
    // The file of those set aside, its first entry.
    disk.failAfter(2, 0.5)
    await clock.advance(60_000)
    producer.maxBytes = Number.POSITIVE_INFINITY
    expect(log.spoolEntries).toBe(3)
    expect(disk.names().filter((name) => name.includes('.refused.'))).toHaveLength(2)
  })

  it('keeps count of what was set aside before it', async () => {
    const { producer, clock, disk, send, log } = await worker()
    producer.maxBytes = 10
    expect(await send(1)).toBe('spooled')
    disk.failAfter(1)
    const end = send(2)
    await clock.advance(60_000)
    expect([await end, log.spoolEntries]).toEqual(['spooled', 2])
  })
})

describe('a log that never answers', () => {
  it.each(['spool', 'drop'] as const)('fails after a minute, so that %s applies', async (onFailure) => {
    const producer = new PartialProducer()
    producer.unanswered = []
    const { send, clock, log, logger } = await worker({ producer, onFailure })
    const end = send(1)
    await clock.advance(60_000)
    expect([await end, log.isConnected, log.sendFailureCount]).toEqual([onFailure === 'spool' ? 'spooled' : 'dropped', false, 1])
    expect(logger.entries).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ error: 'the dead-letter log gave no answer within 60 s' }) }),
    )
  })

  it('may have stored what is then sent again; nothing is left behind', async () => {
    const producer = new PartialProducer()
    const unanswered: (() => void)[] = []
    producer.unanswered = unanswered
    const { send, clock, log } = await worker({ producer, onFailure: 'block' })
    const end = send(1)
    await clock.advance(60_000)
    producer.unanswered = null
    for (const answer of unanswered) answer()
    await clock.advance(1000)
    expect([await end, offsets(producer), log.blockedCount]).toEqual(['dead_lettered', [1, 1], 0])
    expect(clock.sleeping).toBe(1)
  })
})
