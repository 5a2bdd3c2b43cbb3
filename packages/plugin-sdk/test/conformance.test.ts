import { describe, expect, it } from 'vitest'
import { conformanceCases, runConformanceCase, sinkConformance, sinkRules, type SinkRule } from '../src/conformance/index.ts'
import { defineSink, failure, ok, SinkError, type DeliveryItem, type SinkDefinition, type SinkResponse } from '../src/index.ts'
import { brokenSinks, lossyMemorySink, memorySink, type MemoryStore } from '../src/testing/index.ts'
import { memoryOptions } from './memory-options.ts'

const variants = {
  'an ordered, idempotent memory sink': (store: MemoryStore) => memorySink(store),
  'an unordered memory sink that is not idempotent': (store: MemoryStore) => memorySink(store, { ordered: false, idempotent: false }),
  'a lossy memory sink': (store: MemoryStore) => lossyMemorySink(store),
} as const

for (const [name, variant] of Object.entries(variants)) {
  describe(`${name} keeps every rule`, () => {
    sinkConformance(it, { ...memoryOptions, definition: variant })
  })
}

it('tests every rule in one of the variants', async () => {
  const tested = new Set<SinkRule>()
  for (const variant of Object.values(variants)) {
    for (const conformanceCase of conformanceCases) {
      const outcome = await runConformanceCase(conformanceCase, { ...memoryOptions, definition: variant })
      if (outcome.status === 'passed') tested.add(conformanceCase.rule)
    }
  }
  expect([...tested].toSorted()).toEqual(Object.keys(sinkRules).toSorted())
})

describe('a sink with one fault fails the case of that rule and no other', () => {
  const rules = Object.keys(sinkRules) as SinkRule[]
  it.each(rules)('%s', async (rule) => {
    const options = { ...memoryOptions, definition: brokenSinks[rule], abortWithinMs: 40, deadlineMs: 400 }
    const failed = await Promise.all(
      conformanceCases.map(async (conformanceCase) => {
        const outcome = await runConformanceCase(conformanceCase, options).catch(() => 'failed')
        return outcome === 'failed' ? conformanceCase.rule : []
      }),
    )
    expect(failed.flat()).toEqual([rule])
  })
})

it('skips a rule with the reason the author gives, and one whose hook is missing', async () => {
  const [first] = conformanceCases
  const { probe: _probe, ...withoutProbe } = memoryOptions
  const arrival = conformanceCases.find(({ rule }) => rule === 'SINK-031')
  if (first === undefined || arrival === undefined) throw new Error('no such case')
  expect(await runConformanceCase(first, { ...memoryOptions, skip: { [first.rule]: 'a reason' } })).toEqual({
    status: 'skipped',
    reason: 'a reason',
  })
  expect(await runConformanceCase(arrival, withoutProbe)).toEqual({ status: 'skipped', reason: 'the options have no probe' })
})

describe('the order of a line, where the target keeps only the last of it', () => {
  const orderCase = conformanceCases.find(({ rule }) => rule === 'SINK-073')
  /** Takes the second payload, too, and answers it as the function says. */
  const takesBoth = (answer: (item: DeliveryItem<unknown>) => SinkResponse) => (store: MemoryStore) =>
    defineSink({
      ...memorySink(store),
      create: () => ({
        orderingKey: () => 'line',
        async deliver([first, second]) {
          if (first === undefined || second === undefined) return []
          store.put({ id: second.id, payload: second.payload }, 'line')
          return [failure(first.id, passing), answer(second)]
        },
      }),
    })
  const passing = new SinkError({ kind: 'transient', message: 'locked' })
  const outcome = (definition: (store: MemoryStore) => SinkDefinition, keepsLastOfLine: boolean) => {
    if (orderCase === undefined) throw new Error('no such case')
    return runConformanceCase(orderCase, { ...memoryOptions, definition, keepsLastOfLine })
  }

  it('may be ahead of its answers', async () => {
    const failsBoth = takesBoth(({ id }) => failure(id, passing))
    expect(await outcome(failsBoth, true)).toEqual({ status: 'passed' })
    await expect(outcome(failsBoth, false)).rejects.toThrow(/arrived before/)
  })

  it('is not behind its answers', async () => {
    await expect(
      outcome(
        takesBoth(({ id }) => ok(id)),
        true,
      ),
    ).rejects.toThrow(/arrived before/)
  })
})
