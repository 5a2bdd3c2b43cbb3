/** Commands to Redis, with ioredis. */
import { redisSink } from '@drakkar/sink-redis'
import { Redis } from 'ioredis'
import { messageData, type MessageData } from '../messages.ts'
import { distinctPayloads } from './sink-cases.ts'
import type { BareDriver, Place, SinkTarget } from './target.ts'

interface KeyPayload extends Readonly<Record<string, unknown>> {
  readonly key: string
  readonly data: MessageData
}

const keysPerCommand = 1000
/** A server that is gone ends the run at once. */
const clientOptions = { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null }

export const redisTarget: SinkTarget<KeyPayload> = {
  definition: redisSink,
  config: ({ url }) => ({ url }),
  payload: ({ name }, index) => ({ key: keyOf(name, index), data: messageData(index) }),
  openBare,
  describe: (url) =>
    withClient(url, async (client) => `Redis ${/redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'of unknown version'}`),
  create: () => Promise.resolve(),
  count: ({ url, name }, sent) =>
    withClient(url, async (client) => {
      const different = Math.min(sent, distinctPayloads)
      let found = 0
      for (const keys of keyChunks(name, different)) found += await client.exists(...keys)
      return found === different ? sent : found
    }),
  drop: ({ url, name }) =>
    withClient(url, async (client) => {
      for await (const keys of client.scanStream({ match: `${name}:*`, count: keysPerCommand })) {
        if (Array.isArray(keys) && keys.length > 0) await client.unlink(...keys.map(String))
      }
    }),
}

async function openBare({ url }: Place): Promise<BareDriver<KeyPayload>> {
  const client = connectionTo(url)
  await client.connect()
  return {
    sendBatch: async (payloads) => {
      const pipeline = client.pipeline()
      for (const { key, data } of payloads) pipeline.set(key, JSON.stringify(data))
      const results = (await pipeline.exec()) ?? []
      const failed = results.find(([error]) => error !== null)
      if (results.length !== payloads.length) throw new Error(`${results.length} answers for ${payloads.length} commands`)
      if (failed !== undefined) throw new Error('a command failed', { cause: failed[0] })
    },
    sendOne: async ({ key, data }) => {
      await client.set(key, JSON.stringify(data))
    },
    close: async () => {
      await client.quit()
    },
  }
}

/** Not connected yet. */
function connectionTo(url: string): Redis {
  const client = new Redis(url, clientOptions)
  // Without a listener ioredis prints what rejects the command anyway.
  client.on('error', () => undefined)
  return client
}

function keyOf(name: string, index: number): string {
  return `${name}:${index}`
}

function* keyChunks(name: string, count: number): Generator<string[]> {
  for (let first = 0; first < count; first += keysPerCommand) {
    yield Array.from({ length: Math.min(keysPerCommand, count - first) }, (_key, offset) => keyOf(name, first + offset))
  }
}

async function withClient<T>(url: string, use: (client: Redis) => Promise<T>): Promise<T> {
  const client = connectionTo(url)
  await client.connect()
  try {
    return await use(client)
  } finally {
    client.disconnect()
  }
}
