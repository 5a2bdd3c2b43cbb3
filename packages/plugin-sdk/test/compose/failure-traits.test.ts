/** What a failure says of itself reaches the outside through every wrapper: nobody knows whether it arrived; nobody said its kind. */
import { describe, expect, it } from 'vitest'
import {
  childSink,
  defineSink,
  drainFromFunction,
  failure,
  fanOut,
  fromDrain,
  routing,
  SinkError,
  withBatching,
  withBreaker,
  withFallback,
  withRetry,
  type SinkDefinition,
} from '../../src/index.ts'
import { createTestSink, deliverCall } from '../../src/testing/index.ts'
import { failing, items, NumberPayload, scripted, type Script } from './scripted-sink.ts'

type Definition = ReturnType<typeof scripted>['definition']

const wrappers: Readonly<Record<string, (definition: Definition) => SinkDefinition>> = {
  nothing: (definition) => definition,
  withBatching: (definition) => withBatching(definition),
  withBreaker: (definition) => withBreaker(definition, { failureThreshold: 1000 }),
  withRetry: (definition) => withRetry(definition, { retries: 0 }),
  withFallback: (definition) => withFallback(definition, { secondary: scripted({}, 'other').definition }),
  routing: (definition) =>
    routing({ type: 'router', payload: NumberPayload, children: { a: childSink(definition, (n: NumberPayload) => n) }, route: () => 'a' }),
  fanOut: (definition) =>
    fanOut({ type: 'fan', payload: NumberPayload, children: { a: definition, b: scripted({ idempotent: true }, 'other').definition } }),
}
const names = Object.keys(wrappers)

function gone(): never {
  throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
}

function broken(): never {
  throw new TypeError('x is not a function')
}

function wrapped(name: string, script: Script) {
  const child = scripted(script)
  const wrap = wrappers[name]
  if (wrap === undefined) throw new Error(`no wrapper ${name}`)
  return { ...child, definition: wrap(child.definition) }
}

function retried(definition: SinkDefinition) {
  return createTestSink(withRetry(definition, { retries: 2, clock: { sleep: async () => {} } }))
}

describe.each(names)('inside %s', (name) => {
  it('what may have arrived is not written again by a sink that is not idempotent', async () => {
    const { definition, deliveries } = wrapped(name, { deliver: gone })
    const [answer] = (await retried(definition).deliver(items(1), deliverCall())) ?? []
    expect(answer).toMatchObject({ status: 'failure', error: { kind: 'transient', ambiguous: true } })
    expect(deliveries).toEqual([[1]])
  })

  it('what may have arrived is written again by an idempotent one', async () => {
    const { definition, deliveries } = wrapped(name, { idempotent: true, deliver: gone })
    // A fallback's secondary sink counts as well, and it is not idempotent.
    await retried(definition).deliver(items(1), deliverCall())
    expect(deliveries).toHaveLength(name === 'withFallback' ? 1 : 3)
  })

  it('an answer that says that it is not known is not repeated', async () => {
    const error = new SinkError({ kind: 'transient', message: 'no answer', ambiguous: true })
    const { definition, deliveries } = wrapped(name, { deliver: failing(new Set([1]), error) })
    await retried(definition).deliver(items(1, 2), deliverCall())
    expect(deliveries).toEqual([[1, 2]])
  })

  it('what certainly did not arrive is written again', async () => {
    const { definition, deliveries } = wrapped(name, { deliver: failing(new Set([1])) })
    await retried(definition).deliver(items(1, 2), deliverCall())
    expect(deliveries).toEqual([[1, 2], [1], [1]])
  })

  it('a defect of the sink opens the circuit breaker', async () => {
    const { definition, deliveries } = wrapped(name, { deliver: broken })
    const sink = createTestSink(withBreaker(definition, { failureThreshold: 2 }))
    for (let times = 0; times < 5; times += 1) await Promise.resolve(sink.deliver(items(times), deliverCall())).catch(() => undefined)
    expect(deliveries).toHaveLength(2)
  })

  it('an error that says permanent does not', async () => {
    const deliver = (): never => {
      throw new SinkError({ kind: 'permanent', message: 'refused' })
    }
    const { definition, deliveries } = wrapped(name, { deliver })
    const sink = createTestSink(withBreaker(definition, { failureThreshold: 2 }))
    for (let times = 0; times < 5; times += 1) await Promise.resolve(sink.deliver(items(times), deliverCall())).catch(() => undefined)
    expect(deliveries).toHaveLength(5)
  })
})

describe('what a sink of one function throws', () => {
  const functionSink = (process: () => void) => createTestSink(defineSink({ type: 'one', payload: NumberPayload, process }))

  it('may have arrived', async () => {
    const answers = await functionSink(gone).deliver(items(1), deliverCall())
    expect(answers).toMatchObject([{ error: { kind: 'transient', ambiguous: true, unclassified: false } }])
  })

  it('is unclassified when it does not say its kind', async () => {
    const answers = await functionSink(broken).deliver(items(1), deliverCall())
    expect(answers).toMatchObject([{ error: { kind: 'permanent', ambiguous: true, unclassified: true } }])
  })
})

it('what a drain failed to write may have arrived', async () => {
  const definition = fromDrain({ type: 'drained', payload: NumberPayload, open: () => drainFromFunction(gone) })
  const sink = createTestSink(definition)
  await sink.connect?.(deliverCall())
  const answers = await sink.deliver(items(1), deliverCall())
  expect(answers).toMatchObject([{ error: { kind: 'transient', ambiguous: true } }])
  await sink.close?.(deliverCall())
})

it('a delivery whose caller gave up says nothing about the target, also as an answer', async () => {
  const { definition, deliveries } = scripted({ deliver: failing(new Set([1, 2])) })
  const sink = createTestSink(withBreaker(definition, { failureThreshold: 2 }))
  const signal = AbortSignal.abort(new Error('shutting down'))
  for (let times = 0; times < 4; times += 1) await sink.deliver(items(1), deliverCall({ signal }))
  expect(deliveries).toHaveLength(4)
})

it('neither is said of an ordinary failure', () => {
  expect(new SinkError({ kind: 'permanent', message: 'x' })).toMatchObject({ ambiguous: false, unclassified: false })
  expect(failure('p1', 'text')).toMatchObject({ error: 'text' })
})
