/** Every way of making a sink of sinks, or of a drain, keeps the rules its parts keep. */
import { describe, expect, it } from 'vitest'
import {
  defineSink,
  fallback,
  fanOut,
  fromDrain,
  routing,
  type SinkDefinition,
  withBatching,
  withBreaker,
  withFallback,
  withRetry,
} from '../src/index.ts'
import { conformanceCases, runConformanceCase, sinkConformance, type SinkConformanceOptions } from '../src/conformance/index.ts'
import { createMemoryStore, MemoryPayload, memorySink, type MemoryStore, openMemoryDrain } from '../src/testing/index.ts'
import { MemoryConfig } from '../src/testing/memory-sink.ts'
import { memoryOptions } from './memory-options.ts'

const noWait = { sleep: () => Promise.resolve() }
const quiet = defineSink({ type: 'quiet', payload: MemoryPayload, idempotent: true, process: () => {} })
const handsOn = defineSink({
  type: 'hands_on',
  config: memorySink(createMemoryStore()).config,
  payload: MemoryPayload,
  idempotent: true,
  capabilities: { batching: true, fallback: true },
  create: () => ({ deliver: (batch) => batch.map((item) => fallback(item.id)) }),
})

interface Subject {
  readonly make: (store: MemoryStore) => SinkDefinition
  readonly options?: Partial<SinkConformanceOptions<MemoryStore>>
}

const subjects: Readonly<Record<string, Subject>> = {
  'fanOut to two sinks': {
    make: (store) => fanOut({ type: 'both', payload: MemoryPayload, children: { first: memorySink(store), second: memorySink(store) } }),
  },
  'fanOut to a sink and a function': {
    make: (store) => fanOut({ type: 'both', payload: MemoryPayload, children: { kept: memorySink(store, { ordered: false }), quiet } }),
  },
  routing: {
    make: (store) =>
      routing({
        type: 'routed',
        payload: MemoryPayload,
        children: { letters: memorySink(store), numbered: memorySink(store) },
        route: ({ key }) => (key.startsWith('k') ? 'numbered' : null),
        defaultChild: 'letters',
      }),
  },
  'withFallback, primary in use': { make: (store) => withFallback(memorySink(store), { secondary: quiet }) },
  'withFallback, secondary in use': { make: (store) => withFallback(handsOn, { secondary: memorySink(store) }) },
  withRetry: { make: (store) => withRetry(memorySink(store), { clock: noWait }) },
  withBreaker: { make: (store) => withBreaker(memorySink(store), { cooldownMs: 0 }) },
  withBatching: { make: (store) => withBatching(memorySink(store)) },
  'withBatching of an unordered sink': { make: (store) => withBatching(memorySink(store, { ordered: false }), { maxBytes: 1_000 }) },
  'a chain of wrappers': {
    make: (store) => {
      const guarded = withRetry(withBreaker(memorySink(store), { cooldownMs: 0 }), { clock: noWait })
      return withBatching(withFallback(guarded, { secondary: quiet, takes: () => false }))
    },
  },
  'fromDrain, durable': { make: (store) => drained(store, { ack: 'durable', idempotent: true }) },
  'fromDrain, written': { make: (store) => drained(store, { ack: 'written', idempotent: true }) },
  'fromDrain, not idempotent': {
    make: (store) => drained(store, { ack: 'durable', idempotent: false }),
    options: { skip: { 'SINK-044': 'a drain refuses a batch as a whole, and may not get a part of it twice' } },
  },
}

function drained(store: MemoryStore, options: { readonly ack: 'durable' | 'written'; readonly idempotent: boolean }): SinkDefinition {
  return fromDrain({
    type: 'drained',
    config: MemoryConfig,
    payload: MemoryPayload,
    ...options,
    open: (_config, _context, call) => openMemoryDrain(store, call),
  })
}

for (const [name, { make, options }] of Object.entries(subjects)) {
  describe(`${name} keeps every rule`, () => {
    sinkConformance(it, { ...memoryOptions, ...options, definition: make })
  })
}

/** Rules of members that some composition cannot have. */
const own = new Set(['SINK-036', 'SINK-047', 'SINK-090', 'SINK-091'])

it('skips nothing that a wrapped sink is tested for', async () => {
  const skipped = new Set<string>()
  for (const conformanceCase of conformanceCases) {
    const definition = (store: MemoryStore): SinkDefinition => withBatching(withRetry(memorySink(store), { clock: noWait }))
    const { status } = await runConformanceCase(conformanceCase, { ...memoryOptions, definition })
    if (status === 'skipped') skipped.add(conformanceCase.rule)
  }
  expect([...skipped].filter((rule) => !own.has(rule))).toEqual([])
})
