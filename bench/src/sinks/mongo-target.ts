/** Documents in MongoDB, with its driver. */
import { mongoSink } from '@drakkar/sink-mongo'
import { MongoClient, type Db } from 'mongodb'
import { messageData, type MessageData } from '../messages.ts'
import type { BareDriver, Place, SinkTarget } from './target.ts'

interface DocumentPayload extends Readonly<Record<string, unknown>> {
  readonly collection: string
  readonly data: MessageData
}

const database = 'drakkar_bench'
/** A server that is gone ends the run soon. */
const clientOptions = { serverSelectionTimeoutMS: 5000 }

export const mongoTarget: SinkTarget<DocumentPayload> = {
  definition: mongoSink,
  config: ({ url }) => ({ uri: url, database }),
  payload: ({ name }, index) => ({ collection: name, data: messageData(index) }),
  openBare,
  describe: (url) => withDatabase(url, describe),
  create: ({ url, name }) =>
    withDatabase(url, async (db) => {
      await db.createCollection(name)
    }),
  count: ({ url, name }) => withDatabase(url, (db) => db.collection(name).countDocuments()),
  drop: ({ url, name }) =>
    withDatabase(url, async (db) => {
      await db.collection(name).drop()
    }),
}

async function openBare({ url, name }: Place): Promise<BareDriver<DocumentPayload>> {
  const client = new MongoClient(url, clientOptions)
  await client.connect()
  const collection = client.db(database).collection(name)
  return {
    // The driver puts `_id` into what it is given, and the data belongs to the caller.
    sendBatch: async (payloads) => {
      await collection.insertMany(
        payloads.map(({ data }) => ({ ...data })),
        { ordered: false },
      )
    },
    sendOne: async ({ data }) => {
      await collection.insertOne({ ...data })
    },
    close: () => client.close(),
  }
}

async function describe(db: Db): Promise<string> {
  const facts = await db.admin().command({ buildInfo: 1 })
  const ferret: unknown = facts['ferretdbVersion']
  if (typeof ferret !== 'string') return `MongoDB ${String(facts['version'])}`
  return `FerretDB${ferret === 'unknown' ? '' : ` ${ferret}`} over PostgreSQL, not MongoDB itself`
}

async function withDatabase<T>(url: string, use: (db: Db) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, clientOptions)
  await client.connect()
  try {
    return await use(client.db(database))
  } finally {
    await client.close()
  }
}
