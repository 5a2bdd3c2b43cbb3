import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { isDeepStrictEqual } from 'node:util'
import { it } from 'vitest'
import {
  fakeDefinition,
  invalidPayloads,
  lineSamples,
  refusedSample,
  sampleNumber,
  samples,
  toPayload,
  toWireForm,
} from './conformance-options.ts'
import { FakeCluster } from './fake-client.ts'

sinkConformance(it, {
  definition: fakeDefinition,
  createTarget: () => new FakeCluster(),
  config: { topic: 'results', brokers: 'fake:9092', sasl: { mechanism: 'plain', username: 'me', password: 'top-secret' } },
  ...{ samples, sampleNumber, lineSamples, refusedSample, invalidPayloads },
  probe: (cluster) => cluster.records.map(toPayload),
  probeWire: (cluster) => cluster.records.map(toWireForm),
  failForNow: (cluster, payload) => void (cluster.failsForNow = (record) => isDeepStrictEqual(toPayload(record), payload)),
  makeUnreachable: (cluster) => void (cluster.isReachable = false),
  makeReachable: (cluster) => void (cluster.isReachable = true),
  stall: (cluster) => cluster.stall(),
  unstall: (cluster) => cluster.unstall(),
  openHandles: (cluster) => cluster.openConnections,
})
