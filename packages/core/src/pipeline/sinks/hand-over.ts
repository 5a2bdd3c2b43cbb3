/** From one sink to another: payloads that need a fallback, and payloads that follow a success (spec NMF-10…17). */
import { errorMessage, redactText, SinkError } from '@drakkar/plugin-sdk'
import { DeliveryGroup, type GroupOptions, type GroupPayload, type GroupRole } from './delivery-group.ts'
import type { Lane } from './lane.ts'
import type { RoutedPayload, RouteTarget } from './route.ts'
import type { HandOver } from './settle-failure.ts'

/** Makes a payload for one sink of a payload for another. May throw: then the other sink cannot take it. */
export type PayloadConverter = (payload: unknown, way: { readonly from: string; readonly to: string }) => unknown

/** The sink that takes over. */
export interface Successor extends RouteTarget {
  readonly path: string
  readonly lane: Lane
  readonly grouping: GroupOptions
}

export interface HandOverRequest {
  readonly from: { readonly type: string; readonly path: string }
  readonly role: Exclude<GroupRole, 'primary'>
  readonly group: DeliveryGroup
  readonly payloads: readonly GroupPayload[]
  /** Null: the default, see `convertPayload`. */
  readonly convert: PayloadConverter | null
}

export function handOver(to: Successor, request: HandOverRequest): HandOver {
  const { group, payloads } = request
  // What follows a success stays that, whoever takes it over: nothing may follow it in turn.
  const role = group.role === 'on_success' ? 'on_success' : request.role
  const routed: RoutedPayload[] = []
  const refused: { payload: GroupPayload; error: SinkError }[] = []
  for (const payload of payloads) {
    try {
      routed.push(routePayload(to, payload, request))
    } catch (error) {
      refused.push({ payload, error: refusal(to.path, error) })
    }
  }
  const next = new DeliveryGroup(group.origin, routed, { ...to.grouping, role })
  return { settled: routed.length === 0 ? Promise.resolve(true) : to.lane.submit(next), refused }
}

/** The same payload for an instance of the same type, else its `data` alone (spec NMF-14). */
function convertPayload(payload: unknown, isSameType: boolean): unknown {
  if (isSameType) return payload
  const hasData = typeof payload === 'object' && payload !== null && 'data' in payload
  return { data: hasData ? payload.data : payload }
}

function routePayload(to: Successor, { item }: GroupPayload, { from, role, convert }: HandOverRequest): RoutedPayload {
  const payload =
    convert === null ? convertPayload(item.payload, from.type === to.type) : convert(item.payload, { from: from.path, to: to.path })
  if (payload instanceof Promise) {
    payload.catch(() => undefined)
    throw new TypeError('convertPayload returned a promise; it has to return the payload itself')
  }
  const problem = to.payloadProblem(payload)
  if (problem !== null) throw new Error(problem)
  return {
    payload,
    original: typeof payload === 'object' && payload !== null ? { ...payload, sink: to.name } : payload,
    list: to.payloadKey,
    payloadId: role === 'fallback' ? item.id : `${item.id}-${role}`,
  }
}

function refusal(path: string, cause: unknown): SinkError {
  const message = `${path} cannot take the payload (the handler's convertPayload can change it): ${redactText(errorMessage(cause))}`
  return new SinkError({ kind: 'permanent', message, cause })
}
