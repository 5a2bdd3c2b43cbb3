import { expect, it } from 'vitest'
import { BackgroundSink } from '../background-sink.ts'
import { LogError } from '../errors.ts'
import type { LogProducer, ProduceRecord } from './log.ts'
import { producerDrain } from './producer-drain.ts'

function recordingProducer() {
  const sent: (readonly ProduceRecord[])[] = []
  const producer: LogProducer & { isUp: boolean; closes: number } = {
    isUp: true,
    closes: 0,
    connect: async () => {},
    async send(records) {
      if (!producer.isUp) throw new LogError({ kind: 'transient', message: 'no leader' })
      sent.push(records)
      return records.map(({ topic }, index) => ({ topic, partition: 0, offset: index }))
    },
    async close() {
      producer.closes += 1
    },
  }
  return { sent, producer }
}

const toRecord = (n: number): ProduceRecord => ({ topic: 'numbers', key: null, value: Buffer.from(String(n)) })

it('produces a record per message, and closes the producer', async () => {
  const { sent, producer } = recordingProducer()
  const { sink } = BackgroundSink.spawn(producerDrain(producer, toRecord), { batchSize: 2 })
  for (const n of [1, 2, 3]) await sink.push(n)
  await sink.flush()
  await sink.close()
  expect(sent.flat()).toEqual([1, 2, 3].map(toRecord))
  expect(producer.closes).toBe(1)
})

it('fails a flush when the log did not acknowledge', async () => {
  const { producer } = recordingProducer()
  const { sink } = BackgroundSink.spawn(producerDrain(producer, toRecord))
  producer.isUp = false
  await sink.push(1)
  await expect(sink.flush()).rejects.toMatchObject({ code: 'DRK_DRAIN_FLUSH_FAILED' })
  await sink.close()
})
