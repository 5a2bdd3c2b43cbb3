/** Defaults of everything nobody wrote, and values that depend on others. Pure. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import type { DrakkarConfig } from './schema.ts'
import { alternativesOf, isListSchema, isMappingSchema, memberSchema, type SchemaView } from './schema-view.ts'

type Members = Readonly<Record<string, unknown>>

/** The checked values completed by the schema's defaults: given keys first, in their order. `value` is not changed. */
export function withDefaults(value: Members, schema: SchemaView): Members {
  const given = Object.entries(value).map(([key, member]): [string, unknown] => [key, complete(member, memberSchema(schema, key) ?? {})])
  const absent = Object.entries(schema.properties ?? {}).flatMap(([key, member]): [string, unknown][] =>
    Object.hasOwn(value, key) || member.default === undefined ? [] : [[key, complete(structuredClone(member.default), member)]],
  )
  return Object.fromEntries([...given, ...absent])
}

function complete(value: unknown, schema: SchemaView): unknown {
  if (Array.isArray(value)) {
    const list = alternativesOf(schema).find(isListSchema)
    return value.map((item) => complete(item, list?.items ?? {}))
  }
  return isMembers(value) ? completeMapping(value, alternativesOf(schema).filter(isMappingSchema)) : value
}

/** Of several kinds of mapping, the one that the completed value really is. */
function completeMapping(value: Members, branches: readonly SchemaView[]): Members {
  const completed = branches.map((branch) => ({ branch, value: withDefaults(value, branch) }))
  const fitting = completed.find((candidate) => Value.Check(candidate.branch, candidate.value)) ?? completed[0]
  return fitting?.value ?? value
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null
}

/** Defaults no schema can hold: `~/` in directories, and the spool as soon as it has a place. */
export function withDerived(config: DrakkarConfig, isGiven: (path: readonly string[]) => boolean, home = homedir()): DrakkarConfig {
  const spools = config.dlq.spool_dir !== '' && !isGiven(['dlq', 'on_failure'])
  return {
    ...config,
    debug: { ...config.debug, db_dir: expandHome(config.debug.db_dir, home) },
    cache: { ...config.cache, db_dir: expandHome(config.cache.db_dir, home) },
    dlq: { ...config.dlq, on_failure: spools ? 'spool' : config.dlq.on_failure },
  }
}

function expandHome(path: string, home: string): string {
  return path.startsWith('~/') ? join(home, path.slice(2)) : path
}
