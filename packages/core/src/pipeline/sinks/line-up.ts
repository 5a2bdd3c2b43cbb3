/** A group's places in the lines of an ordered lane: one per key of its payloads. */
import { isOpen } from './delivery-group.ts'
import type { LaneEntry } from './lane-entry.ts'
import type { Lines } from './lines.ts'

export function lineUp(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  const { payloads } = entry.group
  const [first] = payloads
  const keys = payloads.length === 1 ? [first?.line ?? null] : new Set(payloads.map(({ line }) => line))
  for (const key of keys) if (key !== null) entry.places.push(lines.join(key, entry))
}

/** Gives up the places that no payload of the group needs any more. */
export function leaveLines(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  if (entry.places.length === 0) return
  const open = entry.group.payloads.filter(isOpen)
  const needed = open.length === 0 ? null : new Set(open.map(({ line }) => line))
  for (const place of entry.places.splice(0)) {
    if (needed?.has(place.line) === true) entry.places.push(place)
    else lines.leave(place)
  }
}
