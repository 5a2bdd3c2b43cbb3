/** Rules of a payload that comes a second time. */
import assert from 'node:assert/strict'
import { deliverCall, deliveryItem } from '../testing/test-context.ts'
import { isDelivered, itemsFor } from './case-run.ts'
import { assertSamePayloads, contains, type ConformanceCase } from './conformance-case.ts'

export const redeliveryCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-060',
    async run(run) {
      run.needs('probe')
      run.needsKnowledge()
      const { idempotent } = run.definition
      const isIdempotent = typeof idempotent === 'function' ? idempotent(run.config) : idempotent
      if (!isIdempotent) run.skip('the sink is not declared idempotent')
      const sink = await run.connected()
      const items = itemsFor([run.sample])
      const again = items.map((item) => ({ ...structuredClone(item), attempt: 1 }))
      await run.inTime(sink.deliver(items, deliverCall()), 'deliver()')
      const once = await run.probe()
      await run.inTime(sink.deliver(again, deliverCall()), 'deliver()')
      assertSamePayloads(await run.probe(), once, 'the second delivery changed the target')
    },
  },
  {
    rule: 'SINK-061',
    async run(run) {
      const sink = await run.connected()
      const item = deliveryItem<unknown>(structuredClone(run.sample), { attempt: 3 })
      const ending = await run.deliver(sink, [item])
      assert.ok(isDelivered(ending, item.id), 'a payload on its fourth attempt was not delivered')
      if (run.options.probe !== undefined)
        assert.ok(contains(await run.arrived(sink), run.sample), 'a payload on its fourth attempt did not arrive')
    },
  },
]
