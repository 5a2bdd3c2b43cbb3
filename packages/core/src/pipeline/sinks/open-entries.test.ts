import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DeliveryGroup } from './delivery-group.ts'
import { LaneEntry } from './lane-entry.ts'
import { OpenEntries } from './open-entries.ts'

const noop = () => undefined

function entryOf(number: number, signal: AbortSignal): LaneEntry {
  const source = { topic: 't', partition: 0, offsets: [number], timestamps: [0] }
  const origin = { source, messages: [], taskIds: [], idPrefix: `g${number}`, signal }
  return new LaneEntry(new DeliveryGroup(origin, [], { sinkPath: 'record/main' }), { number, dueMs: 0, settle: noop, fail: noop })
}

it('knows who is open, and tells of an abort all of that signal in order of arrival', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ leaves: fc.boolean(), second: fc.boolean(), pick: fc.nat(50) }), { size: 'max', maxLength: 60 }),
      (steps) => {
        const told: LaneEntry[][] = []
        const open = new OpenEntries((entries) => told.push([...entries]))
        const controllers = [new AbortController(), new AbortController()] as const
        const all: LaneEntry[] = []
        let model: LaneEntry[] = []
        for (const { leaves, second, pick } of steps) {
          const leaving = leaves ? model[pick % Math.max(1, model.length)] : undefined
          if (leaving === undefined) {
            const entry = entryOf(all.length, controllers[second ? 1 : 0].signal)
            all.push(entry)
            model.push(entry)
            open.add(entry)
          } else {
            model = model.filter((entry) => entry !== leaving)
            open.delete(leaving)
          }
          expect(open.size).toBe(model.length)
          expect(all.filter((entry) => open.has(entry))).toEqual(model)
        }
        const { signal } = controllers[0]
        controllers[0].abort()
        const wasSeen = all.some(({ group }) => group.origin.signal === signal)
        expect(told).toEqual(wasSeen ? [model.filter(({ group }) => group.origin.signal === signal)] : [])
      },
    ),
  )
})
