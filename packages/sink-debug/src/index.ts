/** `@drakkar/sink-debug`: sinks that discard or print, each name a type of its own. */
import { defineSink } from '@drakkar/plugin-sdk'
import { createOutput } from './client.ts'
import { NullConfig, PrintConfig } from './config.ts'
import { NullPayload, PrintPayload } from './payload.ts'
import { compactText, prettyText } from './request.ts'
import { createNullSink, PrintSink } from './sink.ts'

/** Discards, always succeeds, counts (spec BSP-14). */
export const nullSink = defineSink({
  type: 'null',
  config: NullConfig,
  payload: NullPayload,
  idempotent: true,
  capabilities: { batching: true },
  create: (_config, context) => createNullSink(context),
})

/** `null` under the name Numaflow gives it (spec NMF-28). */
export const blackholeSink = defineSink({ ...nullSink, type: 'blackhole', payloadKey: 'blackhole', short: 'blackhole' })

/** One compact line per payload (spec BSP-13). */
export const printSink = defineSink({
  type: 'print',
  config: PrintConfig,
  payload: PrintPayload,
  capabilities: { batching: true, ordered: true },
  create: (config, context) => new PrintSink({ context, format: compactText, openOutput: () => createOutput(process[config.stream]) }),
})

/** `print` under the name Numaflow gives it (spec NMF-28). */
export const logSink = defineSink({ ...printSink, type: 'log', payloadKey: 'log', short: 'log' })

/** Each payload as a readable block (spec BSP-12). */
export const pprintSink = defineSink({
  type: 'pprint',
  config: PrintConfig,
  payload: PrintPayload,
  capabilities: { batching: true, ordered: true },
  create: (config, context) => new PrintSink({ context, format: prettyText, openOutput: () => createOutput(process[config.stream]) }),
})

export type { NullPayload, PrintPayload } from './payload.ts'
export type { PrintConfig } from './config.ts'
