/** Which payloads go into the next batch: a pure function of the queue. */
import type { DeliveryGroup, GroupPayload } from './delivery-group.ts'
import type { LaneEntry } from './lane-entry.ts'
import { isTurnOf } from './lines.ts'

export interface BatchLimits {
  /** Groups of several results may share a batch. False: a batch is one group, whatever its size. */
  readonly batching: boolean
  readonly maxItems: number
  readonly maxBytes: number
}

/** Part of a group that goes into one batch: all of it, unless it exceeds the limits by itself. */
export interface BatchPart {
  readonly entry: LaneEntry
  readonly group: DeliveryGroup
  readonly payloads: readonly GroupPayload[]
}

export interface BatchCut {
  readonly parts: readonly BatchPart[]
  /** Nothing more would have fitted: no reason to wait for company. */
  readonly full: boolean
}

/**
 * Takes groups in order of arrival as long as they fit, passing over those whose turn it is not (`isTurnOf`) and those
 * `mayGo` holds back. A batch holds every payload id once: the answers of the sink are by id. Does not change the queue.
 */
export function cutBatch(queue: readonly LaneEntry[], limits: BatchLimits, mayGo: (entry: LaneEntry) => boolean): BatchCut {
  const parts: BatchPart[] = []
  const together = new Set<LaneEntry>()
  const given = new Set<string>()
  let items = 0
  let bytes = 0
  for (const entry of queue) {
    if (!mayGo(entry) || !isTurnOf(entry.places, together)) continue
    const { group } = entry
    const waiting = group.in('waiting')
    const weight = bytesOf(waiting)
    const fits = items + waiting.length <= limits.maxItems && bytes + weight <= limits.maxBytes
    if (parts.length > 0 && (!fits || group.givenIds.some((id) => given.has(id)))) return { parts, full: true }
    parts.push({ entry, group, payloads: fits || !limits.batching ? waiting : head(waiting, limits) })
    if (!limits.batching || !fits) return { parts, full: true }
    together.add(entry)
    for (const id of group.givenIds) given.add(id)
    items += waiting.length
    bytes += weight
  }
  return { parts, full: items >= limits.maxItems || bytes >= limits.maxBytes }
}

/** As many as the limits allow, at least one. */
function head(payloads: readonly GroupPayload[], limits: BatchLimits): readonly GroupPayload[] {
  let bytes = 0
  const end = payloads.findIndex((payload, index) => {
    bytes += payload.bytes
    return index >= limits.maxItems || (index > 0 && bytes > limits.maxBytes)
  })
  return end === -1 ? payloads : payloads.slice(0, end)
}

function bytesOf(payloads: readonly GroupPayload[]): number {
  let bytes = 0
  for (const payload of payloads) bytes += payload.bytes
  return bytes
}
