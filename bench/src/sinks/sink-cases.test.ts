import { expect, it } from 'vitest'
import { batchSizes, originPayloads, payloadsAt, sinkCases, sinkNames, warmUpPayloads } from './sink-cases.ts'
import { loadTarget } from './load-target.ts'

it('asks for at least one batch, and for fewer payloads where batches are small', () => {
  expect(batchSizes.map((batch) => payloadsAt(10_000, batch))).toEqual([1_000, 3_334, 10_000, 10_000])
  expect(batchSizes.map((batch) => payloadsAt(1, batch))).toEqual([...batchSizes])
  expect([originPayloads(1), warmUpPayloads(1)]).toEqual([1, 1])
})

it.each(sinkNames)('knows %s as its sink does', async (name) => {
  const { definition } = await loadTarget(name)
  expect(sinkCases[name].inFlight).toBe(definition.capabilities.ordered === true ? 1 : 4)
})
