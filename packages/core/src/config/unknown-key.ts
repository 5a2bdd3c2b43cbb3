/** What to say about a key that does not exist. Pure. */
import { nearestKey } from './nearest-key.ts'
import { isMappingSchema, alternativesOf, type SchemaView } from './schema-view.ts'

/** Names other programs have for ours; they exist in no schema, so that a distance would not find them. */
const otherNames: Readonly<Record<string, string>> = {
  batch_size: 'batch.max_items',
  batch_max_bytes: 'batch.max_bytes',
  batch_timeout: 'batch.max_wait_ms',
  max_inflight: 'max_in_flight',
  bootstrap_servers: 'brokers',
  group_id: 'consumer_group',
  input_topic: 'source_topic',
  max_workers: 'max_executors',
  ssl: 'tls',
}

export interface UnknownKey {
  readonly key: string
  readonly message: string
  /** The sibling key that was probably meant, if it is one. */
  readonly meant: string | null
}

export interface KeyPlace {
  /** Keys the mapping knows. */
  readonly known: readonly string[]
  readonly root: SchemaView
}

export function explainUnknownKey(key: string, { known, root }: KeyPlace): UnknownKey {
  const suggestion = suggest(key, known, root)
  const message = suggestion === null ? 'unknown key' : `unknown key; did you mean "${suggestion}"?`
  return { key, message, meant: suggestion !== null && known.includes(suggestion) ? suggestion : null }
}

function suggest(key: string, known: readonly string[], root: SchemaView): string | null {
  const other = Object.hasOwn(otherNames, key) ? otherNames[key] : undefined
  if (other !== undefined && known.includes(other.split('.')[0] ?? '')) return other
  const near = nearestKey(key, known)
  if (near !== null) return near
  return elsewhere(key, root)
}

/** A key that is right, but written in the wrong section: its full path, when there is exactly one. */
function elsewhere(key: string, root: SchemaView): string | null {
  const paths = Object.entries(root.properties ?? {}).flatMap(([name, schema]) =>
    alternativesOf(schema).flatMap((branch) =>
      name !== 'sinks' && isMappingSchema(branch) && Object.hasOwn(branch.properties ?? {}, key) ? [`${name}.${key}`] : [],
    ),
  )
  const atRoot = Object.hasOwn(root.properties ?? {}, key) ? [key] : []
  const all = [...atRoot, ...paths]
  return all.length === 1 ? (all[0] ?? null) : null
}
