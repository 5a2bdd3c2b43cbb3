import { describe, expect, it } from 'vitest'
import { ok, withBatching, type BatchingOptions, type DeliverResult } from '../../src/index.ts'
import { createFakeClock, createTestSink, deliverCall } from '../../src/testing/index.ts'
import { call, failing, items, scripted, type Script, turn } from './scripted-sink.ts'

function batched(script: Script = {}, options: BatchingOptions = {}) {
  const held: (() => void)[] = []
  const signals: AbortSignal[] = []
  const child = scripted({
    ...script,
    async deliver(batch, signal) {
      signals.push(signal)
      await new Promise<void>((resolve) => held.push(resolve))
      return script.deliver?.(batch, signal)
    },
  })
  const clock = createFakeClock()
  const sink = createTestSink(withBatching(child.definition, { maxInFlight: 1, clock, ...options }))
  const deliver = (numbers: number[], signal?: AbortSignal): Promise<DeliverResult> =>
    Promise.resolve(sink.deliver(items(...numbers), deliverCall(signal === undefined ? {} : { signal })))
  /** Ends the batch that is under way. */
  const step = async (): Promise<void> => {
    held.shift()?.()
    await turn()
  }
  return { ...child, sink, clock, signals, deliver, step }
}

describe('a batch', () => {
  it('takes what came while the one before was under way', async () => {
    const { deliver, deliveries, step } = batched()
    const all = [deliver([1]), deliver([2]), deliver([3, 4])]
    await step()
    await step()
    await expect(Promise.all(all)).resolves.toEqual([[ok('p1')], [ok('p2')], [ok('p3'), ok('p4')]])
    expect(deliveries).toEqual([[1], [2, 3, 4]])
  })

  it('leaves when it is full', async () => {
    const { deliver, deliveries } = batched({}, { maxItems: 2, maxWaitMs: 1000 })
    void deliver([1])
    await turn()
    expect(deliveries).toEqual([])
    void deliver([2, 3])
    await turn()
    expect(deliveries).toEqual([[1, 2]])
  })

  it('leaves when its oldest payload has waited long enough, though others keep coming', async () => {
    const { deliver, deliveries, clock } = batched({}, { maxWaitMs: 100 })
    void deliver([1])
    await clock.advance(60)
    void deliver([2])
    await clock.advance(39)
    expect(deliveries).toEqual([])
    await clock.advance(1)
    expect(deliveries).toEqual([[1, 2]])
  })

  it('has no timer while nothing waits', async () => {
    const { deliver, clock, step } = batched({}, { maxWaitMs: 100 })
    expect(clock.sleeping).toBe(0)
    const delivery = deliver([1])
    expect(clock.sleeping).toBe(1)
    await clock.advance(100)
    await step()
    await delivery
    expect(clock.sleeping).toBe(0)
  })

  it('is limited by bytes; a larger payload goes alone', async () => {
    const encode = ({ n }: { n: number }) => ({ body: new Uint8Array(n) })
    const { deliver, deliveries, step } = batched({ members: { encode } }, { maxBytes: 10 })
    void deliver([1])
    void deliver([4, 6, 50, 2])
    for (let times = 0; times < 4; times += 1) await step()
    expect(deliveries).toEqual([[1], [4, 6], [50], [2]])
  })

  it('holds no payload twice', async () => {
    const { deliver, deliveries, step } = batched()
    const all = [deliver([1]), deliver([2]), deliver([2, 3])]
    for (let times = 0; times < 3; times += 1) await step()
    await Promise.all(all)
    expect(deliveries).toEqual([[1], [2], [2, 3]])
  })
})

describe('a caller', () => {
  it('gets the answers for its own payloads only', async () => {
    const { deliver, step } = batched({ deliver: failing(new Set([2])) })
    const [first, second, third] = [deliver([1]), deliver([2]), deliver([3])]
    await step()
    await step()
    await expect(first).resolves.toEqual([ok('p1')])
    await expect(second).resolves.toMatchObject([{ id: 'p2', status: 'failure' }])
    await expect(third).resolves.toEqual([ok('p3')])
  })

  it('that gives up takes what has not left with it, and nobody else is hurt', async () => {
    const { deliver, deliveries, step, signals } = batched()
    const abort = new AbortController()
    const [first, second, third] = [deliver([1]), deliver([2], abort.signal), deliver([3])]
    abort.abort(new Error('gone'))
    await expect(second).rejects.toThrow('gone')
    await step()
    await step()
    await Promise.all([first, third])
    expect(deliveries).toEqual([[1], [3]])
    expect(signals.map((signal) => signal.aborted)).toEqual([false, false])
  })

  it('aborts a batch under way when no other is in it', async () => {
    const { deliver, step, signals } = batched()
    const [one, two] = [new AbortController(), new AbortController()]
    const first = deliver([1])
    const others = [deliver([2], one.signal), deliver([3], two.signal)].map((delivery) => delivery.catch(() => 'gone'))
    await step()
    await first
    one.abort()
    expect(signals[1]?.aborted).toBe(false)
    two.abort()
    expect(signals[1]?.aborted).toBe(true)
    await expect(Promise.all(others)).resolves.toEqual(['gone', 'gone'])
  })

  it('gives its own trace context', async () => {
    const seen: unknown[] = []
    const definition = scripted().definition
    const sink = createTestSink(
      withBatching({
        ...definition,
        create: () => ({ deliver: (batch, { trace }) => void seen.push(...batch.map(({ id }) => trace(id)?.traceparent)) }),
      }),
    )
    const traced = (traceparent: string) => deliverCall({ trace: () => ({ traceparent }) })
    await Promise.all([sink.deliver(items(1), traced('a')), sink.deliver(items(2), traced('b'))])
    expect(seen).toEqual(['a', 'b'])
  })
})

describe.each(['flush', 'close'] as const)('%s', (member) => {
  it('sends a partial batch at once, and waits for what is under way', async () => {
    const { deliver, deliveries, sink, step, events } = batched({}, { maxWaitMs: 60_000 })
    const delivery = deliver([1, 2])
    const ending = sink[member]?.(call())
    await turn()
    expect([deliveries, events]).toEqual([[[1, 2]], []])
    await step()
    await Promise.all([delivery, ending])
    expect(events).toEqual([member])
  })
})

it('closes the sink also when what is under way does not end in time', async () => {
  const { deliver, sink, events } = batched()
  void deliver([1])
  await turn()
  const signal = AbortSignal.abort(new Error('out of time'))
  await expect(sink.close?.({ signal })).rejects.toThrow('out of time')
  expect(events).toEqual(['close'])
})
