import { expect, it } from 'vitest'
import { childSink, fallback, ok, serve, type SinkError, withBreaker, withFallback } from '../../src/index.ts'
import { createTestSink, deliverCall } from '../../src/testing/index.ts'
import { call, failing, items, scripted, type Scripted } from './scripted-sink.ts'

const handsOn = (...numbers: number[]) =>
  scripted({ deliver: (batch) => batch.map(({ id, payload }) => (numbers.includes(payload.n) ? fallback(id, 'full') : ok(id))) })
const pair = (primary: Scripted, secondary: Scripted) =>
  createTestSink(withFallback(primary.definition, { secondary: secondary.definition }))

it('delivers what the primary hands on to the secondary, and nothing else', async () => {
  const [primary, secondary] = [handsOn(2), scripted()]
  await expect(pair(primary, secondary).deliver(items(1, 2), deliverCall())).resolves.toEqual([ok('p1'), ok('p2')])
  expect([primary.deliveries, secondary.deliveries]).toEqual([[[1, 2]], [[2]]])
})

it('leaves failures to the framework, but for those of an open circuit', async () => {
  const down = () => scripted({ deliver: failing(new Set([1])) })
  const secondary = scripted()
  const failed = { status: 'failure', error: { kind: 'transient' } }
  await expect(pair(down(), secondary).deliver(items(1), deliverCall())).resolves.toMatchObject([failed])

  const guarded = withBreaker(down().definition, { failureThreshold: 1 })
  const sink = createTestSink(withFallback(guarded, { secondary: secondary.definition }))
  await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([failed])
  await expect(sink.deliver(items(1), deliverCall())).resolves.toEqual([ok('p1')])
  expect(secondary.deliveries).toEqual([[1]])
})

it('takes the failures it is told to take, thrown ones as well', async () => {
  const secondary = scripted()
  const throwing = scripted({
    deliver() {
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    },
  })
  const takes = ({ kind }: SinkError): boolean => kind === 'transient'
  const sink = createTestSink(withFallback(throwing.definition, { secondary: secondary.definition, takes }))
  await expect(sink.deliver(items(1, 2), deliverCall())).resolves.toEqual([ok('p1'), ok('p2')])
})

it('fails with both reasons when neither takes the payload', async () => {
  const secondary = scripted({ deliver: failing(new Set([1])) })
  await expect(pair(handsOn(1), secondary).deliver(items(1), deliverCall())).resolves.toMatchObject([
    { id: 'p1', status: 'failure', error: { kind: 'transient', message: 'primary: full; secondary: busy' } },
  ])
})

it.each(['fallback', 'serve'] as const)('does not let the secondary answer %s', async (status) => {
  const answer = (id: string) => (status === 'serve' ? serve(id, new Uint8Array()) : fallback(id))
  const secondary = scripted({ deliver: (batch) => batch.map(({ id }) => answer(id)) })
  await expect(pair(handsOn(1), secondary).deliver(items(1), deliverCall())).resolves.toMatchObject([
    { status: 'failure', error: { kind: 'permanent', code: 'DRK_SINK_CONTRACT', message: expect.stringContaining(status) } },
  ])
})

it('gives the secondary its own payload', async () => {
  const secondary = scripted()
  const converted = childSink(secondary.definition, ({ n }: { n: number }) => ({ n: n * 100 }))
  await createTestSink(withFallback(handsOn(3).definition, { secondary: converted })).deliver(items(3), deliverCall())
  expect(secondary.deliveries).toEqual([[300]])
})

it('keeps the type of the primary, no longer asks for a fallback, and connects both', async () => {
  const primary = scripted({ capabilities: { batching: true, fallback: true } }, 'main')
  const secondary = scripted()
  const definition = withFallback(primary.definition, { secondary: secondary.definition })
  expect(definition).toMatchObject({ type: 'main', capabilities: { fallback: false } })
  const sink = createTestSink(definition)
  await sink.connect?.(call())
  await sink.close?.(call())
  expect([primary.events, secondary.events]).toEqual([
    ['connect', 'close'],
    ['connect', 'close'],
  ])
})
