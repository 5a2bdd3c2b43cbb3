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

/** Makes of a result what each instance gets. Throws `SinkNotConfiguredError`, `AmbiguousSinkError` or `InvalidPayloadError`. */
export type Router<T extends RouteTarget> = (result: object) => readonly RoutedGroup<T>[]

/**
 * The router groups a result by instance, in the order of first use; payload order within a group is list order (COL-15). What
 * can be said of a list without its payloads is found out once.
 */
export function createRouter<T extends RouteTarget>(targets: readonly T[]): Router<T> {
  const routes = new Map<string, Route<T>>()
  return (result) => {
    if (!isRecord(result)) throw new InvalidPayloadError('a hook must return an object with lists of payloads, or nothing')
    let groups: OpenGroup<T>[] | null = null
    for (const list of Object.keys(result)) {
      const payloads = result[list]
      if (payloads === undefined || payloads === null) continue
      if (!Array.isArray(payloads)) throw new InvalidPayloadError(`CollectResult.${list} must be a list of payloads`)
      const route = routes.get(list) ?? (list === 'custom' ? customRoute(targets) : typedRoute(list, targets))
      const place = { list, index: 0 }
      for (; place.index < payloads.length; place.index += 1) {
        const { target, routed } = route(payloads[place.index], place)
        if (groups === null) groups = [{ target, payloads: [routed] }]
        else addTo(groups, target, routed)
      }
      // Lists that no sink knows end here only when they are empty, and could be of any number.
      if (payloads.length > 0) routes.set(list, route)
    }
    if (groups === null) return none
    for (const group of groups) rejectRepeatedIds(group)
    return groups
  }
}

const none: readonly never[] = []

interface OpenGroup<T extends RouteTarget> extends RoutedGroup<T> {
  readonly payloads: RoutedPayload[]
}

/** Where a payload stands in the result. Made into text for errors only. */
interface Place {
  readonly list: string
  readonly index: number
}

type Route<T extends RouteTarget> = (original: unknown, place: Place) => { readonly target: T; readonly routed: RoutedPayload }

function textOf({ list, index }: Place): string {
  return `CollectResult.${list}[${index}]`
}

/** Answers of sinks are by id, so that one group cannot hold an id twice. */
function rejectRepeatedIds({ target, payloads }: RoutedGroup<RouteTarget>): void {
  if (payloads.every(({ payloadId }) => payloadId === null)) return
  const ids = new Set<string>()
  for (const { payloadId } of payloads) {
    if (payloadId !== null && ids.has(payloadId)) {
      throw new InvalidPayloadError(`two payloads for ${target.type}/${target.name} have the payloadId '${payloadId}'`)
    }
    if (payloadId !== null) ids.add(payloadId)
  }
}

function typedRoute<T extends RouteTarget>(key: string, targets: readonly T[]): Route<T> {
  const candidates = targets.filter((target) => target.payloadKey === key)
  const words = { missing: unknownKeyMessage(key, candidates, targets) }
  return (original, place) => {
    if (!isRecord(original)) throw new InvalidPayloadError(`${textOf(place)} must be an object`)
    const target = chooseByName(candidates, addressOf(original, place), words)
    return { target, routed: checked(target, { original, payload: withoutAddress(original), place }) }
  }
}

function customRoute<T extends RouteTarget>(targets: readonly T[]): Route<T> {
  const plugins = targets.filter((target) => target.plugin)
  return (original, place) => {
    if (!isRecord(original) || !('data' in original)) throw new InvalidPayloadError(`${textOf(place)} must be an object with \`data\``)
    const name = addressOf(original, place)
    const named = plugins.filter((target) => target.name === name)
    if (named.length > 1) {
      const types = named.map((target) => target.type).join(', ')
      throw new AmbiguousSinkError(`custom sink '${name}' exists under several types (${types}); rename one of them`)
    }
    const missing = `no plugin sink is configured, but ${textOf(place)} wants one`
    const target = chooseByName(plugins, name, { missing, label: 'custom' })
    return { target, routed: checked(target, { original, payload: original['data'], place }) }
  }
}

/** To the group of its target. A result goes to few instances. */
function addTo<T extends RouteTarget>(groups: OpenGroup<T>[], target: T, routed: RoutedPayload): void {
  for (const group of groups) {
    if (group.target !== target) continue
    group.payloads.push(routed)
    return
  }
  groups.push({ target, payloads: [routed] })
}

/** The payload as the sink's schema knows it: a copy only when there is something to take away. */
function withoutAddress(original: Record<string, unknown>): Record<string, unknown> {
  if (!('sink' in original) && !('payloadId' in original)) return original
  const { sink: _sink, payloadId: _payloadId, ...payload } = original
  return payload
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
  readonly place: Place
}

function checked(target: RouteTarget, { original, payload, place }: FoundPayload): RoutedPayload {
  const problem = target.payloadProblem(payload)
  if (problem !== null) throw new InvalidPayloadError(`${textOf(place)} for ${target.type}/${target.name}: ${problem}`)
  const id = original['payloadId']
  return { payload, original, list: place.list, payloadId: typeof id === 'string' && id !== '' ? id : null }
}

function addressOf(payload: Record<string, unknown>, place: Place): string {
  const name = payload['sink'] ?? ''
  if (typeof name !== 'string') throw new InvalidPayloadError(`${textOf(place)}.sink must be a string`)
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
