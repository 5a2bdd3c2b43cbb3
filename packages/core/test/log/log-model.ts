/** A naive model of a log with one consumer, and random sequences of what may be done to it. */
import assert from 'node:assert/strict'
import type { LogConsumer, MessageLog } from '@drakkar/plugin-sdk/log'
import { collectingListener, textOf } from '@drakkar/plugin-sdk/log/conformance'
import type { CollectingListener } from '@drakkar/plugin-sdk/log/conformance'
import fc from 'fast-check'

export const modelPartitions = 3
const topic = 'input'
const call = { signal: AbortSignal.timeout(3_600_000) }

export type Step =
  | { readonly do: 'send'; readonly partition: number; readonly count: number }
  | { readonly do: 'start' | 'stop' | 'settle' | 'read' | 'reopen' }
  | { readonly do: 'pause' | 'resume'; readonly partition: number }
  | { readonly do: 'commit' | 'commit-stale'; readonly partition: number; readonly part: number }

const partition = fc.nat({ max: modelPartitions - 1 })

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('send' as const), partition, count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constantFrom('start' as const, 'stop' as const, 'settle' as const, 'read' as const, 'reopen' as const) }),
    fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), partition }),
    fc.record({
      do: fc.constantFrom('commit' as const, 'commit-stale' as const),
      partition,
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  ),
  { minLength: 5, maxLength: 40 },
)

interface Session {
  readonly consumer: LogConsumer
  readonly listener: CollectingListener
  /** Where each partition began. */
  readonly begin: readonly number[]
  /** How many records a paused partition had when it was paused. */
  readonly paused: Map<number, number>
}

export class LogModel {
  readonly #reopen: (log: MessageLog) => Promise<MessageLog>
  readonly #values: string[][] = Array.from({ length: modelPartitions }, () => [])
  readonly #committed: (number | null)[] = Array.from({ length: modelPartitions }, () => null)
  #log: MessageLog
  #session: Session | null = null

  constructor(log: MessageLog, reopen: (log: MessageLog) => Promise<MessageLog>) {
    this.#log = log
    this.#reopen = reopen
  }

  /** Does the steps one after the other and compares after each; at last everything must have arrived. */
  async run(sequence: readonly Step[]): Promise<void> {
    await this.#log.admin().createTopic(topic, modelPartitions)
    const last: Step[] = [
      { do: 'start' },
      ...[0, 1, 2].map((index): Step => ({ do: 'resume', partition: index })),
      { do: 'settle' },
      { do: 'read' },
    ]
    for (const step of [...sequence, ...last]) {
      await this.#do(step)
      await this.#compare()
    }
  }

  async close(): Promise<void> {
    await this.#log.close()
  }

  async #do(step: Step): Promise<void> {
    switch (step.do) {
      case 'send':
        return await this.#send(step.partition, step.count)
      case 'start':
        return await this.#start()
      case 'stop':
        return await this.#stop()
      case 'settle':
        return await this.#settle()
      case 'read':
        return await this.#read()
      case 'reopen':
        return await this.#openAgain()
      case 'pause':
      case 'resume':
        return this.#pause(step.do, step.partition)
      case 'commit':
        return await this.#commit(step.partition, step.part)
      case 'commit-stale':
        return await this.#commitStale(step.partition)
    }
  }

  async #send(index: number, count: number): Promise<void> {
    const values = Array.from({ length: count }, (_, more) => `${index}:${this.#values[index]!.length + more}`)
    const producer = this.#log.producer()
    await producer.connect(call)
    await producer.send(values.map((value) => ({ topic, partition: index, value: Buffer.from(value) })))
    await producer.close()
    this.#values[index]!.push(...values)
  }

  async #start(): Promise<void> {
    if (this.#session !== null) return
    const listener = collectingListener()
    const consumer = this.#log.consumer({ topic, group: 'g', maxPollRecords: 4, offsetReset: 'earliest', onOffsetOutOfRange: 'stop' })
    await consumer.start(listener, call)
    assert.deepEqual(
      listener.partitions().map((index) => listener.assigned.get(index)!.committed),
      this.#committed,
    )
    this.#session = { consumer, listener, begin: this.#committed.map((offset) => offset ?? 0), paused: new Map() }
  }

  async #stop(): Promise<void> {
    await this.#session?.consumer.stop()
    this.#session = null
  }

  async #openAgain(): Promise<void> {
    const next = this.#reopen(this.#log)
    this.#session = null
    this.#log = await next
  }

  #pause(what: 'pause' | 'resume', index: number): void {
    if (this.#session === null) return
    this.#session.consumer[what]([index])
    if (what === 'resume') this.#session.paused.delete(index)
    else if (!this.#session.paused.has(index)) this.#session.paused.set(index, this.#session.listener.offsets(index).length)
  }

  async #commit(index: number, part: number): Promise<void> {
    if (this.#session === null) return
    const { listener, consumer, begin } = this.#session
    const request = listener.request(index, begin[index]! + Math.floor(part * listener.offsets(index).length))
    assert.deepEqual(await consumer.commit([request]), { committed: [request], refused: [] })
    this.#committed[index] = request.offset
  }

  async #commitStale(index: number): Promise<void> {
    if (this.#session === null) return
    const present = this.#session.listener.request(index, 0)
    const stale = { ...present, epoch: present.epoch - 1 }
    assert.deepEqual(await this.#session.consumer.commit([stale]), { committed: [], refused: [stale] })
  }

  async #settle(): Promise<void> {
    if (this.#session === null) return
    const { listener, begin, paused } = this.#session
    const arrived = (index: number): boolean =>
      paused.has(index) || listener.offsets(index).length === this.#values[index]!.length - begin[index]!
    await listener.waitFor('everything that is not paused', () => begin.every((_, index) => arrived(index)))
  }

  async #read(): Promise<void> {
    const seen: (string | null)[][] = Array.from({ length: modelPartitions }, () => [])
    for await (const record of this.#log.read(topic, call)) seen[record.partition]!.push(textOf(record))
    assert.deepEqual(seen, this.#values)
  }

  /** What has been delivered is the beginning of what should be; nothing comes while paused; the commits are ours. */
  async #compare(): Promise<void> {
    const committed = await this.#log.admin().committed('g', topic)
    assert.deepEqual(
      [0, 1, 2].map((index) => committed.get(index) ?? null),
      this.#committed,
    )
    if (this.#session === null) return
    const { listener, begin, paused } = this.#session
    for (const [index, values] of this.#values.entries()) {
      const delivered = listener.values(index)
      assert.deepEqual(delivered, values.slice(begin[index], begin[index]! + delivered.length))
      if (paused.has(index)) assert.equal(delivered.length, paused.get(index))
    }
    assert.deepEqual(listener.errors, [])
  }
}
