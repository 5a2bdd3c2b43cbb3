/**
 * Which payload goes to which sink instance: a pure function of the CollectResult and the configured instances
 * (spec section 12). The first problem rejects the whole result.
 */
import { AmbiguousSinkError, InvalidPayloadError, SinkNotConfiguredError } from './routing-errors.ts'

/** What routing needs to know of an instance. */
export interface RouteTarget {
  readonly type: string
  readonly name: string
  readonly payloadKey: string
  /** Reachable through the `custom` list by its name alone. */
  readonly plugin: boolean
  /** Problems of a payload, null when it has the right shape. */
  payloadProblem(payload: unknown): string | null
}

export interface RoutedPayload {
  /** As the sink receives it: without the addressing fields. */
  readonly payload: unknown
  /** As the handler wrote it: for the dead-letter record and `onDeliveryError`. */
  readonly original: unknown
  /** Key of the CollectResult list it came in. */
  readonly list: string
  /** Given by the handler, else null. */
  readonly payloadId: string | null
}

export interface RoutedGroup<T extends RouteTarget> {
  readonly target: T
  readonly payloads: readonly RoutedPayload[]
}

/**
 * Groups a result by instance, in the order of first use; payload order within a group is list order (COL-15).
 * Throws `SinkNotConfiguredError`, `AmbiguousSinkError` or `InvalidPayloadError`.
 */
export function routeResult<T extends RouteTarget>(result: object, targets: readonly T[]): readonly RoutedGroup<T>[] {
  if (!isRecord(result)) throw new InvalidPayloadError('a hook must return an object with lists of payloads, or nothing')
  const groups = new Map<T, RoutedPayload[]>()
  for (const [key, list] of Object.entries(result)) {
    if (list === undefined || list === null) continue
    if (!Array.isArray(list)) throw new InvalidPayloadError(`CollectResult.${key} must be a list of payloads`)
    for (const [index, original] of list.entries()) {
      const place = `CollectResult.${key}[${index}]`
      const [target, routed] = key === 'custom' ? routeCustom(original, targets, place) : routeTyped(original, { key, targets, place })
      const group = groups.get(target)
      if (group === undefined) groups.set(target, [routed])
      else group.push(routed)
    }
  }
  for (const [target, payloads] of groups) rejectRepeatedIds(target, payloads)
  return [...groups].map(([target, payloads]) => ({ target, payloads }))
}

/** Answers of sinks are by id, so that one group cannot hold an id twice. */
function rejectRepeatedIds(target: RouteTarget, payloads: readonly RoutedPayload[]): void {
  const ids = new Set<string>()
  for (const { payloadId } of payloads) {
    if (payloadId !== null && ids.has(payloadId)) {
      throw new InvalidPayloadError(`two payloads for ${target.type}/${target.name} have the payloadId '${payloadId}'`)
    }
    if (payloadId !== null) ids.add(payloadId)
  }
}

function routeTyped<T extends RouteTarget>(
  original: unknown,
  options: { readonly key: string; readonly targets: readonly T[]; readonly place: string },
): [T, RoutedPayload] {
  const { key, targets, place } = options
  if (!isRecord(original)) throw new InvalidPayloadError(`${place} must be an object`)
  const candidates = targets.filter((target) => target.payloadKey === key)
  const target = chooseByName(candidates, addressOf(original, place), { missing: unknownKeyMessage(key, candidates, targets) })
  const { sink: _sink, payloadId: _payloadId, ...payload } = original
  return [target, checked(target, { original, payload, place, list: key })]
}

function routeCustom<T extends RouteTarget>(original: unknown, targets: readonly T[], place: string): [T, RoutedPayload] {
  if (!isRecord(original) || !('data' in original)) throw new InvalidPayloadError(`${place} must be an object with \`data\``)
  const plugins = targets.filter((target) => target.plugin)
  const name = addressOf(original, place)
  const named = plugins.filter((target) => target.name === name)
  if (named.length > 1) {
    const types = named.map((target) => target.type).join(', ')
    throw new AmbiguousSinkError(`custom sink '${name}' exists under several types (${types}); rename one of them`)
  }
  const target = chooseByName(plugins, name, { missing: `no plugin sink is configured, but ${place} wants one`, label: 'custom' })
  return [target, checked(target, { original, payload: original['data'], place, list: 'custom' })]
}

function chooseByName<T extends RouteTarget>(
  candidates: readonly T[],
  name: string,
  words: { readonly missing: string; readonly label?: string },
): T {
  const [first] = candidates
  if (first === undefined) throw new SinkNotConfiguredError(name === '' ? words.missing : `${words.missing} (sink '${name}')`)
  const type = words.label ?? first.type
  if (name !== '') {
    const target = candidates.find((candidate) => candidate.name === name)
    if (target !== undefined) return target
    throw new SinkNotConfiguredError(`no '${type}' sink named '${name}' is configured; there is ${listOf(candidates)}`)
  }
  if (candidates.length === 1) return first
  throw new AmbiguousSinkError(
    `${candidates.length} '${type}' sinks configured (${listOf(candidates)}), but payload has empty sink name -- specify which one`,
  )
}

interface FoundPayload {
  readonly original: Record<string, unknown>
  readonly payload: unknown
  readonly list: string
  readonly place: string
}

function checked(target: RouteTarget, found: FoundPayload): RoutedPayload {
  const problem = target.payloadProblem(found.payload)
  if (problem !== null) throw new InvalidPayloadError(`${found.place} for ${target.type}/${target.name}: ${problem}`)
  const id = found.original['payloadId']
  return { payload: found.payload, original: found.original, list: found.list, payloadId: typeof id === 'string' && id !== '' ? id : null }
}

function addressOf(payload: Record<string, unknown>, place: string): string {
  const name = payload['sink'] ?? ''
  if (typeof name !== 'string') throw new InvalidPayloadError(`${place}.sink must be a string`)
  return name
}

function unknownKeyMessage(key: string, candidates: readonly RouteTarget[], targets: readonly RouteTarget[]): string {
  if (candidates.length > 0) return ''
  const known = [...new Set(targets.map((target) => target.payloadKey))].toSorted()
  return `no '${key}' sink is configured; CollectResult may have ${known.map((name) => `'${name}'`).join(', ')}`
}

function listOf(targets: readonly RouteTarget[]): string {
  return `[${targets.map((target) => `'${target.name}'`).join(', ')}]`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
