import type { LogRecord } from '@drakkar/plugin-sdk/log'
import fc from 'fast-check'
import type { Batch, KafkaMessage } from 'kafkajs'
import { describe, expect, it } from 'vitest'

import { type FetchControl, PartitionFlow } from './partition-flow.ts'
import { PartitionLedger } from './partition-ledger.ts'

/** The part of kafkajs's consumer that the flow uses, with kafkajs's own position as a real one would keep it. */
class FakeConsumer implements FetchControl {
  position = 0
  paused = false
  readonly seeks: number[] = []

  seek({ offset }: { offset: string }): void {
    this.position = Number(offset)
    this.seeks.push(this.position)
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }
}

function message(offset: number): KafkaMessage {
  return { key: null, value: Buffer.from(String(offset)), offset: String(offset), timestamp: '0', attributes: 0, headers: {} }
}

function batchOf(offsets: readonly number[], fetchedOffset: number): Batch & { fetchedOffset: string } {
  return {
    topic: 't',
    partition: 0,
    fetchedOffset: String(fetchedOffset),
    highWatermark: '1000',
    messages: offsets.map(message),
    isEmpty: () => offsets.length === 0,
    firstOffset: () => String(offsets[0]),
    lastOffset: () => String(offsets.at(-1)),
    offsetLag: () => '0',
    offsetLagLow: () => '0',
  }
}

function setUp(onRecords: (records: readonly LogRecord[], ledger: PartitionLedger) => void, maxPollRecords = 3) {
  const ledger = new PartitionLedger()
  const kafka = new FakeConsumer()
  let running = true
  const ignore = (): void => undefined
  const flow = new PartitionFlow({
    consumer: kafka,
    ledger,
    options: { topic: 't', maxPollRecords },
    listener: {
      onRecords: (_, records) => onRecords(records, ledger),
      onAssign: ignore,
      onRevoke: async () => undefined,
      onLost: ignore,
      onRebalancing: ignore,
      onError: ignore,
    },
    isRunning: () => running,
    guarded: (work) => work(),
  })
  return { ledger, kafka, flow, stop: () => (running = false) }
}

