/** A group's places in the lines of an ordered lane: one per key of its payloads. */
import { isOpen } from './delivery-group.ts'
import type { LaneEntry } from './lane-entry.ts'
import type { Lines } from './lines.ts'

export function lineUp(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  const keys = new Set(entry.group.payloads.flatMap(({ line }) => line ?? []))
  entry.places = [...keys].map((key) => lines.join(key, entry))
}

/** Gives up the places that no payload of the group needs any more. */
export function leaveLines(lines: Lines<LaneEntry>, entry: LaneEntry): void {
  if (entry.places.length === 0) return
  const needed = new Set(entry.group.payloads.filter(isOpen).map(({ line }) => line))
  for (const place of entry.places) if (!needed.has(place.line)) lines.leave(place)
  entry.places = entry.places.filter(({ line }) => needed.has(line))
}
