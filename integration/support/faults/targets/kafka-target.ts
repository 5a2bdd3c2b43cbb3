/** A second broker, behind a proxy that also stands in the addresses the broker names. */
import kafkajs from 'kafkajs'
import type { MessageLog } from '@drakkar/plugin-sdk/log'
import type { ServiceHandle } from '../../../services/service.ts'
import { FaultProxy } from '../../fault-proxy.ts'
import { openBroker } from '../source-topic.ts'
import type { Target, TargetInstance } from '../target.ts'

const topic = 'deliveries'
const largestRecordBytes = 20_000

export class KafkaTarget implements Target {
  readonly label = 'kafka'
  readonly type = 'kafka'
  readonly payloadKey = 'kafka'
  readonly instances: readonly TargetInstance[]
  readonly server: ServiceHandle
  readonly proxy: FaultProxy
  readonly #log: MessageLog
  readonly #positions = new Map<number, number>()
  readonly #ids: string[] = []

  private constructor(server: ServiceHandle, proxy: FaultProxy, log: MessageLog) {
    this.server = server
    this.proxy = proxy
    this.#log = log
    this.instances = [
      {
        name: 'plain',
        config: {
          topic,
          brokers: `127.0.0.1:${proxy.port}`,
          max_request_bytes: largestRecordBytes,
          client_options: { requestTimeout: 1000, connectionTimeout: 1000 },
        },
        proxy,
        ordered: true,
        once: false,
        retriesInside: true,
        acknowledged: 'ambiguous',
        delivered: () => this.#read(),
      },
    ]
  }

  /** `server`: a broker that runs already, and stays. */
  static async start(server: ServiceHandle): Promise<KafkaTarget> {
    const admin = new kafkajs.Kafka({ brokers: [server.url], logLevel: kafkajs.logLevel.NOTHING }).admin()
    await admin.connect()
    const configEntries = [{ name: 'max.message.bytes', value: String(largestRecordBytes) }]
    await admin.createTopics({ topics: [{ topic, numPartitions: 4, configEntries }] })
    await admin.disconnect()
    const log = await openBroker(server.url)
    return new KafkaTarget(server, await startBrokerProxy(server.url), log)
  }

  kill(): Promise<void> {
    return this.server.kill()
  }

  restart(): Promise<void> {
    return this.server.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.close()
    await this.#log.close()
  }

  async #read(): Promise<readonly string[]> {
    const from = new Map(this.#positions)
    for await (const record of this.#log.read(topic, { from, signal: AbortSignal.timeout(60_000) })) {
      this.#positions.set(record.partition, record.offset + 1)
      const { id }: { id: string } = JSON.parse(Buffer.from(record.value ?? []).toString())
      this.#ids.push(id)
    }
    return [...this.#ids]
  }
}

/** A proxy whose clients stay with it: where the broker names its own address, the proxy's is put. */
export async function startBrokerProxy(broker: string): Promise<FaultProxy> {
  const [host = '127.0.0.1', port = '9092'] = broker.split(':')
  return FaultProxy.start(
    { host, port: Number(port) },
    { rewriteAnswer: (data, proxyPort) => renamePort(data, { host, from: Number(port), to: proxyPort }) },
  )
}

/** In Kafka's protocol an address is a length, the host, and four bytes of port. */
function renamePort(data: Buffer, address: { readonly host: string; readonly from: number; readonly to: number }): Buffer {
  const [own, other] = [address.from, address.to].map((port) => {
    const bytes = Buffer.alloc(address.host.length + 4)
    bytes.write(address.host)
    bytes.writeInt32BE(port, address.host.length)
    return bytes
  })
  if (own === undefined || other === undefined) return data
  const renamed = Buffer.from(data)
  for (let at = renamed.indexOf(own); at >= 0; at = renamed.indexOf(own, at + 1)) other.copy(renamed, at)
  return renamed
}
