/** The lane of the race against core's source: the programs take it from core's build, which this file has no need of. */
import { defineSink, SinkError, type DeliveryItem, type SinkDefinition } from '@drakkar/plugin-sdk'
import { expect, it } from 'vitest'
import { SinkManager } from '../../../packages/core/src/pipeline/sinks/sink-manager.ts'
import { buildSinks } from '../../../packages/core/src/runtime/build-sinks.ts'
import type { LaneCore } from './lane-core.ts'
import { openLane } from './open-lane.ts'

const core: LaneCore = { buildSinks, createManager: (sinks) => new SinkManager(sinks as ConstructorParameters<typeof SinkManager>[0]) }

function recordingSink(refuse = false) {
  const calls: unknown[][] = []
  const anything = defineSink({ type: 'record', process: () => undefined })
  const definition: SinkDefinition = defineSink({
    ...anything,
    capabilities: { batching: true, ordered: true },
    create: () => ({
      deliver: async (items: readonly DeliveryItem<unknown>[]) => {
        if (refuse) throw new SinkError({ kind: 'permanent', message: 'the table is full' })
        calls.push(items.map(({ payload }) => payload))
      },
    }),
  })
  return { definition, calls }
}

const open = (definition: SinkDefinition) => openLane(core, { definition, config: {}, maxItems: 3, inFlight: 1 })

it('delivers every payload in batches of the wanted size, whatever results they came in', async () => {
  const { definition, calls } = recordingSink()
  const payloads = [1, 2, 3, 4, 5, 6, 7, 8].map((data) => ({ data }))
  await using lane = await open(definition)
  await Promise.all([lane.deliver(payloads.slice(0, 3)), ...payloads.slice(3).map((payload) => lane.deliver([payload]))])
  expect(calls).toEqual([payloads.slice(0, 3), payloads.slice(3, 6), payloads.slice(6)])
  expect(lane.deliveries()).toBe(3)
})

it('has no result when the sink refuses something', async () => {
  await using lane = await open(recordingSink(true).definition)
  await lane.deliver([{ data: 1 }]).catch(() => undefined)
  expect(() => lane.deliveries()).toThrow('1 deliveries failed on the way')
})

it('has no result when a payload does not fit', async () => {
  await using lane = await open(recordingSink().definition)
  await expect(lane.deliver([{ wrong: 1 }])).rejects.toThrow('record/main')
})
