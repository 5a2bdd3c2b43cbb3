import { defineSink } from '@drakkar/plugin-sdk'
import { sinkConformance } from '@drakkar/plugin-sdk/conformance'
import { describe, it } from 'vitest'
import { createFileLineSink, createFilesystemSink } from '../src/create-sinks.ts'
import { fileLineSink, filesystemSink } from '../src/index.ts'
import { ConformanceTarget } from './conformance-target.ts'
import { systemError } from './fake-client.ts'

const target = {
  createTarget: () => ConformanceTarget.create(),
  probeWire: (at: ConformanceTarget) => at.wire(),
  failForNow: (at: ConformanceTarget) => void at.client.nextLookupErrors.push(systemError('EIO', 'i/o error, realpath')),
  makeUnreachable: (at: ConformanceTarget) => at.takeAway(),
  makeReachable: (at: ConformanceTarget) => at.bringBack(),
  stall: (at: ConformanceTarget) => at.client.stall(),
  unstall: (at: ConformanceTarget) => at.client.unstall(),
  openHandles: (at: ConformanceTarget) => at.client.openFiles,
  disposeTarget: (at: ConformanceTarget) => at.dispose(),
}
const toFilePayload = (line: string) => ({ path: 'out.jsonl', data: JSON.parse(line) as unknown })
const files = {
  ...target,
  definition: ({ client }: ConformanceTarget) =>
    defineSink({ ...filesystemSink, create: (config, context) => createFilesystemSink({ config, context, client }) }),
  samples: [1, 2, 3].map((n) => ({ path: 'out.jsonl', data: { n } })),
  sampleNumber: (n: number) => ({ path: 'out.jsonl', data: { n } }),
  // Two names of one file: each is looked up.
  lineSamples: [
    { path: './out.jsonl', data: 'first' },
    { path: 'out.jsonl', data: 'second' },
  ] as const,
  invalidPayloads: [{ data: 1 }, { path: 1, data: 1 }, { path: 'x' }],
  refusedSample: { path: '../out.jsonl', data: 1 },
  probe: async (at: ConformanceTarget) => (await at.lines()).map(toFilePayload),
}

describe('filesystem, fsync never', () => {
  sinkConformance(it, { ...files, config: ({ base }) => ({ base_path: base }) })
})

describe.each(['batch', 'always'])('filesystem, fsync %s', (fsync) => {
  sinkConformance(it, {
    ...files,
    config: ({ base }) => ({ base_path: base, fsync }),
    probeDurable: (at) => at.durableLines().map(toFilePayload),
    failFlush: (at) => at.failNextFlush(),
  })
})

describe('file_line', () => {
  sinkConformance(it, {
    ...target,
    definition: ({ client }: ConformanceTarget) =>
      defineSink({ ...fileLineSink, create: (config, context) => createFileLineSink({ config, context, client }) }),
    config: ({ base }) => ({ path: 'out.jsonl', base_path: base }),
    samples: [{ data: 'one' }, { data: 'two' }],
    sampleNumber: (n) => ({ data: `line ${n}` }),
    invalidPayloads: [{}],
    refusedSample: { data: new Map() },
    probe: async (at) => (await at.lines()).map((data) => ({ data })),
  })
})
