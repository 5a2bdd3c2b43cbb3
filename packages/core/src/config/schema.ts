/**
 * The whole configuration: one schema for type, check, defaults, JSON Schema and reference page. Objects keep these
 * names in code; there is no second spelling of a key anywhere.
 */
import { Type, type Static } from 'typebox'
import { cacheSchema } from './schema/cache.ts'
import { debugSchema } from './schema/debug.ts'
import { embeddedSchema } from './schema/embedded.ts'
import { executorSchema } from './schema/executor.ts'
import { kafkaSchema } from './schema/kafka.ts'
import { dlqSchema, healthSchema, loggingSchema, metricsSchema, servingSchema } from './schema/outputs.ts'
import { pluginsSchema } from './schema/plugins.ts'
import { flag, nullable, text } from './schema/property.ts'
import { sinksSchema } from './schema/sinks.ts'

/** Root properties. `sinks` is completed with the installed types by `completeSchema()`. */
export const rootProperties = {
  worker_name_env: text('Environment variable that holds the name of the worker.', 'WORKER_ID'),
  cluster_name: text('Name of the cluster of workers, for logs and pages.', ''),
  cluster_name_env: text('Environment variable whose value, when not empty, replaces `cluster_name`.', ''),
  handler: text('Module with the handler, relative to this file. Empty: `./handler.{mjs,js,ts}`.', ''),
  strict: flag('False turns unknown keys below the root into warnings.', true),
  kafka: kafkaSchema,
  embedded: nullable('An embedded log instead of Kafka, for demos and development. Excludes `kafka`.', embeddedSchema),
  executor: executorSchema,
  sinks: sinksSchema,
  dlq: dlqSchema,
  metrics: metricsSchema,
  logging: loggingSchema,
  debug: debugSchema,
  cache: cacheSchema,
  plugins: pluginsSchema,
  health: healthSchema,
  serving: servingSchema,
} as const

export const drakkarConfigSchema = Type.Object(rootProperties, {
  additionalProperties: false,
  description: 'Configuration of a Drakkar worker.',
})

type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

type Sections = DeepReadonly<Static<typeof drakkarConfigSchema>>

/** The loaded configuration: complete, checked and frozen. */
export type DrakkarConfig = Omit<Sections, 'sinks'> & {
  readonly sinks: Sections['sinks'] & Readonly<Record<string, unknown>>
}

/** True for what the loader made: everything present is right, and the defaults have completed it. */
export function hasEverySection(value: Readonly<Record<string, unknown>>): value is DrakkarConfig {
  return Object.keys(rootProperties).every((key) => Object.hasOwn(value, key))
}

type Mutable<T> = T extends readonly (infer E)[] ? Mutable<E>[] : T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T

/** What `onStartup` gets and may change. */
export type MutableConfig = Mutable<DrakkarConfig>

export type CircuitBreakerConfig = Sections['sinks']['circuit_breaker']
export type LoggingConfig = Sections['logging']
