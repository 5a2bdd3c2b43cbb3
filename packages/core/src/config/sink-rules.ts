/** What must hold between sink instances: unique names, fallbacks that exist and do not run in circles (NMF-14). Pure. */
import type { SinkInstanceConfig } from './instances.ts'
import type { Finding } from './rules.ts'

type Link = 'fallback' | 'on_success'

export function sinkInstanceFindings(instances: readonly SinkInstanceConfig[], isWrong: (path: string) => boolean): readonly Finding[] {
  const usable = instances.filter((instance) => !isWrong(pathOf(instance).join('.')))
  // A reference to an instance that has problems of its own is no further problem.
  const known = new Set(instances.map(addressOf))
  return [
    ...duplicates(usable),
    ...usable.flatMap((instance) => [...linkFindings(instance, 'fallback', known), ...linkFindings(instance, 'on_success', known)]),
    ...circles(usable),
    ...usable.flatMap(missingFallback),
  ]
}

function addressOf({ type, name }: SinkInstanceConfig): string {
  return `${type}/${name}`
}

function pathOf({ type, name, custom }: SinkInstanceConfig): readonly string[] {
  return custom ? ['sinks', 'custom', type, name] : ['sinks', type, name]
}

/** `sinks.x.a` and `sinks.custom.x.a` are one and the same sink. */
function duplicates(instances: readonly SinkInstanceConfig[]): readonly Finding[] {
  const plain = new Set(instances.filter(({ custom }) => !custom).map(addressOf))
  return instances
    .filter((instance) => instance.custom && plain.has(addressOf(instance)))
    .map((instance) => ({ path: pathOf(instance), message: `the same sink is configured under sinks.${instance.type}.${instance.name}` }))
}

function linkFindings(instance: SinkInstanceConfig, link: Link, known: ReadonlySet<string>): readonly Finding[] {
  const target = instance.framework[link]
  if (target === undefined) return []
  const path = [...pathOf(instance), link]
  if (target === addressOf(instance)) return [{ path, message: 'names the sink itself' }]
  if (known.has(target)) return []
  const configured = [...known].filter((address) => address !== addressOf(instance)).sort()
  const others = configured.length === 0 ? 'there is no other sink' : `configured: ${configured.join(', ')}`
  return [{ path, message: `names a sink that is not configured (${others})` }]
}

/** A payload that is handed on must not come back to where it was: over fallbacks and followers together. */
function circles(instances: readonly SinkInstanceConfig[]): readonly Finding[] {
  const next = new Map(instances.map((instance) => [addressOf(instance), linksOf(instance)]))
  return instances.flatMap((instance) => {
    const start = addressOf(instance)
    const way = wayBack(start, next)
    // Reported once for the whole circle, at its first member by name. A sink that names itself is reported already.
    if (way === null || way.length <= 2 || way.toSorted()[0] !== start) return []
    const [, second] = way
    const link: Link = instance.framework.fallback === second ? 'fallback' : 'on_success'
    return [{ path: [...pathOf(instance), link], message: `fallbacks and followers run in a circle: ${way.join(' → ')}` }]
  })
}

function linksOf({ framework }: SinkInstanceConfig): readonly string[] {
  return [framework.fallback, framework.on_success].filter((link) => link !== undefined)
}

/** The shortest way along the links from `start` back to it; null when there is none. */
function wayBack(start: string, next: ReadonlyMap<string, readonly string[]>): readonly string[] | null {
  const ways: (readonly string[])[] = [[start]]
  const seen = new Set<string>()
  for (const way of ways) {
    for (const address of next.get(way.at(-1) ?? '') ?? []) {
      if (address === start) return [...way, address]
      if (seen.has(address)) continue
      seen.add(address)
      ways.push([...way, address])
    }
  }
  return null
}

function missingFallback(instance: SinkInstanceConfig): readonly Finding[] {
  const { retry, fallback } = instance.framework
  if (retry?.on_failure !== 'fallback' || fallback !== undefined) return []
  return [{ path: [...pathOf(instance), 'retry', 'on_failure'], message: '"fallback" needs the key `fallback` of this sink' }]
}
