/** Which sink instances a test has: those of the configuration, those named by `sinks`, or one `main` per definition. Pure. */
import type { SinkDefinition } from '@drakkar/plugin-sdk'
import { HandlerTestError } from './handler-test-error.ts'

export interface PlannedType {
  readonly type: string
  /** Null: any payload is accepted. */
  readonly definition: SinkDefinition | null
  /** The configuration has instances of the type, which its own schema checks. */
  readonly isConfigured: boolean
}

export interface SinkPlan {
  readonly types: readonly PlannedType[]
  /** The section `sinks`, complete. */
  readonly section: Readonly<Record<string, unknown>>
}

type Section = Readonly<Record<string, unknown>>

const notTypes: ReadonlySet<string> = new Set(['circuit_breaker', 'custom'])

/** Throws a `HandlerTestError` when there would be no sink, or a name is no `type/name`. */
export function planSinks(sinks: readonly (string | SinkDefinition)[], configured: Section): SinkPlan {
  const definitions = new Map(sinks.flatMap((sink) => (typeof sink === 'string' ? [] : [[sink.type, sink] as const])))
  const named = namedInstances(sinks.filter((sink) => typeof sink === 'string'))
  const configuredTypes = new Set([...typesOf(configured), ...typesOf(asSection(configured['custom']))])
  const types = new Set([...configuredTypes, ...definitions.keys(), ...named.keys()])
  if (types.size === 0)
    throw new HandlerTestError("the test has no sinks: name those the handler delivers to, e.g. sinks: ['postgres/main']")
  const section: Record<string, unknown> = { ...configured }
  for (const type of types) {
    const names = named.get(type) ?? (configuredTypes.has(type) ? [] : ['main'])
    const own = asSection(configured[type])
    const added = names.filter((name) => !(name in own)).map((name) => [name, {}] as const)
    if (added.length > 0) section[type] = { ...own, ...Object.fromEntries(added) }
  }
  const planned = [...types].map((type) => ({
    type,
    definition: definitions.get(type) ?? null,
    isConfigured: configuredTypes.has(type),
  }))
  return { types: planned, section }
}

function namedInstances(paths: readonly string[]): Map<string, readonly string[]> {
  const named = new Map<string, readonly string[]>()
  for (const path of paths) {
    const [type = '', name = '', ...rest] = path.split('/')
    if (type === '' || name === '' || rest.length > 0) throw new HandlerTestError(`sinks: '${path}' must be written 'type/name'`)
    named.set(type, [...(named.get(type) ?? []), name])
  }
  return named
}

function typesOf(section: Section): readonly string[] {
  return Object.keys(section).filter((key) => !notTypes.has(key))
}

function asSection(value: unknown): Section {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
