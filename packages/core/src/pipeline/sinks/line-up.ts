/** A group's places in the lines of an ordered lane: one per key of its payloads. */
import { isOpen } from './delivery-group.ts'
import type { LaneEntry } from './lane-entry.ts'
import type { Lines } from './lines.ts'

const none: ReadonlySet<string | null> = new Set()

export function lineUp(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  const { payloads } = entry.group
  const [first] = payloads
  // Most groups have one payload, or one line for all of them.
  const keys =
    first === undefined || payloads.every(({ line }) => line === first.line)
      ? [first?.line ?? null]
      : new Set(payloads.map(({ line }) => line))
  for (const key of keys) if (key !== null) entry.places.push(lines.join(key, entry))
}

/** Gives up the places that no payload of the group needs any more. */
export function leaveLines(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  const { places, group } = entry
  if (places.length === 0) return
  const needed = group.payloads.some(isOpen) ? new Set(group.payloads.filter(isOpen).map(({ line }) => line)) : none
  for (const place of places.splice(0)) {
    if (needed.has(place.line)) places.push(place)
    else lines.leave(place)
  }
}
