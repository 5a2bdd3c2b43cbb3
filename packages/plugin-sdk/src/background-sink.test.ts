import { describe, expect, it } from 'vitest'
import { BackgroundSink, type BackgroundSinkConfig } from './background-sink.ts'
import { drainFromFunction, type SinkDrain } from './sink-drain.ts'
import { createFakeClock } from './testing/fake-clock.ts'
import { createRecordingLogger, createRecordingMetrics } from './testing/test-context.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A drain that records, can be held, and can fail. */
class TestDrain implements SinkDrain<number> {
  readonly log: string[] = []
  readonly written: number[] = []
  running = 0
  mostRunning = 0
  failWrites = 0
  failFlushes = 0
  failClose = false
  #held: { promise: Promise<void>; release(): void } | undefined

  hold(): void {
    let release = (): void => {}
    const promise = new Promise<void>((resolve) => (release = resolve))
    this.#held = { promise, release }
  }

  release(): void {
    this.#held?.release()
    this.#held = undefined
  }

  writeBatch(batch: readonly number[]): Promise<void> {
    return this.#step(`write ${batch.join(',')}`, () => {
      if (this.failWrites > 0) {
        this.failWrites -= 1
        throw new Error(`cannot write ${batch.join(',')}`)
      }
      this.written.push(...batch)
    })
  }

  flushDurable(): Promise<void> {
    return this.#step('flush', () => {
      if (this.failFlushes === 0) return
      this.failFlushes -= 1
      throw new Error('cannot sync')
    })
  }

  close(): Promise<void> {
    return this.#step('close', () => {
      if (this.failClose) throw new Error('cannot close')
    })
  }

  async #step(name: string, effect: () => void): Promise<void> {
    this.log.push(name)
    this.running += 1
    this.mostRunning = Math.max(this.mostRunning, this.running)
    await this.#held?.promise
    await Promise.resolve()
    this.running -= 1
    effect()
  }
}

function spawn(config: BackgroundSinkConfig = {}, signal?: AbortSignal) {
  const drain = new TestDrain()
  const clock = createFakeClock()
  return { drain, clock, ...BackgroundSink.spawn(drain, { clock, ...config }, signal) }
}

describe('batches', () => {
  it('form at their size', async () => {
    const { drain, sink } = spawn({ batchSize: 2 })
    for (const message of [1, 2, 3, 4, 5]) sink.tryPush(message)
    await turn()
    expect(drain.log).toEqual(['write 1,2', 'write 3,4'])
    expect(sink.pending).toBe(1)
  })

  it('form when the interval of the first message has passed, though more arrive', async () => {
    const { drain, sink, clock } = spawn({ flushIntervalMs: 100 })
    sink.tryPush(1)
    await clock.advance(60)
    sink.tryPush(2)
    await clock.advance(39)
    expect(drain.log).toEqual([])
    await clock.advance(1)
    expect(drain.log).toEqual(['write 1,2'])
  })

  it('need no timer while the queue is empty', async () => {
    const { sink, clock } = spawn()
    sink.tryPush(1)
    await clock.advance(100)
    expect(sink.pending).toBe(0)
    expect(clock.sleeping).toBe(0)
  })

  it('are never handed over from within a push', () => {
    const { drain, sink } = spawn({ batchSize: 1 })
    sink.tryPush(1)
    expect(drain.log).toEqual([])
  })
})

describe('tryPush', () => {
  it('refuses what does not fit, counts it, and accepts again when there is room', async () => {
    const { drain, sink } = spawn({ queueCapacity: 2, batchSize: 2 })
    drain.hold()
    sink.tryPush(1)
    sink.tryPush(2)
    expect(() => sink.tryPush(3)).toThrow(expect.objectContaining({ code: 'DRK_DRAIN_OVERFLOW' }))
    expect(sink.dropped).toBe(1)
    await turn()
    sink.tryPush(4)
    drain.release()
    await sink.flush()
    expect(drain.written).toEqual([1, 2, 4])
  })

  it('is always refused in block mode, without counting', () => {
    const { sink } = spawn({ overflow: 'block' })
    expect(() => sink.tryPush(1)).toThrow(expect.objectContaining({ code: 'DRK_DRAIN_OVERFLOW' }))
    expect(sink.dropped).toBe(0)
  })

  it('takes ten thousand messages while the drain hangs', async () => {
    const { drain, sink } = spawn({ queueCapacity: 10_000 })
    drain.hold()
    for (let message = 0; message < 10_000; message += 1) sink.tryPush(message)
    expect(sink.pending).toBe(10_000)
    drain.release()
    await sink.flush()
    expect(drain.written).toHaveLength(10_000)
  })
})

