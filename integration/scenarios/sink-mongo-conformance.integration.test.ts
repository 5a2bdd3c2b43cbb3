/** The rules of a sink, for the MongoDB sink on a real server behind a proxy that fails on demand. */
import { randomUUID } from 'node:crypto'
import type { SinkHandleMap } from '@drakkar/plugin-sdk'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { createTestSink, deliverCall } from '@drakkar/plugin-sdk/testing'
import mongoSink from '@drakkar/sink-mongo'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { ServiceHandle } from '../services/service.ts'
import { startService } from '../services/start-service.ts'
import { FaultProxy } from '../support/fault-proxy.ts'

let mongo: ServiceHandle
let judge: ReturnType<typeof createTestSink<typeof mongoSink.config, typeof mongoSink.payload>>

/** A database, seen by the judge, who is connected without the proxy. */
const database = (name: string) => (judge.handle as SinkHandleMap['mongo']).client.db(name)

beforeAll(async () => {
  mongo = await startService('mongo')
  judge = createTestSink(mongoSink, { uri: mongo.url, database: 'judge' })
  await judge.connect?.(deliverCall())
})

afterAll(async () => {
  await judge.close?.(deliverCall())
  await mongo.dispose()
})

interface Target {
  readonly proxy: FaultProxy
  readonly database: string
}

const documentNumber = (n: number) => ({ collection: 'documents', data: { _id: n, text: `number ${n}` } })

describe.each([[[]], [['_id']]])('upsert_key %j', (upsert_key) => {
  sinkConformance(it, {
    definition: mongoSink,
    createTarget: async (): Promise<Target> => {
      const { hostname: host, port } = new URL(mongo.url)
      return { proxy: await FaultProxy.start({ host, port: Number(port) }), database: `t-${randomUUID()}` }
    },
    config: (target) => ({ uri: `mongodb://127.0.0.1:${target.proxy.port}`, database: target.database, upsert_key }),
    samples: [1, 2, 3].map((n) => documentNumber(n)),
    sampleNumber: (n) => documentNumber(n + 10),
    invalidPayloads: [{ data: {} }, { collection: 'documents' }, { collection: 'documents', data: [1] }],
    // A list is no `_id`.
    refusedSample: { collection: 'documents', data: { _id: [1] } },
    probe: async (target) => {
      const documents = await database(target.database).collection('documents').find().toArray()
      return documents.map((data) => ({ collection: 'documents', data }))
    },
    probeWire: async (target) => {
      const documents = await database(target.database).collection('documents').find({}, { raw: true }).toArray()
      return documents.flatMap((document: unknown) => (document instanceof Uint8Array ? [{ body: document }] : []))
    },
    makeUnreachable: ({ proxy }) => proxy.refuse(),
    makeReachable: ({ proxy }) => proxy.accept(),
    stall: ({ proxy }) => void (proxy.isHalfOpen = true),
    unstall: ({ proxy }) => void (proxy.isHalfOpen = false),
    openHandles: async ({ proxy }) => proxy.untilClosed(),
    disposeTarget: async (target) => {
      await target.proxy.close()
      await database(target.database).dropDatabase()
    },
    deadlineMs: 30_000,
  })
})
