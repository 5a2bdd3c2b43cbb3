import { describe, expect, it } from 'vitest'
import { worker } from '../../test/support/dead-letter-worker.ts'
import { FlakyProducer } from '../../test/support/flaky-producer.ts'
import { messageAt } from '../../test/support/values.ts'
import { payloadRecord } from './dead-letter.ts'
import { entryOf, smallerEntries, type SmallerEntries } from './smaller-entries.ts'
import type { SpoolEntry } from './spool/spool-line.ts'

/** One source message of `sourceBytes`, from which `payloads` came. */
function entryWith(sourceBytes: number, payloads: readonly string[]): SpoolEntry {
  const message = messageAt(1, { value: Buffer.alloc(sourceBytes, 'v') })
  const record = payloadRecord(
    {
      id: 'dlq-1',
      workerId: 'w',
      nowMs: 0,
      error: 'bad',
      errorType: 'E',
      transient: false,
      attempts: 1,
      topic: 'input',
      partition: 0,
      messages: [message],
      taskIds: [],
    },
    { type: 'custom', name: 'main' },
    payloads.map((data, index) => ({ id: `p${index}`, original: { data }, list: 'custom', encode: () => ({ body: Buffer.from(data) }) })),
  )
  return entryOf(record, { topic: 'dlq', key: null })
}

function json({ value }: SpoolEntry): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(value).toString())
}

function partsOf(smaller: SmallerEntries | null): readonly SpoolEntry[] {
  return [...(smaller?.entries ?? [])]
}

describe('the parts of a dead letter', () => {
  it('hold a large source once between them, and its place in all of them', () => {
    const entry = entryWith(
      20_000,
      Array.from({ length: 200 }, (_, index) => `${index}`),
    )
    const parts = partsOf(smallerEntries(entry))
    expect(parts).toHaveLength(200)
    expect(parts.reduce((sum, { value }) => sum + value.length, 0)).toBeLessThan(entry.value.length * 6)
    expect(json(parts[0] ?? entry)).not.toHaveProperty('reduced')
    expect(json(parts[0] ?? entry)).toMatchObject({ source: { values: ['v'.repeat(20_000)] } })
    for (const part of parts.slice(1)) {
      expect(json(part)).toMatchObject({ reduced: true, split_of: 'dlq-1', source: { values: [], keys: ['k1'], offsets: [1] } })
    }
    expect(json(parts[7] ?? entry)).toMatchObject({ payload_bodies: ['7'], original_payloads: ['{"data":"7"}'] })
  })

  it('hold a small source each', () => {
    const parts = partsOf(smallerEntries(entryWith(20, ['a', 'b'])))
    expect(parts.map(json)).toMatchObject([{ source: { values: ['v'.repeat(20)] } }, { source: { values: ['v'.repeat(20)] } }])
  })

  it('lose their bodies when they are still too large, and get no smaller then', () => {
    const [, part] = partsOf(smallerEntries(entryWith(20_000, ['a', 'b'])))
    const [reduced] = partsOf(part === undefined ? null : smallerEntries(part))
    expect(reduced === undefined ? null : json(reduced)).toMatchObject({ reduced: true, payload_bodies: [null], payload_ids: ['p1'] })
    expect(reduced === undefined ? undefined : smallerEntries(reduced)).toBeNull()
  })

  it('are sent one after the other', async () => {
    let atOnce = 0
    let most = 0
    class CountingProducer extends FlakyProducer {
      override async send(records: Parameters<FlakyProducer['send']>[0]): Promise<readonly []> {
        atOnce += 1
        most = Math.max(most, atOnce)
        try {
          return await super.send(records)
        } finally {
          atOnce -= 1
        }
      }
    }
    const producer = new CountingProducer()
    const { sendPayloads } = await worker({ producer, onFailure: 'block' })
    producer.maxBytes = 1200
    expect(await sendPayloads('a'.repeat(200), 'b'.repeat(200), 'c'.repeat(200))).toBe('dead_lettered')
    expect([producer.stored.length, most]).toEqual([3, 1])
  })

  it('that nobody answers for are let go without the retries of each, with `drop`', async () => {
    const { sendPayloads, producer, clock } = await worker({ onFailure: 'drop', maxRetries: 3 })
    producer.maxBytes = 1200
    producer.downAfter = 1
    const end = sendPayloads('a'.repeat(200), 'b'.repeat(200), 'c'.repeat(200))
    await clock.advance(60_000)
    expect([await end, producer.calls]).toEqual(['dropped', 1 + 4 + 1 + 1])
  })
})
