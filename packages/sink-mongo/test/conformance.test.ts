import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { describe, it } from 'vitest'
import {
  fakeDefinition,
  invalidPayloads,
  refusedSample,
  sampleNumber,
  samples,
  storedBytes,
  storedPayloads,
} from './conformance-options.ts'
import { FakeDatabase } from './fake-client.ts'

describe.each([[[]], [['_id']]])('upsert_key %j', (upsert_key) => {
  sinkConformance(it, {
    definition: fakeDefinition,
    createTarget: () => new FakeDatabase(),
    config: { uri: 'mongodb://me:top-secret@fake', database: 'test', upsert_key },
    ...{ samples, sampleNumber, refusedSample, invalidPayloads },
    probe: storedPayloads,
    probeWire: storedBytes,
    makeUnreachable: (database) => void (database.isReachable = false),
    makeReachable: (database) => void (database.isReachable = true),
    stall: (database) => database.stall(),
    unstall: (database) => database.unstall(),
    openHandles: (database) => database.openConnections,
  })
})
