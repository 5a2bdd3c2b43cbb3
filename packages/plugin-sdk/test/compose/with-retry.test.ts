import { describe, expect, it } from 'vitest'
import { failure, ok, SinkError, withRetry, type RetryOptions } from '../../src/index.ts'
import { createFakeClock, createTestSink, deliverCall } from '../../src/testing/index.ts'
import { failing, items, scripted, type Script, turn } from './scripted-sink.ts'

const backoff = { baseMs: 100, factor: 2, capMs: 1000, jitter: 0 }

function retried(script: Script, options: RetryOptions = {}) {
  const waits: number[] = []
  const child = scripted(script)
  const clock = { sleep: async (ms: number) => void waits.push(ms) }
  const sink = createTestSink(withRetry(child.definition, { backoff, clock, ...options }))
  return { ...child, waits, sink }
}

describe('failed payloads', () => {
  it('are delivered again, alone and in their order, until they arrive', async () => {
    const bad = new Set([1, 3])
    const { sink, deliveries, attempts, waits } = retried({
      deliver(batch) {
        const answers = failing(bad)(batch)
        if (deliveries.length === 2) bad.clear()
        return answers
      },
    })
    const answers = await sink.deliver(items(1, 2, 3), deliverCall())
    expect(answers).toEqual([ok('p1'), ok('p2'), ok('p3')])
    expect(deliveries).toEqual([
      [1, 2, 3],
      [1, 3],
      [1, 3],
    ])
    expect(attempts).toEqual([
      [0, 0, 0],
      [1, 1],
      [2, 2],
    ])
    expect(waits).toEqual([100, 200])
  })

  it('keep their failure when the retries are over', async () => {
    const { sink, deliveries } = retried({ deliver: failing(new Set([1])) }, { retries: 2 })
    await expect(sink.deliver(items(1, 2), deliverCall())).resolves.toMatchObject([
      { status: 'failure', error: { message: 'busy' } },
      { status: 'ok' },
    ])
    expect(deliveries).toEqual([[1, 2], [1], [1]])
  })

  it.each([['a permanent error', new SinkError({ kind: 'permanent', message: 'no' })] as const, ['a text', 'no'] as const])(
    'with %s are not tried again',
    async (_name, error) => {
      const { sink, deliveries } = retried({ deliver: failing(new Set([1]), error) })
      await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([{ status: 'failure' }])
      expect(deliveries).toHaveLength(1)
    },
  )

  it('wait as long as the target asks for', async () => {
    const { sink, waits } = retried(
      { deliver: failing(new Set([1]), new SinkError({ kind: 'throttled', message: 'later', retryAfterMs: 700 })) },
      { retries: 1 },
    )
    await sink.deliver(items(1), deliverCall())
    expect(waits).toEqual([700])
  })
})

describe('a delivery that throws', () => {
  const gone = () => {
    throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
  }

  it('is repeated by an idempotent sink', async () => {
    const { sink, deliveries } = retried({ idempotent: true, deliver: gone }, { retries: 2 })
    await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([
      failure('p1', expect.objectContaining({ kind: 'transient' })),
    ])
    expect(deliveries).toHaveLength(3)
  })

  it('is not repeated by any other: payloads may have arrived', async () => {
    const { sink, deliveries } = retried({ deliver: gone })
    await expect(sink.deliver(items(1), deliverCall())).resolves.toMatchObject([{ status: 'failure', error: { kind: 'transient' } }])
    expect(deliveries).toHaveLength(1)
  })
})

it('stops waiting when the call is aborted, with what failed as failed', async () => {
  const clock = createFakeClock()
  const { sink, deliveries } = retried({ deliver: failing(new Set([1])) }, { clock })
  const abort = new AbortController()
  const delivery = sink.deliver(items(1, 2), deliverCall({ signal: abort.signal }))
  await turn()
  expect(clock.sleeping).toBe(1)
  abort.abort()
  await expect(delivery).resolves.toMatchObject([{ status: 'failure' }, { status: 'ok' }])
  expect(deliveries).toHaveLength(1)
})

it('does nothing with an empty batch', async () => {
  const { sink, deliveries } = retried({})
  await expect(sink.deliver([], deliverCall())).resolves.toEqual([])
  expect(deliveries).toEqual([])
})
