/** Which sink types a configuration has instances of, so that only their packages are loaded. Pure. */
import { isEmptyNode, type MappingNode } from './config-node.ts'
import { describeOrigin } from './problems.ts'

export interface UsedSinkType {
  readonly type: string
  /** Where it is named first: `drakkar.yaml:9:3`, or the environment variable; empty for a configuration made in code. */
  readonly place: string
  /** Named under `sinks.custom`. */
  readonly custom: boolean
}

const notTypes: ReadonlySet<string> = new Set(['circuit_breaker', 'custom'])

export function usedSinkTypes(root: MappingNode): readonly UsedSinkType[] {
  const sinks = root.entries.get('sinks')?.node
  if (sinks?.kind !== 'mapping') return []
  const custom = sinks.entries.get('custom')?.node
  const found = [...typesIn(sinks, false), ...(custom?.kind === 'mapping' ? typesIn(custom, true) : [])]
  return found.filter(({ type }, index) => found.findIndex((other) => other.type === type) === index)
}

function typesIn(node: MappingNode, custom: boolean): readonly UsedSinkType[] {
  return [...node.entries]
    .filter(([type, { node }]) => !notTypes.has(type) && !isEmptyNode(node))
    .map(([type, { keyOrigin }]) => ({ type, custom, place: describeOrigin(keyOrigin) ?? '' }))
}
