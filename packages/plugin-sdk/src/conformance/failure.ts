/** Rules of what goes wrong: unreachable targets, refused payloads, secrets in messages, flush. */
import assert from 'node:assert/strict'
import { isTransientError } from '../classify.ts'
import { errorMessage, SinkError } from '../errors.ts'
import type { DeliveryItem, Sink } from '../sink.ts'
import { call, isDelivered, itemsFor, type Answers, type CaseRun, type Ending } from './case-run.ts'
import { contains, type ConformanceCase } from './conformance-case.ts'
import { configSecrets, spokenTexts } from './secrets.ts'

export const failureCases: readonly ConformanceCase[] = [
  {
    rule: 'SINK-040',
    async run(run) {
      run.needsKnowledge()
      const { sink, item, ending } = await deliverUnreachable(run)
      if (!isDelivered(ending, item.id)) return
      const flush = sink.flush?.bind(sink)
      const barrier = await run.ending(() => (flush === undefined ? undefined : flush(call())))
      assert.equal(barrier.kind, 'rejected', 'a payload was answered as delivered while the target could not be reached')
    },
  },
  {
    rule: 'SINK-041',
    async run(run) {
      const { item, ending } = await deliverUnreachable(run)
      const error = failureOf(ending, item.id)
      if (error !== null) assert.ok(isTransientError(error), `classified as permanent: ${errorMessage(error)}`)
    },
  },
  {
    rule: 'SINK-042',
    async run(run) {
      run.needs('makeReachable')
      const { sink } = await deliverUnreachable(run)
      await run.act('makeReachable')
      const started = performance.now()
      let delivered = false
      while (!delivered && performance.now() - started < run.deadlineMs) {
        const items = itemsFor([run.sample])
        const ending = await run.deliver(sink, items)
        delivered = items.every((item) => isDelivered(ending, item.id))
        if (!delivered) await new Promise((resolve) => setTimeout(resolve, 20))
      }
      assert.ok(delivered, 'nothing is delivered after the target came back')
    },
  },
  {
    rule: 'SINK-043',
    async run(run) {
      run.needsKnowledge()
      const { item, ending } = await deliverRefused(run)
      assert.ok(!isDelivered(ending, item.id), 'a refused payload was answered as delivered')
    },
  },
  {
    rule: 'SINK-044',
    async run(run) {
      const refused = run.options.refusedSample ?? run.skip('the options have no refusedSample')
      const neighbours = [run.sample, run.otherSample]
      const sink = await run.connected()
      const items = itemsFor([run.sample, refused, run.otherSample])
      const ending = await run.deliver(sink, items)
      const arrived = items.map((item) => isDelivered(ending, item.id))
      assert.deepEqual([arrived[0], arrived[2]], [true, true], 'a neighbour of a refused payload failed')
      if (run.options.probe === undefined) return
      const target = await run.arrived(sink)
      for (const neighbour of neighbours) assert.ok(contains(target, neighbour), 'a neighbour of a refused payload did not arrive')
    },
  },
  {
    rule: 'SINK-045',
    async run(run) {
      const { item, ending } = await deliverRefused(run)
      const error = failureOf(ending, item.id)
      if (error !== null) assert.ok(!isTransientError(error), `classified as ${SinkError.isInstance(error) ? error.kind : 'transient'}`)
    },
  },
  {
    rule: 'SINK-046',
    async run(run) {
      const secrets = configSecrets(run.definition.config, run.config)
      if (secrets.length === 0) run.skip('the configuration of the options holds no secret')
      const endings: Ending<unknown>[] = []
      if (run.options.refusedSample !== undefined) endings.push((await deliverRefused(run)).ending)
      if (run.options.makeUnreachable !== undefined) {
        endings.push((await deliverUnreachable(run)).ending)
        const sink = run.create()
        endings.push(await run.ending(() => sink.connect?.(call())))
      }
      if (endings.length === 0) run.skip('the options have neither makeUnreachable nor refusedSample')
      const texts = [...endings.flatMap(textsOf), ...spokenTexts(run.context.logger.entries)]
      const leaking = texts.filter((text) => secrets.some((secret) => text.includes(secret)))
      assert.equal(leaking.length, 0, 'a secret of the configuration is shown in an error or a log line')
    },
  },
  {
    rule: 'SINK-047',
    async run(run) {
      run.needs('failFlush')
      const sink = await run.connected()
      const flush = sink.flush?.bind(sink) ?? run.skip('the sink has no flush()')
      await run.deliver(sink, itemsFor([run.sample]))
      await run.act('failFlush')
      const ending = await run.ending(() => flush(call()))
      assert.equal(ending.kind, 'rejected', 'flush() did not reject')
    },
  },
  {
    rule: 'SINK-048',
    async run(run) {
      run.needsKnowledge()
      const probeDurable = run.options.probeDurable ?? run.skip('the options have no probeDurable')
      const sink = await run.connected()
      await run.deliver(sink, itemsFor([run.sample]))
      await run.inTime(sink.flush?.(call()), 'flush()')
      assert.ok(contains(await probeDurable(run.target), run.sample), 'a delivered payload is not durable')
    },
  },
]

interface OneDelivery {
  readonly sink: Sink<unknown>
  readonly item: DeliveryItem<unknown>
  readonly ending: Ending<Answers>
}

async function deliverUnreachable<T>(run: CaseRun<T>): Promise<OneDelivery> {
  run.needs('makeUnreachable')
  const sink = await run.connected()
  await run.act('makeUnreachable')
  return deliverOne(run, sink, run.sample)
}

async function deliverRefused<T>(run: CaseRun<T>): Promise<OneDelivery> {
  const refused = run.options.refusedSample ?? run.skip('the options have no refusedSample')
  return deliverOne(run, await run.connected(), refused)
}

async function deliverOne<T>(run: CaseRun<T>, sink: Sink<unknown>, payload: object): Promise<OneDelivery> {
  const [item] = itemsFor([payload])
  if (item === undefined) throw new Error('no item was made')
  return { sink, item, ending: await run.deliver(sink, [item]) }
}

/** What was given as the reason; null when there was no failure. */
function failureOf(ending: Ending<Answers>, id: string): unknown {
  if (ending.kind === 'rejected') return ending.error
  const answer = ending.kind === 'resolved' ? ending.value.get(id) : undefined
  return answer?.status === 'failure' ? answer.error : null
}

function textsOf(ending: Ending<unknown>): readonly string[] {
  if (ending.kind === 'rejected') return spokenTexts(ending.error)
  return ending.kind === 'resolved' && ending.value instanceof Map ? spokenTexts([...ending.value.values()]) : []
}
