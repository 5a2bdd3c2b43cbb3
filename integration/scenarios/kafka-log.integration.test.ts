/** The conformance suite of the log port on a real broker. */
import { logConformance } from '@drakkar/plugin-sdk/log/conformance'
import kafkajs from 'kafkajs'
import { afterAll, describe, it } from 'vitest'

import { KafkaLog } from '../../packages/core/src/log/kafka/kafka-log.ts'
import { startService } from '../services/start-service.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const { CompressionTypes } = kafkajs
const codecs = { gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD }

// Before the cases are registered: which of them apply depends on whether the broker is ours to restart.
const broker = await startService('kafka')
afterAll(() => broker.dispose())

const open = async (): Promise<KafkaLog> =>
  new KafkaLog({ brokers: broker.url, session_timeout_ms: 6000 }, { logger: quiet, workerId: 'conformance' })

const restartBroker = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
  await (signal === 'SIGKILL' ? broker.kill() : broker.stop())
  await broker.start()
}

describe(`KafkaLog on a real broker (${broker.provider})`, () => {
  logConformance(it, {
    open,
    reopen: open,
    groups: true,
    gracefulHandOver: true,
    deadlineMs: 60_000,
    async produceCompressed(topic, codec, values) {
      const log = await open()
      const producer = log.producer({ compression: codecs[codec] })
      await producer.connect({ signal: AbortSignal.timeout(10_000) })
      await producer.send(values.map((value) => ({ topic, partition: 0, value: Buffer.from(value) })))
      await log.close()
    },
    ...(broker.limits.includes('no-restart') ? {} : { restartBroker }),
  })
})