describe('PartitionFlow', () => {
  it('hands over slices of at most maxPollRecords', () => {
    const slices: number[][] = []
    const { ledger, flow } = setUp((records) => slices.push(records.map(({ offset }) => offset)))
    ledger.own(0, { next: 0, committed: null, silent: false })
    flow.deliver(batchOf([0, 1, 2, 3, 4, 5, 6], 0))
    expect(slices).toEqual([[0, 1, 2], [3, 4, 5], [6]])
  })

  it('stops in the middle of a batch when the listener pauses, and hands over the rest on resume without another fetch', async () => {
    const seen: number[] = []
    const { ledger, flow, kafka } = setUp((records) => {
      seen.push(...records.map(({ offset }) => offset))
      if (seen.length === 3) ledger.pause([0])
    })
    ledger.own(0, { next: 0, committed: null, silent: false })
    flow.deliver(batchOf([0, 1, 2, 3, 4], 0))
    expect(seen).toEqual([0, 1, 2])
    expect(kafka.paused).toBe(true)
    ledger.resume([0])
    flow.resume()
    expect(seen).toEqual([0, 1, 2])
    await Promise.resolve()
    expect(seen).toEqual([0, 1, 2, 3, 4])
    expect(kafka).toMatchObject({ seeks: [], paused: false })
  })

  it('hands over nothing of what is being drained, held or fetched', async () => {
    const seen: number[] = []
    const { ledger, flow } = setUp((records) => {
      seen.push(...records.map(({ offset }) => offset))
      ledger.pause([0])
    })
    ledger.own(0, { next: 0, committed: null, silent: false })
    flow.deliver(batchOf([0, 1, 2, 3, 4], 0))
    ledger.close([0])
    flow.deliver(batchOf([5, 6], 5))
    ledger.resume([0])
    flow.resume()
    await Promise.resolve()
    expect(seen).toEqual([0, 1, 2])
  })

  it('stops in the middle of a batch when the consumer stops or the partition is lost', () => {
    const seen: number[] = []
    const { ledger, flow, stop } = setUp((records) => {
      seen.push(...records.map(({ offset }) => offset))
      stop()
    })
    ledger.own(0, { next: 0, committed: null, silent: false })
    flow.deliver(batchOf([0, 1, 2, 3, 4], 0))
    expect(seen).toEqual([0, 1, 2])
    const lost: number[] = []
    const other = setUp((records, itsLedger) => {
      lost.push(...records.map(({ offset }) => offset))
      itsLedger.drop([0])
      itsLedger.own(0, { next: 0, committed: null, silent: false })
    })
    other.ledger.own(0, { next: 0, committed: null, silent: false })
    other.flow.deliver(batchOf([0, 1, 2, 3, 4], 0))
    expect(lost).toEqual([0, 1, 2])
    expect(other.ledger.get(0)?.next).toBe(0)
  })

  it('ignores batches of partitions that are not ours (yet)', () => {
    const seen: unknown[] = []
    const { flow } = setUp((records) => seen.push(records))
    flow.deliver(batchOf([0, 1], 0))
    expect(seen).toEqual([])
  })

  it('goes past batches that hold nothing, but not past something it has not seen', () => {
    const { ledger, flow } = setUp(() => undefined)
    const owned = ledger.own(0, { next: 5, committed: null, silent: false })
    flow.passOver(0, 5, 8)
    expect(owned.next).toBe(9)
    flow.passOver(0, 11, 12)
    expect(owned.next).toBe(9)
  })

  it('delivers every offset of the log once and in order, whatever kafkajs fetches and whoever pauses', async () => {
    const log = Array.from({ length: 40 }, (_, index) => index).filter((offset) => offset % 7 !== 3)
    const step = fc.oneof(
      fc.record({ type: fc.constant('fetch' as const), count: fc.integer({ min: 1, max: 9 }) }),
      fc.constant({ type: 'toggle' as const }),
      // A rejoin: kafkajs begins again at the committed offset, we seek.
      fc.record({ type: fc.constant('rejoin' as const), back: fc.nat({ max: 10 }) }),
      // A reset of kafkajs that we did not ask for.
      fc.record({ type: fc.constant('jump' as const), to: fc.nat({ max: 39 }) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), async (steps, maxPollRecords) => {
        const seen: number[] = []
        const { ledger, flow, kafka } = setUp((records) => seen.push(...records.map(({ offset }) => offset)), maxPollRecords)
        ledger.own(0, { next: 0, committed: null, silent: false })
        for (const action of steps) {
          if (action.type === 'fetch') fetchOnce(kafka, flow, log, action.count)
          else if (action.type === 'toggle') await toggle(ledger, flow)
          else if (action.type === 'jump') kafka.position = action.to
          else {
            kafka.position = Math.max(0, kafka.position - action.back)
            flow.restore([0])
          }
        }
        if (ledger.isPaused(0)) await toggle(ledger, flow)
        for (let round = 0; round < 60; round += 1) fetchOnce(kafka, flow, log, 5)
        expect(seen).toEqual(log)
      }),
    )
  })
})

/** One fetch as kafkajs does it: nothing while paused, and a position behind the batch unless it was sought meanwhile. */
function fetchOnce(kafka: FakeConsumer, flow: PartitionFlow, log: readonly number[], count: number): void {
  const offsets = log.filter((offset) => offset >= kafka.position).slice(0, count)
  if (kafka.paused || offsets.length === 0) return
  const seeksBefore = kafka.seeks.length
  flow.deliver(batchOf(offsets, kafka.position))
  if (kafka.seeks.length === seeksBefore) kafka.position = (offsets.at(-1) ?? 0) + 1
}

async function toggle(ledger: PartitionLedger, flow: PartitionFlow): Promise<void> {
  if (!ledger.isPaused(0)) {
    ledger.pause([0])
    return
  }
  ledger.resume([0])
  flow.resume()
  await Promise.resolve()
}
