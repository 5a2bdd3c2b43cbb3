/**
 * Configuration as a tree that remembers where each key and value came from. Every step between reading and freezing
 * works on this tree, so that any later problem can name its place.
 */

/** Where a key or a value was written. */
export type ConfigOrigin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'code' }

export type Scalar = string | number | boolean | null

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: Scalar
  readonly origin: ConfigOrigin
  /** The text as written, when `${NAME}` was replaced in it: shown instead of the value, which may be a secret. */
  readonly template?: string
  /** The value could not be made and that has been reported: it counts as absent. */
  readonly broken?: true
}

export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
  readonly origin: ConfigOrigin
}

export interface MappingEntry {
  readonly keyOrigin: ConfigOrigin
  readonly node: ConfigNode
}

export interface MappingNode {
  readonly kind: 'mapping'
  readonly entries: ReadonlyMap<string, MappingEntry>
  readonly origin: ConfigOrigin
}

export type ConfigNode = ScalarNode | ListNode | MappingNode

export function emptyMapping(origin: ConfigOrigin): MappingNode {
  return { kind: 'mapping', entries: new Map(), origin }
}

/** Null or a mapping without keys: nothing was written there. */
export function isEmptyNode(node: ConfigNode): boolean {
  return node.kind === 'mapping' ? node.entries.size === 0 : node.kind === 'scalar' && node.value === null
}

/** The node at a path of keys, if there is one. */
export function nodeAt(root: ConfigNode, path: readonly string[]): MappingEntry | undefined {
  let entry: MappingEntry = { keyOrigin: root.origin, node: root }
  for (const key of path) {
    const next = childOf(entry.node, key)
    if (next === undefined) return undefined
    entry = next
  }
  return entry
}

function childOf(node: ConfigNode, key: string): MappingEntry | undefined {
  if (node.kind === 'mapping') return node.entries.get(key)
  if (node.kind === 'list' && /^\d+$/.test(key)) {
    const item = node.items[Number(key)]
    return item === undefined ? undefined : { keyOrigin: item.origin, node: item }
  }
  return undefined
}

/** Plain values (JSON, or a configuration object made in code) as a tree. Functions and their like become a text that no schema takes for
 * what it wants. */
export function nodeFromValue(value: unknown, origin: ConfigOrigin): ConfigNode {
  if (Array.isArray(value)) return { kind: 'list', origin, items: value.map((item) => nodeFromValue(item, origin)) }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    const entries = new Map(members.map(([key, member]) => [key, { keyOrigin: origin, node: nodeFromValue(member, origin) }]))
    return { kind: 'mapping', origin, entries }
  }
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return { kind: 'scalar', origin, value }
  }
  return { kind: 'scalar', origin, value: `[${typeof value}]` }
}

/** The plain value of a tree. `__proto__` becomes an ordinary own property. */
export function valueOfNode(node: ConfigNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(valueOfNode)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, valueOfNode(entry.node)]))
}
