/** Memory sinks whose definition breaks one rule each. */
import { Type } from 'typebox'
import { defineSink } from '../define-sink.ts'
import { breakSink, type BrokenSink, withConfig } from './break-sink.ts'
import { MemoryConfig, memorySink } from './memory-sink.ts'

export const brokenDefinitions = {
  'SINK-001': (store) => ({ ...memorySink(store) }),
  'SINK-002': (store) => withConfig(store, { speed: Type.Optional(Type.Number()) }),
  'SINK-003': (store) => defineSink({ ...memorySink(store), config: Type.Object(MemoryConfig.properties) }),
  'SINK-004': (store) => defineSink({ ...memorySink(store), payload: Type.Unknown() }),
  'SINK-005': (store) => withConfig(store, { password: Type.Optional(Type.String({ description: 'Shown to everybody.' })) }),
  'SINK-006': (store) =>
    breakSink(store, (whole) => {
      const { release } = store.open()
      return { close: (call) => whole.close(call).finally(release) }
    }),
} as const satisfies Record<string, BrokenSink>
