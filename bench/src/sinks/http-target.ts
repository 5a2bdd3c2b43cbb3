/** Requests to an HTTP receiver, with undici. */
import { httpSink } from '@drakkar/sink-http'
import { Pool, request } from 'undici'
import { messageData, type MessageData } from '../messages.ts'
import type { BareDriver, Place, SinkTarget } from './target.ts'

interface BodyPayload extends Readonly<Record<string, unknown>> {
  readonly data: MessageData
}

/** The sink's default. */
const connections = 8

export const httpTarget: SinkTarget<BodyPayload> = {
  definition: httpSink,
  config: ({ url, name }) => ({ url: `${url}/${name}`, concurrency: connections }),
  payload: (_place, index) => ({ data: messageData(index) }),
  openBare: (place) => Promise.resolve(openBare(place)),
  describe: () => Promise.resolve('a stub on node:http, in a process of its own'),
  create: () => Promise.resolve(),
  count: async ({ url, name }) => {
    const answer = await request(`${url}/${name}`)
    return Number(await answer.body.text())
  },
  drop: async ({ url, name }) => {
    const answer = await request(`${url}/${name}`, { method: 'DELETE' })
    await answer.body.dump()
  },
}

function openBare({ url, name }: Place): BareDriver<BodyPayload> {
  const pool = new Pool(url, { connections, pipelining: 1 })
  const path = `/${name}`
  const headers = { 'content-type': 'application/json' }
  const sendOne = async ({ data }: BodyPayload): Promise<void> => {
    const { statusCode, body } = await pool.request({ path, method: 'POST', headers, body: JSON.stringify(data) })
    await body.dump()
    if (statusCode < 200 || statusCode > 299) throw new Error(`status ${statusCode}`)
  }
  return {
    sendOne,
    sendBatch: async (payloads) => {
      await Promise.all(payloads.map(sendOne))
    },
    close: () => pool.close(),
  }
}
