import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { describe, it } from 'vitest'
import { kafkaSink, type KafkaPayload } from '../src/index.ts'
import { encodeRecord } from '../src/request.ts'
import { invalidPayloads, lineSamples, refusedSample, sampleNumber, samples, toPayload, toWireForm } from './conformance-options.ts'
import { brokers, leftOut, RealTopic } from './real-cluster.ts'
import { withSockets } from './with-sockets.ts'

describe.skipIf(brokers === '')(`the Kafka sink on a real broker${leftOut}`, () => {
  sinkConformance(it, {
    definition: (topic: RealTopic) => withSockets(kafkaSink, topic.sockets),
    createTarget: () => RealTopic.create(),
    config: ({ name }) => ({ topic: name, brokers }),
    ...{ samples, sampleNumber, lineSamples, refusedSample, invalidPayloads },
    probe: async (topic) => (await topic.read()).map((message) => toPayload(toRecord(message))),
    probeWire: async (topic) => (await topic.read()).map((message) => toWireForm(toRecord(message))),
    failForNow: ({ sockets }, payload) => sockets.refuse(encodeRecord(payload as KafkaPayload).body),
    makeUnreachable: ({ sockets }) => sockets.cut(),
    makeReachable: ({ sockets }) => sockets.restore(),
    stall: ({ sockets }) => sockets.silence(),
    unstall: ({ sockets }) => sockets.answer(),
    openHandles: ({ sockets }) => sockets.countOpen(),
    disposeTarget: (topic) => topic[Symbol.asyncDispose](),
    abortWithinMs: 5000,
    deadlineMs: 40_000,
  })
})

function toRecord({ key, value, headers }: Awaited<ReturnType<RealTopic['read']>>[number]) {
  const known = Object.fromEntries(Object.entries(headers ?? {}).map(([name, header]) => [name, String(header)]))
  return { message: { key, value: value ?? Buffer.alloc(0), headers: known, timestamp: '' } }
}
