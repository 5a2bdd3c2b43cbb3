import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { it } from 'vitest'
import {
  fakeDefinition,
  invalidPayloads,
  lineSamples,
  refusedSample,
  sampleNumber,
  samples,
  storedPayloads,
} from './conformance-options.ts'
import { FakeServer, replyError } from './fake-client.ts'

sinkConformance(it, {
  definition: fakeDefinition,
  createTarget: () => new FakeServer(),
  config: { url: 'redis://me:top-secret@fake/0', tls: { passphrase: 'pass-secret' } },
  ...{ samples, sampleNumber, lineSamples, refusedSample, invalidPayloads },
  probe: storedPayloads,
  probeWire: ({ entries }) => [...entries].map(([key, { value }]) => ({ key: Buffer.from(key), body: Buffer.from(value) })),
  passTime: (server, seconds) => server.passTime(seconds * 1000),
  keepsLastOfLine: true,
  failForNow: (server) => void server.nextReplies.push(replyError('OOM command not allowed')),
  makeUnreachable: (server) => void (server.isReachable = false),
  makeReachable: (server) => void (server.isReachable = true),
  stall: (server) => server.stall(),
  unstall: (server) => server.unstall(),
  openHandles: (server) => server.openConnections,
})
