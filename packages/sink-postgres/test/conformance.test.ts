import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { describe, it } from 'vitest'
import {
  createResultsDatabase,
  fakeDefinition,
  fakeRows,
  fakeWire,
  invalidPayloads,
  lockRow,
  onConflicts,
  refusedSample,
  sampleNumber,
  samples,
} from './conformance-options.ts'

describe.each(onConflicts)('on_conflict %j', (on_conflict) => {
  sinkConformance(it, {
    definition: fakeDefinition,
    createTarget: () => createResultsDatabase(on_conflict !== null),
    config: { dsn: 'postgres://me:top-secret@fake/db', on_conflict },
    ...{ samples, sampleNumber, refusedSample, invalidPayloads },
    probe: fakeRows,
    probeWire: fakeWire,
    failForNow: lockRow,
    makeUnreachable: (database) => void (database.isReachable = false),
    makeReachable: (database) => void (database.isReachable = true),
    stall: (database) => database.stall(),
    unstall: (database) => database.unstall(),
    openHandles: (database) => database.openConnections,
  })
})
