/** Rules of the signal: it ends the call, in time, and nothing else. */
import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { DeliverResult, DeliveryItem, Sink } from '../sink.ts'
import { deliverCall } from '../testing/test-context.ts'
import { validateResponses } from '../validate-responses.ts'
import { call, isDelivered, itemsFor, type CaseRun, type Ending } from './case-run.ts'
import { contains, type ConformanceCase } from './conformance-case.ts'

export const abortCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-050',
    async run(run) {
      const { ending } = await abortDelivery(run)
      assert.notEqual(ending.kind, 'unsettled', `deliver() went on for ${run.abortWithinMs} ms after its signal aborted`)
    },
  },
  {
    rule: 'SINK-051',
    async run(run) {
      run.needs('probe')
      const { sink, ending, item } = await abortDelivery(run)
      await run.act('unstall')
      if (ending.kind !== 'resolved') return
      const { responses } = validateResponses([item.id], ending.value)
      if (!isDelivered({ kind: 'resolved', value: responses }, item.id)) return
      assert.ok(contains(await run.arrived(sink), run.sample), 'an aborted payload was answered as delivered and did not arrive')
    },
  },
  {
    rule: 'SINK-052',
    async run(run) {
      const { sink } = await abortDelivery(run)
      await run.act('unstall')
      const items = itemsFor([run.otherSample])
      const ending = await run.deliver(sink, items)
      assert.ok(
        items.every((item) => isDelivered(ending, item.id)),
        'nothing is delivered after an aborted delivery',
      )
    },
  },
  {
    rule: 'SINK-053',
    async run(run) {
      run.needs('stall', 'unstall')
      const sink = run.create()
      const connect = sink.connect?.bind(sink) ?? run.skip('the sink has no connect()')
      await run.act('stall')
      const ending = await endAborted(run, (signal) => connect({ signal }))
      await run.act('unstall')
      assert.notEqual(ending.kind, 'unsettled', `connect() went on for ${run.abortWithinMs} ms after its signal aborted`)
      await run.ending(() => sink.close?.(call()))
      if (run.options.openHandles !== undefined) assert.equal(await run.openHandles(), 0, 'handles that are still open')
    },
  },
]

interface AbortedDelivery {
  readonly sink: Sink<unknown>
  readonly item: DeliveryItem<unknown>
  readonly ending: Ending<DeliverResult>
}

/** Delivers one payload to a target that does not answer, and aborts the call. */
async function abortDelivery<T>(run: CaseRun<T>): Promise<AbortedDelivery> {
  run.needs('stall', 'unstall')
  const sink = await run.connected()
  await run.act('stall')
  const [item] = itemsFor([run.sample])
  if (item === undefined) throw new Error('no item was made')
  return { sink, item, ending: await endAborted(run, (signal) => sink.deliver([item], deliverCall({ signal }))) }
}

async function endAborted<T, R>(run: CaseRun<T>, start: (signal: AbortSignal) => Promise<R> | R): Promise<Ending<R>> {
  const abort = new AbortController()
  const running = Promise.resolve().then(() => start(abort.signal))
  running.catch(() => undefined)
  await nextTurn()
  abort.abort(new DOMException('The call took too long', 'TimeoutError'))
  return run.ending(() => running, run.abortWithinMs)
}
