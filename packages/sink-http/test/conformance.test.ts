import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { it } from 'vitest'
import { fakeDefinition, invalidPayloads, refusedSample, sampleNumber, samples, toPayload, toWireForm } from './conformance-options.ts'
import { FakeReceiver } from './fake-client.ts'

sinkConformance(it, {
  definition: (receiver: FakeReceiver) => fakeDefinition(receiver),
  createTarget: () => new FakeReceiver(),
  config: { url: 'http://me:top-secret@fake/in', idempotency_key_header: 'Idempotency-Key', tls: { passphrase: 'pass-secret' } },
  ...{ samples, sampleNumber, refusedSample, invalidPayloads },
  probe: (receiver) => receiver.accepted.map(toPayload),
  probeWire: (receiver) => receiver.accepted.map(toWireForm),
  makeUnreachable: (receiver) => void (receiver.isReachable = false),
  makeReachable: (receiver) => void (receiver.isReachable = true),
  stall: (receiver) => receiver.stall(),
  unstall: (receiver) => receiver.unstall(),
  openHandles: (receiver) => receiver.openClients,
})
