/** Every property of a JSON Schema, nested ones included. */
export interface SchemaProperty {
  readonly name: string
  /** Dotted. */
  readonly path: string
  readonly schema: PropertySchema
}

interface PropertySchema {
  readonly description?: unknown
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, PropertySchema>>
  readonly patternProperties?: Readonly<Record<string, PropertySchema>>
  readonly items?: PropertySchema | readonly PropertySchema[]
  readonly anyOf?: readonly PropertySchema[]
  readonly allOf?: readonly PropertySchema[]
}

export function schemaProperties(schema: unknown, prefix = ''): readonly SchemaProperty[] {
  if (typeof schema !== 'object' || schema === null) return []
  const node: PropertySchema = schema
  const own = Object.entries(node.properties ?? {}).flatMap(([name, property]) => {
    const path = prefix === '' ? name : `${prefix}.${name}`
    return [{ name, path, schema: property }, ...schemaProperties(property, path)]
  })
  const inner = [...Object.values(node.patternProperties ?? {}), ...[node.items ?? []].flat(), ...(node.anyOf ?? []), ...(node.allOf ?? [])]
  return [...own, ...inner.flatMap((part) => schemaProperties(part, prefix))]
}
