/** Environment over file: mappings merge, everything else replaces (CFG-4). Pure. */
import { emptyMapping, type ConfigNode, type MappingEntry, type MappingNode } from './config-node.ts'
import type { PlacedOverride } from './environment.ts'

/** Outer places first, so that a variable for a part wins over a JSON mapping for the whole. */
export function applyOverrides(root: MappingNode, placed: readonly PlacedOverride[]): MappingNode {
  const ordered = [...placed].sort((a, b) => a.path.length - b.path.length || (a.variable < b.variable ? -1 : 1))
  return ordered.reduce((merged, override) => mergeMapping(merged, wrap(override)), root)
}

/** The override as a tree that holds nothing else. */
function wrap({ path, node }: PlacedOverride): MappingNode {
  const origin = node.origin
  const inner = path.slice(1).reduceRight<ConfigNode>((value, key) => single(key, value), node)
  return { kind: 'mapping', origin, entries: new Map([[path[0] ?? '', { keyOrigin: origin, node: inner }]]) }
}

function single(key: string, node: ConfigNode): MappingNode {
  return { kind: 'mapping', origin: node.origin, entries: new Map([[key, { keyOrigin: node.origin, node }]]) }
}

function mergeMapping(base: MappingNode, over: MappingNode): MappingNode {
  const entries = new Map(base.entries)
  for (const [key, entry] of over.entries) entries.set(key, mergeEntry(entries.get(key), entry))
  return { ...base, entries }
}

function mergeEntry(base: MappingEntry | undefined, over: MappingEntry): MappingEntry {
  if (base === undefined) return over
  return { keyOrigin: base.keyOrigin, node: mergeNode(base.node, over.node) }
}

function mergeNode(base: ConfigNode, over: ConfigNode): ConfigNode {
  if (over.kind !== 'mapping') return over
  if (base.kind === 'mapping') return mergeMapping(base, over)
  const isNull = base.kind === 'scalar' && base.value === null
  return isNull ? mergeMapping(emptyMapping(base.origin), over) : over
}
