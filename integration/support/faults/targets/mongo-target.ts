/** MongoDB, or a server of its protocol, with two databases: one takes a repeated document again, one replaces it. */
import type { Sink, SinkHandleMap } from '@drakkar/plugin-sdk'
import { createTestContext, createTestSink, deliverCall } from '@drakkar/plugin-sdk/testing'
import mongoSink, { type MongoPayload } from '@drakkar/sink-mongo'
import type { ServiceHandle } from '../../../services/service.ts'
import { startService } from '../../../services/start-service.ts'
import { FaultProxy } from '../../fault-proxy.ts'
import type { Target, TargetInstance } from '../target.ts'

type Handle = SinkHandleMap['mongo']

const limits = 'connectTimeoutMS=1000&serverSelectionTimeoutMS=1000&socketTimeoutMS=1500&heartbeatFrequencyMS=500'

export class MongoTarget implements Target {
  readonly label: string
  readonly type = 'mongo'
  readonly payloadKey = 'mongo'
  readonly instances: readonly TargetInstance[]
  readonly server: ServiceHandle
  readonly #judges: readonly Judge[]

  private constructor(server: ServiceHandle, parts: readonly { instance: TargetInstance; judge: Judge }[]) {
    this.server = server
    this.label = server.limits.includes('not-mongodb') ? 'mongo (FerretDB)' : 'mongo'
    this.instances = parts.map(({ instance }) => instance)
    this.#judges = parts.map(({ judge }) => judge)
  }

  static async start(): Promise<MongoTarget> {
    const server = await startService('mongo')
    return new MongoTarget(server, [await createInstance(server, 'plain'), await createInstance(server, 'keyed')])
  }

  kill(): Promise<void> {
    return this.server.kill()
  }

  restart(): Promise<void> {
    return this.server.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { proxy } of this.instances) await proxy?.close()
    for (const judge of this.#judges) await judge.close()
    await this.server.dispose()
  }
}

async function createInstance(server: ServiceHandle, name: 'plain' | 'keyed'): Promise<{ instance: TargetInstance; judge: Judge }> {
  const { hostname, port } = new URL(server.url)
  const proxy = await FaultProxy.start({ host: hostname, port: Number(port) })
  const judge = await Judge.connect(server.url, name)
  const uri = `mongodb://127.0.0.1:${proxy.port}/?${limits}`
  await judge.db.collection<{ _id: string }>('deliveries').insertOne({ _id: 'taken' })
  const instance: TargetInstance = {
    name,
    // FerretDB does some hundred upserts in a second; a batch has to be through before the time limit.
    config: { uri, database: name, upsert_key: name === 'keyed' ? ['_id'] : [], batch: { max_items: 25 }, max_in_flight: 1 },
    proxy,
    ordered: false,
    once: name === 'keyed',
    acknowledged: 'ambiguous',
    delivered: () => judge.ids(),
  }
  return { instance, judge }
}

class Judge {
  readonly #sink: Sink<MongoPayload>
  readonly db: Handle['db']

  private constructor(sink: Sink<MongoPayload>) {
    this.#sink = sink
    this.db = (sink.handle as Handle).db
  }

  static async connect(uri: string, database: string): Promise<Judge> {
    const sink = createTestSink(mongoSink, { uri, database }, createTestContext({ type: 'mongo' }))
    await sink.connect?.(deliverCall())
    return new Judge(sink)
  }

  async ids(): Promise<readonly string[]> {
    const found = await this.db
      .collection('deliveries')
      .find({}, { projection: { id: 1 } })
      .toArray()
    return found.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  }

  async close(): Promise<void> {
    await this.#sink.close?.(deliverCall())
  }
}
