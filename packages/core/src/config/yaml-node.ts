/** The parser's nodes to ours: aliases resolved within a budget, merge keys applied, keys as text. */
import type { ConfigProblem } from '@drakkar/plugin-sdk'
import { isAlias, isMap, isNode, isScalar, isSeq, type Document, type Pair, type Scalar as YamlScalar } from 'yaml'
import { emptyMapping, type ConfigNode, type ConfigOrigin, type MappingEntry, type MappingNode, type Scalar } from './config-node.ts'
import { problemAt } from './problems.ts'

/** Values a configuration may have, aliases counted as often as they are used. */
const maxNodes = 50_000
const maxDepth = 64

/** Keys that JavaScript objects treat in their own way; no key of ours has such a name. */
const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const coreTags: ReadonlySet<string> = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
)

export interface ConvertedYaml {
  readonly root: MappingNode
  readonly problems: readonly ConfigProblem[]
  readonly usable: boolean
}

interface Conversion {
  readonly document: Document.Parsed
  readonly originAt: (offset: number) => ConfigOrigin
  readonly problems: ConfigProblem[]
  nodes: number
  /** Set once, when the budget is used up: nothing further is converted. */
  exhausted: boolean
}

interface Place {
  readonly path: readonly string[]
  /** Where a missing value is reported: at its key. */
  readonly origin: ConfigOrigin
}

export function nodeFromYaml(document: Document.Parsed, originAt: (offset: number) => ConfigOrigin): ConvertedYaml {
  const conversion: Conversion = { document, originAt, problems: [], nodes: 0, exhausted: false }
  const start = originAt(0)
  const node = convert(document.contents, { path: [], origin: start }, conversion)
  const { problems, exhausted } = conversion
  if (node.kind === 'mapping') return { root: node, problems, usable: !exhausted }
  if (node.kind === 'scalar' && node.value === null) return { root: emptyMapping(start), problems, usable: !exhausted }
  const kind = node.kind === 'list' ? 'a list' : 'a single value'
  return {
    root: emptyMapping(start),
    problems: [...problems, problemAt('', `the file must be a mapping of keys, not ${kind}`, node.origin)],
    usable: false,
  }
}

function convert(value: unknown, place: Place, conversion: Conversion): ConfigNode {
  const origin = isNode(value) && value.range ? conversion.originAt(value.range[0]) : place.origin
  if (!withinBudget(place.path, origin, conversion)) return { kind: 'scalar', value: null, origin }
  const refuse = (message: string): ConfigNode => {
    conversion.problems.push(problemAt(place.path, message, origin))
    return { kind: 'scalar', value: null, origin, broken: true }
  }
  if (isAlias(value)) {
    const target = value.resolve(conversion.document)
    if (target === undefined) return refuse('this alias (`*name`) has no anchor (`&name`) before it')
    return convert(target, { ...place, origin }, conversion)
  }
  if (isNode(value) && value.tag !== undefined && !coreTags.has(value.tag)) return refuse('custom tags (`!name`) are not supported')
  if (isMap(value)) return convertMap(value.items, { path: place.path, origin }, conversion)
  if (isSeq(value)) {
    const items = value.items.map((item, index) => convert(item, { path: [...place.path, String(index)], origin }, conversion))
    return { kind: 'list', items, origin }
  }
  return { kind: 'scalar', value: isScalar(value) ? scalarValue(value) : null, origin }
}

function withinBudget(path: readonly string[], origin: ConfigOrigin, conversion: Conversion): boolean {
  if (conversion.exhausted) return false
  conversion.nodes += 1
  if (conversion.nodes > maxNodes) return exhaust(`aliases expand to more than ${maxNodes} values`, { path, origin }, conversion)
  if (path.length > maxDepth)
    return exhaust(`the YAML is nested deeper than ${maxDepth} levels`, { path: path.slice(0, 3), origin }, conversion)
  return true
}

function exhaust(message: string, { path, origin }: Place, conversion: Conversion): false {
  conversion.exhausted = true
  conversion.problems.push(problemAt(path, message, origin))
  return false
}

function convertMap(pairs: readonly Pair[], place: Place, conversion: Conversion): MappingNode {
  const own = new Map<string, MappingEntry>()
  const merged = new Map<string, MappingEntry>()
  for (const pair of pairs) {
    const keyOrigin = isNode(pair.key) && pair.key.range ? conversion.originAt(pair.key.range[0]) : place.origin
    const key = keyText(pair.key)
    if (key === null || forbiddenKeys.has(key)) {
      const message = key === null ? 'a key must be plain text' : `"${key}" cannot be a key`
      conversion.problems.push(problemAt(place.path, message, keyOrigin))
      continue
    }
    if (own.has(key)) {
      conversion.problems.push(problemAt([...place.path, key], 'this key is already given above in the same mapping', keyOrigin))
      continue
    }
    const node = convert(pair.value, { path: [...place.path, key], origin: keyOrigin }, conversion)
    if (isMergeKey(pair.key)) addMerged(node, { path: place.path, origin: keyOrigin }, { into: merged, conversion })
    else own.set(key, { keyOrigin, node })
  }
  const inherited = [...merged].filter(([key]) => !own.has(key))
  return { kind: 'mapping', entries: new Map([...inherited, ...own]), origin: place.origin }
}

function addMerged(
  node: ConfigNode,
  place: Place,
  target: { readonly into: Map<string, MappingEntry>; readonly conversion: Conversion },
): void {
  const sources = node.kind === 'list' ? node.items : [node]
  for (const source of sources) {
    if (source.kind !== 'mapping') {
      target.conversion.problems.push(problemAt(place.path, '`<<` merges a mapping or a list of mappings', place.origin))
      continue
    }
    for (const [key, entry] of source.entries) if (!target.into.has(key)) target.into.set(key, entry)
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<'
}

function keyText(key: unknown): string | null {
  if (!isScalar(key)) return null
  return typeof key.value === 'string' ? key.value : (key.source ?? String(key.value))
}

function scalarValue(scalar: YamlScalar): Scalar {
  const { value } = scalar
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  return scalar.source ?? ''
}
