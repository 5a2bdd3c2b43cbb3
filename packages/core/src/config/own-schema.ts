/**
 * The sink's own schema once more, as a whole and with defaults: a schema may say things about an object (conditions,
 * refinements, combinations) that a walk over its properties does not see.
 */
import { compileSchema, type ConfigProblem } from '@drakkar/plugin-sdk'
import { Value } from 'typebox/value'
import type { SinkSchemas } from './complete-schema.ts'
import type { ConfigOrigin } from './config-node.ts'
import type { SinkInstanceConfig } from './instances.ts'
import { problemAt } from './problems.ts'

/** `originOf`: place of a path, null when the instance has problems already. */
export function ownSchemaProblems(
  instances: readonly SinkInstanceConfig[],
  sinkSchemas: SinkSchemas,
  originOf: (path: readonly string[]) => ConfigOrigin | null | undefined,
): readonly ConfigProblem[] {
  return instances.flatMap((instance) => {
    const schema = sinkSchemas.get(instance.type)
    const base = instance.custom ? ['sinks', 'custom', instance.type, instance.name] : ['sinks', instance.type, instance.name]
    // Compiling is worth its time only when there is something to explain.
    if (schema === undefined || originOf(base) === null || Value.Check(schema, instance.own)) return []
    return compileSchema(schema)
      .issues(instance.own)
      .map(({ path, message }) => {
        const full = path === '' ? base : [...base, ...path.split('.')]
        return problemAt(full, message, originOf(full) ?? undefined)
      })
  })
}
