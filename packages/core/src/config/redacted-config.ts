/** The loaded configuration as it may be shown: in the recorder, on pages, by commands (SEC-10, CLI-5). Pure. */
import { redactConfig, redacted } from '@drakkar/plugin-sdk'
import { completeSchema, type SinkSchemas } from './complete-schema.ts'
import type { DrakkarConfig } from './schema.ts'

type Members = Readonly<Record<string, unknown>>

/** A copy without secrets. Sinks whose schema is not given become `***`: nobody knows what is secret in them. */
export function redactedConfig(config: DrakkarConfig, sinkSchemas: SinkSchemas): Members {
  const shown = redactConfig(completeSchema({ sinks: sinkSchemas, openTypes: [] }), config)
  const known = new Set([...sinkSchemas.keys(), 'circuit_breaker', 'custom'])
  const hide = (types: unknown) => mapMembers(types, (type, instances) => (known.has(type) ? instances : redacted))
  const hideAll = (sinks: unknown) => mapMembers(hide(sinks), (type, instances) => (type === 'custom' ? hide(instances) : instances))
  return mapMembers(shown, (section, value) => (section === 'sinks' ? hideAll(value) : value))
}

function mapMembers(value: unknown, change: (key: string, member: unknown) => unknown): Members {
  return Object.fromEntries(Object.entries(Object(value)).map(([key, member]) => [key, change(key, member)]))
}
