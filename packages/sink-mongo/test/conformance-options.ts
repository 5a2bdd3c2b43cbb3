/** The MongoDB sink on a fake database, for the conformance suite and the sink's own tests. */
import { defineSink, type WireForm } from '@drakkar/plugin-sdk'
import { BSON } from 'mongodb'
import { mongoSink, type MongoPayload } from '../src/index.ts'
import { MongoSink } from '../src/sink.ts'
import type { FakeDatabase } from './fake-client.ts'

export const sampleNumber = (n: number): MongoPayload => ({ collection: 'documents', data: { _id: n, text: `number ${n}` } })
export const samples: readonly MongoPayload[] = [sampleNumber(-1), sampleNumber(-2), { collection: 'others', data: { _id: -3 } }]
export const refusedSample: MongoPayload = { collection: 'documents', data: { _id: 1, text: 'x'.repeat(17_000_000) } }
export const invalidPayloads = [
  { data: {} },
  { collection: 'a' },
  { collection: 1, data: {} },
  { collection: 'a', data: [1] },
  { collection: 'a', data: 'text' },
]

export function fakeDefinition(database: FakeDatabase) {
  const createClient = () => database.createClient()
  return defineSink({ ...mongoSink, create: (config, context) => new MongoSink({ config, context, createClient }) })
}

export function storedBytes(database: FakeDatabase): readonly WireForm[] {
  return database.documents.map(({ document }) => ({ body: BSON.serialize(document) }))
}

/** The payloads that gave the documents of the database. */
export function storedPayloads(database: FakeDatabase): readonly unknown[] {
  return database.documents.map(({ collection, document }) => ({ collection, data: document }))
}
