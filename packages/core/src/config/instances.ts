/**
 * The configured sink instances as a flat list: each with the part its sink sees and the part the framework keeps.
 */
import { frameworkInstanceKeys } from '@drakkar/plugin-sdk'
import type { Static } from 'typebox'
import { Value } from 'typebox/value'
import type { CircuitBreakerConfig, DrakkarConfig } from './schema.ts'
import { sinkInstanceSchema } from './schema/sink-instance.ts'

type InstanceKeys = Static<typeof sinkInstanceSchema>
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T

/** Framework keys of an instance; `circuit_breaker` is complete, taken from `sinks.circuit_breaker` key by key. */
export type SinkFrameworkConfig = DeepReadonly<Omit<InstanceKeys, 'circuit_breaker'>> & {
  readonly circuit_breaker: CircuitBreakerConfig
}

export interface SinkInstanceConfig {
  readonly type: string
  readonly name: string
  /** The sink's part: checked by its schema, defaults applied. */
  readonly own: Readonly<Record<string, unknown>>
  readonly framework: SinkFrameworkConfig
  /** Written under `sinks.custom`. */
  readonly custom: boolean
}

type Leaf = Readonly<Record<string, unknown>>
type Instances = Readonly<Record<string, Leaf>>

const reserved: ReadonlySet<string> = new Set(['circuit_breaker', 'custom'])
const frameworkKeys: ReadonlySet<string> = new Set(frameworkInstanceKeys)

/** All instances in the order of the file: `sinks.<type>.<instance>` and `sinks.custom.<type>.<instance>`. */
export function configuredInstances(config: DrakkarConfig): readonly SinkInstanceConfig[] {
  const breaker = config.sinks.circuit_breaker
  return Object.entries(config.sinks).flatMap(([key, value]) => {
    if (key === 'custom') return typesOf(config.sinks.custom, true, breaker)
    return reserved.has(key) || !isInstances(value) ? [] : typesOf({ [key]: value }, false, breaker)
  })
}

function typesOf(types: Readonly<Record<string, Instances>>, custom: boolean, breaker: CircuitBreakerConfig): SinkInstanceConfig[] {
  return Object.entries(types).flatMap(([type, instances]) =>
    Object.entries(instances).map(([name, leaf]) => ({ type, name, custom, ...splitInstance(leaf, breaker) })),
  )
}

function splitInstance(leaf: Leaf, breaker: CircuitBreakerConfig): Pick<SinkInstanceConfig, 'own' | 'framework'> {
  const entries = Object.entries(leaf)
  const own = Object.fromEntries(entries.filter(([key]) => !frameworkKeys.has(key)))
  const given = Object.fromEntries(entries.filter(([key]) => frameworkKeys.has(key)))
  if (!Value.Check(sinkInstanceSchema, given))
    throw new TypeError('configuredInstances() needs what loadConfig() or validateConfig() returned')
  return { own, framework: { ...given, circuit_breaker: { ...breaker, ...given.circuit_breaker } } }
}

function isInstances(value: unknown): value is Instances {
  return typeof value === 'object' && value !== null
}
