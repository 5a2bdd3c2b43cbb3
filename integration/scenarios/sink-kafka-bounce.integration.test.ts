/**
 * Faults F01 and F02 under the Kafka sink: the broker is killed and stopped while deliveries go on. What the sink answered
 * with ok is in the topic; what it answered with failure is somebody else's to try again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { openLog, validateConfig } from '@drakkar/core'
import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import kafkaSink, { type KafkaPayload } from '@drakkar/sink-kafka'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'

let kafka: ServiceHandle

beforeAll(async () => {
  kafka = await startService('kafka')
})

afterAll(async () => {
  await kafka.dispose()
})

it.each([false, true])(
  'loses nothing it acknowledged while the broker is killed and stopped (enable_idempotence: %s)',
  async (enableIdempotence) => {
    const topic = `bounce-${enableIdempotence}`
    const { config } = validateConfig({ kafka: { brokers: kafka.url } })
    const log = await openLog(config, { logger: createTestContext().logger, workerId: 'judge' })
    const admin = log.admin()
    await admin.createTopic(topic, 6)
    const sink = createTestSink(kafkaSink, { topic, brokers: kafka.url, enable_idempotence: enableIdempotence })
    await sink.connect?.(deliverCall())
    const delivery = deliverUntilStopped(sink, topic)
    for (const fault of ['kill', 'stop'] as const) {
      await sleep(800)
      await kafka[fault]()
      await sleep(500)
      await kafka.start()
      await delivery.untilAccepted()
    }
    const { acknowledged, failed } = await delivery.stop()
    await sink.close?.(deliverCall())
    const stored = new Set<unknown>()
    for await (const record of log.read(topic, { signal: AbortSignal.timeout(60_000) })) {
      stored.add(JSON.parse(Buffer.from(record.value ?? []).toString()))
    }
    await log.close()
    expect(acknowledged.filter((data) => !stored.has(data))).toEqual([])
    expect(failed, 'no delivery failed: the faults never bit').toBeGreaterThan(0)
  },
  150_000,
)

interface Deliveries {
  /** Resolves when a delivery begun after the call has been accepted whole. */
  untilAccepted(): Promise<void>
  stop(): Promise<{ readonly acknowledged: readonly string[]; readonly failed: number }>
}

function deliverUntilStopped(
  sink: ReturnType<typeof createTestSink<typeof kafkaSink.config, typeof kafkaSink.payload>>,
  topic: string,
): Deliveries {
  const acknowledged: string[] = []
  let failed = 0
  let accepted = 0
  let stopped = false
  const deliverOnce = async (round: number): Promise<void> => {
    const data = Array.from({ length: 20 }, (_, n) => `${topic}/${round}/${n}`)
    const items = data.map((value, n) => deliveryItem<KafkaPayload>({ data: value, ...(n % 2 === 0 ? {} : { key: String(n) }) }))
    const answers = await Promise.resolve(sink.deliver(items, deliverCall())).catch(() =>
      items.map(({ id }) => ({ id, status: 'failure' as const })),
    )
    const arrived = new Set(
      answers === undefined ? items.map(({ id }) => id) : answers.filter(({ status }) => status === 'ok').map(({ id }) => id),
    )
    acknowledged.push(...data.filter((_, n) => arrived.has(items[n]?.id ?? '')))
    failed += items.length - arrived.size
    if (arrived.size === items.length) accepted += 1
  }
  const work = (async () => {
    for (let round = 0; !stopped; round += 1) {
      await deliverOnce(round)
      await sleep(20)
    }
  })()
  return {
    async untilAccepted() {
      const target = accepted + 2
      const deadline = performance.now() + 60_000
      while (accepted < target) {
        if (performance.now() > deadline) expect.unreachable('the sink did not recover within a minute')
        await sleep(50)
      }
    },
    async stop() {
      stopped = true
      await work
      return { acknowledged, failed }
    },
  }
}
