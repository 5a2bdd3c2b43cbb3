/** What the conformance kit needs to know about the memory store. */
import type { SinkConformanceOptions } from '../src/conformance/index.ts'
import { createMemoryStore, memorySink, type MemoryStore } from '../src/testing/index.ts'

export const memoryOptions: SinkConformanceOptions<MemoryStore> = {
  definition: (store) => memorySink(store),
  createTarget: createMemoryStore,
  config: {},
  samples: [
    { key: 'a', data: { n: 1 } },
    { key: 'b', data: 'two' },
  ],
  sampleNumber: (index) => ({ key: `k${index}`, data: index }),
  invalidPayloads: [{ key: '' }, { key: 'a', data: 1, more: true }],
  lineSamples: [
    { key: 'a', data: 'first' },
    { key: 'a', data: 'second' },
  ],
  failForNow: (store, payload) => store.failForNow(payload),
  refusedSample: { key: 'bad', data: 0 },
  probe: (store) => store.entries.map((entry) => entry.payload),
  probeDurable: (store) => store.durable.map((entry) => entry.payload),
  makeUnreachable: (store) => void (store.isReachable = false),
  makeReachable: (store) => void (store.isReachable = true),
  stall: (store) => store.stall(),
  unstall: (store) => store.unstall(),
  failFlush: (store) => void (store.failsFlush = true),
  openHandles: (store) => store.openHandles,
  probeWire: (store) => store.entries.flatMap(({ body }) => (body === undefined ? [] : { body })),
  passTime: (store, seconds) => store.passTime(seconds),
}
