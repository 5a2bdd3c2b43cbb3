import { describe, expect, it } from 'vitest'
import { BaseSink } from './base-sink.ts'
import type { CallOptions, DeliveryItem } from './sink.ts'
import { createTestContext, deliverCall, deliveryItem } from './testing/test-context.ts'

/** Records its life cycle; each `open` waits until the test settles it. */
class RecordingSink extends BaseSink<string> {
  readonly log: string[] = []
  readonly opening: { resolve(): void; reject(error: Error): void }[] = []
  releaseFails = false

  protected override open(): Promise<void> {
    this.log.push('open')
    return new Promise((resolve, reject) => {
      this.opening.push({
        resolve: () => {
          this.log.push('opened')
          resolve()
        },
        reject,
      })
    })
  }

  protected override write(batch: readonly DeliveryItem<string>[]): void {
    this.log.push(`write ${batch.map((item) => item.payload).join(' ')}`)
  }

  protected override release(): void {
    this.log.push('release')
    if (this.releaseFails) throw new Error('cannot release')
  }
}

const call: CallOptions = { signal: new AbortController().signal }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function connected(): Promise<RecordingSink> {
  const sink = new RecordingSink(createTestContext())
  const connecting = sink.connect(call)
  await turn()
  sink.opening[0]?.resolve()
  await connecting
  return sink
}

it('is connected from a successful connect until close', async () => {
  const sink = await connected()
  expect(sink.isConnected).toBe(true)
  await sink.close(call)
  expect(sink.isConnected).toBe(false)
  expect(sink.log).toEqual(['open', 'opened', 'release'])
})

it('delivers while connected, and nothing for an empty batch', async () => {
  const sink = await connected()
  await sink.deliver([], deliverCall())
  await sink.deliver([deliveryItem('a'), deliveryItem('b')], deliverCall())
  expect(sink.log).toEqual(['open', 'opened', 'write a b'])
})

it('refuses a delivery without a connection', async () => {
  const sink = new RecordingSink(createTestContext({ type: 'kafka', name: 'results' }))
  const expected = { code: 'DRK_SINK_NOT_CONNECTED', kind: 'transient', message: 'Sink kafka:results is not connected' }
  await expect(sink.deliver([deliveryItem('a')], deliverCall())).rejects.toMatchObject(expected)
  await expect(sink.deliver([], deliverCall())).resolves.toBeUndefined()
})

describe('connect', () => {
  it('opens once for two calls at the same time', async () => {
    const sink = new RecordingSink(createTestContext())
    const both = Promise.all([sink.connect(call), sink.connect(call)])
    await turn()
    sink.opening[0]?.resolve()
    await both
    expect(sink.log).toEqual(['open', 'opened'])
  })

  it('releases what a failed attempt left, and may be repeated', async () => {
    const sink = new RecordingSink(createTestContext())
    const first = sink.connect(call)
    await turn()
    sink.opening[0]?.reject(new Error('refused'))
    await expect(first).rejects.toThrow('refused')
    expect(sink.isConnected).toBe(false)
    const second = sink.connect(call)
    await turn()
    sink.opening[1]?.resolve()
    await second
    expect(sink.log).toEqual(['open', 'release', 'open', 'opened'])
  })

  it('reports the failure of open, not that of the release after it', async () => {
    const context = createTestContext()
    const sink = new RecordingSink(context)
    sink.releaseFails = true
    const connecting = sink.connect(call)
    await turn()
    sink.opening[0]?.reject(new Error('refused'))
    await expect(connecting).rejects.toThrow('refused')
    expect(context.logger.entries).toMatchObject([{ event: 'sink_cleanup_after_connect_failure_error' }])
  })

  it('answers an abort at once and releases the connection that arrives later', async () => {
    const sink = new RecordingSink(createTestContext())
    const abort = new AbortController()
    const connecting = sink.connect({ signal: abort.signal })
    await turn()
    abort.abort(new Error('too slow'))
    await expect(connecting).rejects.toThrow('too slow')
    const closing = sink.close(call)
    sink.opening[0]?.resolve()
    await closing
    expect(sink.isConnected).toBe(false)
    expect(sink.log).toEqual(['open', 'opened', 'release'])
  })

  it('does nothing with a signal that has aborted', async () => {
    const sink = new RecordingSink(createTestContext())
    await expect(sink.connect({ signal: AbortSignal.abort(new Error('over')) })).rejects.toThrow('over')
    await sink.close(call)
    expect(sink.log).toEqual([])
  })
})

describe('close', () => {
  it('waits for a connect that is under way', async () => {
    const sink = new RecordingSink(createTestContext())
    const connecting = sink.connect(call)
    const closing = sink.close(call)
    await turn()
    expect(sink.log).toEqual(['open'])
    sink.opening[0]?.resolve()
    await Promise.all([connecting, closing])
    expect(sink.log).toEqual(['open', 'opened', 'release'])
    expect(sink.isConnected).toBe(false)
  })

  it('releases once however often it is called, also before connect', async () => {
    const never = new RecordingSink(createTestContext())
    await never.close(call)
    expect(never.log).toEqual([])
    const sink = await connected()
    await Promise.all([sink.close(call), sink.close(call)])
    await sink.close(call)
    expect(sink.log).toEqual(['open', 'opened', 'release'])
  })

  it('disconnects even when the release fails, and says so', async () => {
    const sink = await connected()
    sink.releaseFails = true
    await expect(sink.close(call)).rejects.toThrow('cannot release')
    expect(sink.isConnected).toBe(false)
    await sink.close(call)
  })

  it('is what `await using` does', async () => {
    const sink = await connected()
    await sink[Symbol.asyncDispose]()
    expect(sink.log.at(-1)).toBe('release')
  })

  it('can be followed by another connect', async () => {
    const sink = await connected()
    await sink.close(call)
    const again = sink.connect(call)
    await turn()
    sink.opening[1]?.resolve()
    await again
    expect(sink.isConnected).toBe(true)
  })
})