describe('push', () => {
  it('waits for room, in the order of the calls', async () => {
    const { drain, sink } = spawn({ queueCapacity: 1, batchSize: 1, overflow: 'block' })
    drain.hold()
    const pushes = [1, 2, 3, 4].map(async (message) => sink.push(message))
    await turn()
    expect(drain.log).toEqual(['write 1'])
    expect(sink.pending).toBe(2)
    drain.release()
    await Promise.all(pushes)
    await sink.flush()
    expect(drain.written).toEqual([1, 2, 3, 4])
  })

  it('is not accepted when its signal aborts while it waits', async () => {
    const { drain, sink } = spawn({ queueCapacity: 1, batchSize: 1 })
    drain.hold()
    await sink.push(1)
    await turn()
    await sink.push(2)
    const abort = new AbortController()
    const waiting = sink.push(3, { signal: abort.signal })
    abort.abort(null)
    await expect(waiting).rejects.toBeNull()
    drain.release()
    await sink.flush()
    expect(drain.written).toEqual([1, 2])
  })
})

describe('flush', () => {
  it('resolves after everything accepted before it is written and durable', async () => {
    const { drain, sink } = spawn()
    sink.tryPush(1)
    const flushed = sink.flush()
    sink.tryPush(2)
    await flushed
    expect(drain.log).toEqual(['write 1', 'flush'])
  })

  it('of an empty queue waits for no interval and still makes durable', async () => {
    const { drain, sink } = spawn()
    await sink.flush()
    expect(drain.log).toEqual(['flush'])
  })

  it('shares one flushDurable with the barriers beside it, and resolves in order', async () => {
    const { drain, sink } = spawn()
    const order: string[] = []
    sink.tryPush(1)
    const flushes = ['a', 'b'].map(async (name) => sink.flush().then(() => order.push(name)))
    sink.tryPush(2)
    flushes.push(sink.flush().then(() => order.push('c')))
    await Promise.all(flushes)
    expect(order).toEqual(['a', 'b', 'c'])
    expect(drain.log).toEqual(['write 1', 'flush', 'write 2', 'flush'])
  })

  it('fails for a batch that failed before the barrier was set, once', async () => {
    const { drain, sink, clock } = spawn()
    drain.failWrites = 1
    sink.tryPush(1)
    await clock.advance(100)
    sink.tryPush(2)
    const failure = { code: 'DRK_DRAIN_FLUSH_FAILED', cause: { message: 'cannot write 1' } }
    await expect(sink.flush()).rejects.toMatchObject(failure)
    expect(sink.lastErrors).toMatchObject([{ message: 'cannot write 1' }])
    expect(drain.written).toEqual([2])
    await sink.flush()
    expect(sink.lastErrors).toEqual([])
  })

  it('fails when the drain cannot make durable, with every error as the cause', async () => {
    const { drain, sink } = spawn()
    drain.failWrites = 1
    drain.failFlushes = 1
    sink.tryPush(1)
    await expect(sink.flush()).rejects.toMatchObject({ cause: { errors: [{ message: 'cannot write 1' }, { message: 'cannot sync' }] } })
    await sink.flush()
  })

  it('ends at its time-out; the lost batch is reported by the next one', async () => {
    const { drain, sink, clock } = spawn({ flushTimeoutMs: 1000 })
    drain.failWrites = 1
    drain.hold()
    sink.tryPush(1)
    const [flushed] = await Promise.all([sink.flush().catch((error: unknown) => error), clock.advance(1000)])
    expect(flushed).toMatchObject({ kind: 'transient', code: 'DRK_DRAIN_FLUSH_FAILED' })
    drain.release()
    await turn()
    await expect(sink.flush()).rejects.toMatchObject({ cause: { message: 'cannot write 1' } })
    await sink.flush()
    expect(clock.sleeping).toBe(0)
  })

  it('works with a drain that is one function', async () => {
    const batches: (readonly string[])[] = []
    const { sink } = BackgroundSink.spawn(drainFromFunction<string>((batch) => void batches.push(batch)))
    sink.tryPush('a')
    await sink.flush()
    expect(batches).toEqual([['a']])
    await sink.close()
  })
})

