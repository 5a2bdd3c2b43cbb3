import { inspect } from 'node:util'
import { ok, type SinkResponse } from '@drakkar/plugin-sdk'
import { createTestContext, createTestSink, deliverCall, deliveryItem } from '@drakkar/plugin-sdk/testing'
import { BSON } from 'mongodb'
import { expect, it } from 'vitest'
import { fakeDefinition } from '../test/conformance-options.ts'
import { FakeDatabase, networkError } from '../test/fake-client.ts'
import { mongoSink, type MongoPayload } from './index.ts'

async function connected(config: object = {}) {
  const database = new FakeDatabase()
  const sink = createTestSink(fakeDefinition(database), { uri: 'mongodb://fake', database: 'test', ...config })
  await sink.connect?.(deliverCall())
  return {
    database,
    sink,
    async deliver(...payloads: readonly MongoPayload[]): Promise<string[]> {
      const items = payloads.map((payload) => deliveryItem(payload))
      const responses = (await sink.deliver(items, deliverCall())) ?? items.map(({ id }) => ok(id))
      return items.map(({ id }) => shown(responses.find((response) => response.id === id)))
    },
  }
}

function shown(response: SinkResponse | undefined): string {
  if (response?.status !== 'failure') return response?.status ?? 'no answer'
  return typeof response.error === 'string' ? response.error : `${response.error.kind}: ${response.error.message}`
}

it('sends one request for each collection, and fails a duplicate in the middle alone (F28)', async () => {
  const { database, deliver } = await connected()
  const answers = await deliver(
    { collection: 'a', data: { _id: 1 } },
    { collection: 'b', data: { _id: 1 } },
    { collection: 'a', data: { _id: 1 } },
    { collection: 'a', data: { _id: 2 } },
  )
  expect(answers).toEqual(['ok', 'ok', expect.stringMatching(/^permanent: Collection "a": .*index _id_/), 'ok'])
  expect(database.requests.map(({ collection, writes }) => [collection, writes.length])).toEqual([
    ['a', 3],
    ['b', 1],
  ])
})

it('answers for the collection that arrived when another one did not', async () => {
  const { database, deliver } = await connected()
  database.nextErrors.push(networkError())
  const answers = await deliver({ collection: 'a', data: { n: 1 } }, { collection: 'b', data: { n: 2 } })
  expect(answers).toEqual([expect.stringMatching(/^transient: Collection "a"/), 'ok'])
})

it('an upsert that is repeated leaves one document', async () => {
  const { database, deliver } = await connected({ upsert_key: ['run'] })
  await deliver({ collection: 'a', data: { run: 7, total: 1 } })
  expect(await deliver({ collection: 'a', data: { run: 7, total: 2 } })).toEqual(['ok'])
  expect(database.documents).toEqual([{ collection: 'a', document: { run: 7, total: 2 } }])
})

it('encodes a payload without a connection', () => {
  const sink = createTestSink(mongoSink, { uri: 'mongodb://fake', database: 'test' })
  expect(BSON.deserialize(sink.encode?.({ collection: 'a', data: { n: 1 } }).body ?? new Uint8Array())).toEqual({ n: 1 })
})

it('counts as idempotent with upsert_key only (SNK-18)', () => {
  const isIdempotent = (upsert_key: string[]) => {
    const rule = mongoSink.idempotent
    return typeof rule === 'function' ? rule({ uri: '', database: '', upsert_key }) : rule
  }
  expect([isIdempotent([]), isIdempotent(['run'])]).toEqual([false, true])
})

it('offers client and database while it is connected', async () => {
  const { sink } = await connected()
  expect(sink.handle).toMatchObject({ client: expect.anything() as unknown, db: { databaseName: 'fake' } })
  await sink.close?.(deliverCall())
  expect(() => sink.handle).toThrow('not connected')
})

it('says for good that the URI is none, without showing it (MGS-5)', async () => {
  const context = createTestContext({ type: 'mongo' })
  const sink = createTestSink(mongoSink, { uri: 'mongodb//me:hunter2@host', database: 'test' }, context)
  const error: unknown = await Promise.resolve(sink.connect?.(deliverCall())).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ kind: 'permanent', code: 'DRK_SINK_CONNECT_FAILED' })
  expect(inspect([error, context.logger.entries], { depth: 20 })).not.toContain('hunter2')
})
