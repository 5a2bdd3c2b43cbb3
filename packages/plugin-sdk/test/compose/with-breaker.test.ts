import { expect, it } from 'vitest'
import { SinkError, withBreaker } from '../../src/index.ts'
import { createFakeClock, createTestContext, createTestSink, deliverCall } from '../../src/testing/index.ts'
import { failing, items, scripted, type Script, turn } from './scripted-sink.ts'

function guarded(script: Script) {
  const child = scripted(script)
  const clock = createFakeClock()
  const context = createTestContext()
  const definition = withBreaker(child.definition, { failureThreshold: 2, cooldownMs: 100, clock })
  return { ...child, clock, context, sink: createTestSink(definition, {}, context) }
}

const open = { status: 'failure', error: { kind: 'transient', code: 'DRK_SINK_CIRCUIT_OPEN' } }
const taken = { status: 'ok' }

it('leaves a target alone that keeps failing, and tries it with one delivery after the cooldown', async () => {
  const bad = new Set([1])
  const { sink, deliveries, clock, context } = guarded({ deliver: failing(bad) })
  const deliver = (...numbers: number[]) => Promise.resolve(sink.deliver(items(...numbers), deliverCall()))
  await deliver(1)
  await deliver(1)
  await expect(deliver(1, 2)).resolves.toMatchObject([open, open])
  expect(deliveries).toHaveLength(2)
  await clock.advance(100)
  const [probe, other] = [deliver(2), deliver(2)]
  await expect(other).resolves.toMatchObject([open])
  await expect(probe).resolves.toMatchObject([taken])
  await expect(deliver(2)).resolves.toMatchObject([taken])
  expect(context.logger.entries.map(({ event }) => event)).toEqual(['sink_circuit_opened', 'sink_circuit_closed'])
})

it('is not opened by a delivery of which something arrived', async () => {
  const { sink, deliveries } = guarded({ deliver: failing(new Set([1])) })
  for (let times = 0; times < 4; times += 1) await sink.deliver(items(1, 2), deliverCall())
  expect(deliveries).toHaveLength(4)
})

it.each([
  ['answered', failing(new Set([1]), new SinkError({ kind: 'permanent', message: 'bad row' }))],
  ['answered as a text', failing(new Set([1]), 'bad row')],
  [
    'thrown',
    () => {
      throw new SinkError({ kind: 'permanent', message: 'bad row' })
    },
  ],
] as const)('is not opened by payloads refused for good, %s', async (_name, deliver) => {
  const { sink, deliveries } = guarded({ deliver })
  for (let times = 0; times < 4; times += 1) await Promise.resolve(sink.deliver(items(1), deliverCall())).catch(() => undefined)
  expect(deliveries).toHaveLength(4)
})

it.each([
  ['a time limit counts', new DOMException('too slow', 'TimeoutError'), 2],
  ['a caller that goes away does not', new Error('shutting down'), 4],
] as const)('of aborted deliveries, %s', async (_name, reason, reached) => {
  const { sink, deliveries } = guarded({
    deliver: (_batch, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(reason))),
  })
  for (let times = 0; times < 4; times += 1) {
    const abort = new AbortController()
    const delivery = Promise.resolve(sink.deliver(items(1), deliverCall({ signal: abort.signal }))).catch(() => undefined)
    await turn()
    abort.abort(reason)
    await delivery
  }
  expect(deliveries).toHaveLength(reached)
})

it('counts errors nobody classified', async () => {
  const { sink, deliveries } = guarded({
    deliver() {
      throw new TypeError('undefined is not a function')
    },
  })
  for (let times = 0; times < 4; times += 1) await Promise.resolve(sink.deliver(items(1), deliverCall())).catch(() => undefined)
  expect(deliveries).toHaveLength(2)
})

it('lets the next delivery probe when the probe gave no verdict', async () => {
  const bad = new Set([1])
  let error = new SinkError({ kind: 'transient', message: 'busy' })
  const { sink, clock } = guarded({ deliver: (batch) => failing(bad, error)(batch) })
  await sink.deliver(items(1), deliverCall())
  await sink.deliver(items(1), deliverCall())
  await clock.advance(100)
  error = new SinkError({ kind: 'permanent', message: 'bad row' })
  await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([{ error: { message: 'bad row' } }])
  await expect(sink.deliver(items(2), deliverCall())).resolves.toMatchObject([taken])
})
