/**
 * The schema a configuration is really checked with: the fixed sections, and under `sinks` the installed types, each
 * instance with the keys of its sink and those of the framework side by side.
 */
import { Type, type TObject, type TProperties, type TSchema } from 'typebox'
import { viewOf } from './schema-view.ts'
import { rootProperties } from './schema.ts'
import { section } from './schema/property.ts'
import { sinkInstanceSchema } from './schema/sink-instance.ts'
import { sinksSchema } from './schema/sinks.ts'

/** Sink type → schema of the sink's own part. */
export type SinkSchemas = ReadonlyMap<string, TObject>

export interface CompleteSchemaOptions {
  /** Schemas of the types that may be configured. Undefined: `openTypes` are accepted with any keys. */
  readonly sinks: SinkSchemas | undefined
  /** Types whose own keys are not checked, because no schemas were given. */
  readonly openTypes: readonly string[]
}

export function completeSchema({ sinks, openTypes }: CompleteSchemaOptions): TObject {
  const types = sinks === undefined ? openTypes.map((type) => [type, openInstance] as const) : [...sinks].map(toInstance)
  const byType: TProperties = Object.fromEntries(types.map(([type, instance]) => [type, instancesOf(type, instance)]))
  const customTypes: TProperties = Object.fromEntries(types.map(([type, instance]) => [type, instancesOf(type, instance)]))
  const custom = section('The same as `sinks.<type>`, as py-drakkar spells plugin sinks.', customTypes)
  const all = section('Sinks: `<type>.<instance>`, and what is common to all.', { ...sinksSchema.properties, custom, ...byType })
  return Type.Object({ ...rootProperties, sinks: all }, { additionalProperties: false, description: 'Configuration of a Drakkar worker.' })
}

const openInstance = Type.Object(sinkInstanceSchema.properties, { additionalProperties: true })

function toInstance([type, own]: readonly [string, TObject]): readonly [string, TObject] {
  // A schema that says nothing about further keys means that there are none.
  const open = viewOf(own).additionalProperties ?? false
  const additionalProperties = typeof open === 'boolean' ? open : true
  return [type, Type.Object({ ...own.properties, ...sinkInstanceSchema.properties }, { additionalProperties })]
}

/** No default: a type that is not configured does not appear in the loaded configuration. */
function instancesOf(type: string, instance: TObject): TSchema {
  return Type.Optional(Type.Record(Type.String(), instance, { description: `Instances of the sink type "${type}", by name.` }))
}
