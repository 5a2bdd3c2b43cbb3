import { afterAll, beforeAll, describe, it } from 'vitest'
import kafkajs from 'kafkajs'
import { logConformance } from '@drakkar/plugin-sdk/log/conformance'
import { KafkaLog } from '../../packages/core/src/log/kafka/kafka-log.ts'
import { startService } from '../services/start-service.ts'
import type { ServiceHandle } from '../services/service.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }
const { CompressionTypes } = kafkajs
const codecs = { gzip: CompressionTypes.GZIP, snappy: CompressionTypes.Snappy, lz4: CompressionTypes.LZ4, zstd: CompressionTypes.ZSTD }

let broker: ServiceHandle
beforeAll(async () => {
  broker = await startService('kafka')
})
afterAll(() => broker?.dispose())

const open = async (): Promise<KafkaLog> =>
  new KafkaLog({ brokers: broker.url, session_timeout_ms: 6000 }, { logger: quiet, workerId: 'conformance' })

describe('KafkaLog on a real broker', () => {
  logConformance(it, {
    open,
    reopen: open,
    groups: true,
    deadlineMs: 45_000,
    async produceCompressed(topic, codec, values) {
      const log = await open()
      const producer = log.producer({ compression: codecs[codec] })
      await producer.connect({ signal: AbortSignal.timeout(10_000) })
      await producer.send(values.map((value) => ({ topic, partition: 0, value: Buffer.from(value) })))
      await log.close()
    },
    async restartBroker(signal) {
      await (signal === 'SIGKILL' ? broker.kill() : broker.stop())
      await broker.start()
    },
  })
})
