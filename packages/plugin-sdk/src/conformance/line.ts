/** The rule of lines: nothing overtakes what waits to be tried again. */
import assert from 'node:assert/strict'
import { isTransientError } from '../classify.ts'
import { SinkError } from '../errors.ts'
import type { Sink } from '../sink.ts'
import { deliveryItem } from '../testing/test-context.ts'
import { type CaseRun, isDelivered } from './case-run.ts'
import { contains, type ConformanceCase } from './conformance-case.ts'

export const lineCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-073',
    async run(run) {
      run.needs('probe')
      run.needsKnowledge()
      if (run.definition.capabilities.ordered !== true) run.skip('the sink does not declare `ordered`')
      const failForNow = run.options.failForNow ?? run.skip('the options have no failForNow()')
      const sink = await run.connected()
      const [first, second] = linePair(run, sink)
      await failForNow(run.target, first)
      const behind = deliveryItem<unknown>(structuredClone(second))
      const ending = await run.deliver(sink, [deliveryItem<unknown>(structuredClone(first)), behind])
      // A delivery that threw failed as a whole.
      const answers = ending.kind === 'resolved' ? [...ending.value.values()] : []
      const final = answers.filter((answer) => answer.status === 'failure' && !mayPass(answer.error))
      assert.deepEqual(final, [], 'a payload behind one that waits was refused for good')
      const arrived = await run.probe()
      assert.ok(!contains(arrived, first), 'failForNow() did not make the payload fail')
      const hasOvertaken = run.options.keepsLastOfLine === true ? isDelivered(ending, behind.id) : contains(arrived, second)
      assert.ok(!hasOvertaken, 'a payload arrived before one of its line that failed')
    },
  },
]

/** Missing answers are the business of SINK-033. */
function mayPass(error: string | SinkError): boolean {
  return isTransientError(error) || (SinkError.isInstance(error) && error.code === 'DRK_SINK_CONTRACT')
}

function linePair<T>(run: CaseRun<T>, sink: Sink<unknown>): readonly [object, object] {
  const pair = run.options.lineSamples ?? ([run.sample, run.otherSample] as const)
  const [first, second] = pair.map((payload) => (sink.orderingKey === undefined ? '' : sink.orderingKey(payload)))
  return first === null || first !== second ? run.skip('the options have no lineSamples') : pair
}