describe('the end', () => {
  it('by the signal: refuses what is new, writes what is queued, honours barriers, closes once', async () => {
    const abort = new AbortController()
    const { drain, sink, join } = spawn({ queueCapacity: 2, batchSize: 2 }, abort.signal)
    drain.hold()
    sink.tryPush(1)
    sink.tryPush(2)
    await turn()
    sink.tryPush(3)
    const flushed = sink.flush()
    sink.tryPush(4)
    const waiting = sink.push(5)
    abort.abort()
    for (const refused of [waiting, sink.push(6), sink.flush()]) await expect(refused).rejects.toMatchObject({ code: 'DRK_DRAIN_CLOSED' })
    expect(() => sink.tryPush(7)).toThrow(expect.objectContaining({ code: 'DRK_DRAIN_CLOSED' }))
    drain.release()
    await Promise.all([flushed, join])
    expect(drain.log).toEqual(['write 1,2', 'write 3', 'flush', 'write 4', 'close'])
  })

  it('by close(), any number of times', async () => {
    const { drain, sink, join, clock } = spawn()
    sink.tryPush(1)
    await Promise.all([sink.close(), sink.close(), sink[Symbol.asyncDispose](), join])
    expect(drain.log).toEqual(['write 1', 'close'])
    expect(clock.sleeping).toBe(0)
  })

  it('by a signal that had aborted before', async () => {
    const { drain, sink, join } = spawn({}, AbortSignal.abort())
    expect(() => sink.tryPush(1)).toThrow(expect.objectContaining({ code: 'DRK_DRAIN_CLOSED' }))
    await join
    expect(drain.log).toEqual(['close'])
  })

  it('comes also when the drain throws at every step', async () => {
    const logger = createRecordingLogger()
    const { drain, sink, join } = spawn({ logger })
    Object.assign(drain, { failWrites: 9, failFlushes: 9, failClose: true })
    sink.tryPush(1)
    const [flushed] = await Promise.all([sink.flush().catch((error: unknown) => error), sink.close(), join])
    expect(flushed).toMatchObject({ code: 'DRK_DRAIN_FLUSH_FAILED' })
    expect(sink.writeErrors).toBe(1)
    expect(logger.entries.map((entry) => entry.event)).toEqual(['sink_drain_write_error', 'sink_drain_close_error'])
  })
})

it('counts under its prefix', async () => {
  const metrics = createRecordingMetrics()
  const { drain, sink } = spawn({ metrics, metricPrefix: 'recorder', queueCapacity: 2, batchSize: 2 })
  drain.failWrites = 1
  sink.tryPush(1)
  sink.tryPush(2)
  expect(() => sink.tryPush(3)).toThrow('full')
  await expect(sink.flush()).rejects.toThrow('cannot write')
  sink.tryPush(4)
  await sink.flush()
  expect(Object.fromEntries(metrics.values)).toEqual({
    recorder_pushed_total: 3,
    recorder_dropped_total: 1,
    recorder_writes_total: 2,
    recorder_write_errors_total: 1,
    recorder_pending: 0,
  })
})

it.each([{ queueCapacity: 0 }, { batchSize: 1.5 }])('refuses %j', (config) => {
  expect(() => spawn(config)).toThrow(RangeError)
})
