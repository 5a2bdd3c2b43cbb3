/** Rules of sinks that answer before a payload is safe. */
import assert from 'node:assert/strict'
import { deliverCall } from '../testing/test-context.ts'
import { itemsFor } from './case-run.ts'
import { assertSamePayloads, type ConformanceCase } from './conformance-case.ts'

export const lossyCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-090',
    async run(run) {
      if (!run.isLossy) run.skip('the sink is not lossy')
      assert.equal(run.create().flush, undefined, 'flush() would promise what a lossy sink does not know')
    },
  },
  {
    rule: 'SINK-091',
    async run(run) {
      run.needs('probe')
      if (!run.isLossy) run.skip('the sink is not lossy')
      const sink = await run.connected()
      for (const sample of run.options.samples) await run.inTime(sink.deliver(itemsFor([sample]), deliverCall()), 'deliver()')
      assertSamePayloads(await run.arrived(sink), run.options.samples, 'close() did not write what was taken')
    },
  },
]
