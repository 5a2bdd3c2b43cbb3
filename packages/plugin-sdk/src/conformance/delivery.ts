/** Rules of a delivery that nothing goes wrong with. */
import assert from 'node:assert/strict'
import { deliverCall } from '../testing/test-context.ts'
import { validateResponses } from '../validate-responses.ts'
import { isDelivered, itemsFor } from './case-run.ts'
import { assertSameOrder, assertSamePayloads, contains, type ConformanceCase } from './conformance-case.ts'

const largeBatch = 500

export const deliveryCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-030',
    async run(run) {
      const sink = await run.connected()
      const answers = await run.inTime(sink.deliver([], deliverCall()), 'deliver()')
      assert.deepEqual(answers ?? [], [], 'an empty batch was answered')
      if (run.options.probe !== undefined) assert.deepEqual(await run.probe(), [], 'an empty batch changed the target')
    },
  },
  {
    rule: 'SINK-031',
    async run(run) {
      run.needs('probe')
      const sink = await run.connected()
      await run.inTime(sink.deliver(itemsFor(run.options.samples), deliverCall()), 'deliver()')
      assertSamePayloads(await run.arrived(sink), run.options.samples, 'the target does not hold what was delivered')
    },
  },
  {
    rule: 'SINK-032',
    async run(run) {
      run.needs('probe')
      if (run.definition.capabilities.ordered !== true) run.skip('the sink does not declare `ordered`')
      const sink = await run.connected()
      const { samples } = run.options
      await run.inTime(sink.deliver(itemsFor(samples), deliverCall()), 'deliver()')
      const arrived = await run.arrived(sink)
      // Missing payloads are the business of SINK-031.
      const expected = samples.filter((sample) => contains(arrived, sample))
      assertSameOrder(arrived, expected, 'the order of the batch was not kept')
    },
  },
  {
    rule: 'SINK-033',
    async run(run) {
      const sink = await run.connected()
      const items = itemsFor(run.options.samples)
      const result = await run.inTime(sink.deliver(items, deliverCall()), 'deliver()')
      const { violation } = validateResponses(
        items.map((item) => item.id),
        result,
      )
      assert.equal(violation?.message, undefined, 'the set of answers is not valid')
    },
  },
  {
    rule: 'SINK-034',
    async run(run) {
      const { samples, sampleNumber = (index) => samples[index % samples.length] ?? run.sample } = run.options
      const sink = await run.connected()
      const payloads = Array.from({ length: largeBatch }, (_, index) => sampleNumber(index))
      const result = await run.inTime(sink.deliver(itemsFor(payloads), deliverCall()), 'deliver()')
      const failed = (result ?? []).filter((answer) => answer.status === 'failure')
      assert.deepEqual(failed, [], 'payloads of a large batch failed')
    },
  },
  {
    rule: 'SINK-035',
    async run(run) {
      const sink = await run.connected()
      const items = itemsFor(run.options.samples)
      const before = structuredClone(items)
      await run.inTime(sink.deliver(items, deliverCall()), 'deliver()')
      assert.deepEqual(items, before, 'deliver() changed its batch')
    },
  },
  {
    rule: 'SINK-036',
    async run(run) {
      run.needs('probe')
      if (run.definition.capabilities.ordered === true) run.skip('an ordered sink gets one batch at a time')
      const sink = await run.connected()
      const payloads = [run.sample, run.otherSample]
      const endings = await Promise.all(
        payloads.map(async (payload) => {
          const items = itemsFor([payload])
          const ending = await run.deliver(sink, items)
          return items.every((item) => isDelivered(ending, item.id))
        }),
      )
      assert.deepEqual(endings, [true, true], 'a batch failed because of another')
      assertSamePayloads(await run.arrived(sink), payloads, 'the target does not hold what was delivered')
    },
  },
]
