/** A group's places in the lines of an ordered lane: one per key of its payloads. */
import { isOpen } from './delivery-group.ts'
import type { LaneEntry } from './lane-entry.ts'
import type { Lines } from './lines.ts'

export function lineUp(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  const { payloads } = entry.group
  const [first] = payloads
  // Most groups have one payload, or one line for all of them.
  if (first !== undefined && payloads.every(({ line }) => line === first.line)) {
    if (first.line !== null) entry.places = [lines.join(first.line, entry)]
    return
  }
  const keys = [...new Set(payloads.map(({ line }) => line))]
  entry.places = keys.filter((key) => key !== null).map((key) => lines.join(key, entry))
}

/** Gives up the places that no payload of the group needs any more. */
export function leaveLines(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  const { places, group } = entry
  if (places.length === 0) return
  const needed = group.payloads.some(isOpen) ? new Set(group.payloads.filter(isOpen).map(({ line }) => line)) : null
  for (const place of places) if (needed?.has(place.line) !== true) lines.leave(place)
  entry.places = needed === null ? none : places.filter(({ line }) => needed.has(line))
}

const none: readonly never[] = []
