import { it } from 'vitest'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { webhookSink } from './webhook-sink.ts'

const createReceiver = () => ({ received: new Array<unknown>(), isUp: true })

sinkConformance(it, {
  createTarget: createReceiver,
  definition: (receiver) =>
    webhookSink(async (_url, { body }) => {
      if (!receiver.isUp) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      if (body.includes('rude')) return 422
      receiver.received.push(JSON.parse(body))
      return 200
    }),
  config: { url: 'https://user:swordfish@receiver/in', token: 'opensesame' },
  samples: [{ text: 'one' }, { text: 'two' }],
  refusedSample: { text: 'rude' },
  probe: (receiver) => receiver.received,
  makeUnreachable: (receiver) => void (receiver.isUp = false),
  makeReachable: (receiver) => void (receiver.isUp = true),
})
