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

function circles(instances: readonly SinkInstanceConfig[]): readonly Finding[] {
  const next = new Map(instances.map((instance) => [addressOf(instance), instance.framework.fallback]))
  return instances.flatMap((instance) => {
    const start = addressOf(instance)
    const steps = follow(start, next)
    const isCircle = steps.length > 2 && steps.at(-1) === start
    // Reported once for the whole circle, at its first member by name.
    if (!isCircle || [...steps].sort()[0] !== start) return []
    return [{ path: [...pathOf(instance), 'fallback'], message: `the fallbacks run in a circle: ${steps.join(' → ')}` }]
  })
}

/** From `start` along the links, until there is none or an address comes a second time. */
function follow(start: string, next: ReadonlyMap<string, string | undefined>): readonly string[] {
  const steps = [start]
  for (let current = next.get(start); current !== undefined; current = next.get(current)) {
    const seen = steps.includes(current)
    steps.push(current)
    if (seen) break
  }
  return steps
}

function missingFallback(instance: SinkInstanceConfig): readonly Finding[] {
  const { retry, fallback } = instance.framework
  if (retry?.on_failure !== 'fallback' || fallback !== undefined) return []
  return [{ path: [...pathOf(instance), 'retry', 'on_failure'], message: '"fallback" needs the key `fallback` of this sink' }]
}
