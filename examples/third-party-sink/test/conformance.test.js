import { it } from 'node:test'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { defineSignedWebhookSink } from '../src/index.js'
import { FakeReceiver, signingSecret } from './fake-receiver.js'

sinkConformance(it, {
  definition: (receiver) => defineSignedWebhookSink(receiver.post),
  createTarget: () => new FakeReceiver(),
  config: { url: 'https://receiver/in', signing_secret: signingSecret },
  samples: [1, 2, 3].map((n) => ({ type: 'search.finished', data: { n } })),
  invalidPayloads: [{ data: 1 }, { type: 'Search finished', data: 1 }],
  refusedSample: { type: 'rude', data: null },
  probe: (receiver) => receiver.received,
  makeUnreachable: (receiver) => void (receiver.isUp = false),
  makeReachable: (receiver) => void (receiver.isUp = true),
  stall: (receiver) => receiver.stall(),
  unstall: (receiver) => receiver.unstall(),
})
