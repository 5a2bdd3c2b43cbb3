/** The dead-letter log against the promise of its ends: what was called safe is in the topic once everything is well again. */
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FlakyProducer } from '../../test/support/flaky-producer.ts'
import { MemorySpoolDisk } from '../../test/support/memory-spool-disk.ts'
import { messageAt } from '../../test/support/values.ts'
import { silentLogger } from '../observability/logger.ts'
import { payloadRecord } from './dead-letter.ts'
import { DeadLetterLog, type DeadLetterEnd } from './dead-letter-log.ts'
import { DeadLetters } from './dead-letters.ts'
import { DeadLetterSpool } from './spool/dead-letter-spool.ts'

type Command =
  | { readonly kind: 'send'; readonly sizes: readonly number[]; readonly isAborted: boolean }
  | { readonly kind: 'log_down' | 'log_up' | 'restart' | 'kill' }
  | { readonly kind: 'limit'; readonly maxBytes: number }
  | { readonly kind: 'disk_fails'; readonly after: number }
  | { readonly kind: 'wait'; readonly ms: number }

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      sizes: fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 4 }),
      isAborted: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('log_down', 'log_up', 'restart', 'kill') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('limit' as const), maxBytes: fc.integer({ min: 500, max: 8000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('disk_fails' as const), after: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30_000 }) }) },
)

class Bench {
  readonly clock = createFakeClock()
  readonly disk = new MemorySpoolDisk()
  /** Ends of all sends, in the order they were told. */
  readonly ends: { readonly payloads: readonly string[]; readonly end: DeadLetterEnd }[] = []
  /** What all producers have stored, those of earlier lives too. */
  readonly stored: Readonly<Record<string, unknown>>[] = []
  readonly #onFailure: 'spool' | 'block'
  #producer = new FlakyProducer()
  #worker: { readonly log: DeadLetterLog; readonly letters: DeadLetters } | null = null
  #pending: AbortController[] = []
  #lives = 0
  #sent = 0

  constructor(onFailure: 'spool' | 'block') {
    this.#onFailure = onFailure
  }

  async run(step: Command): Promise<void> {
    const { letters } = (this.#worker ??= await this.#start())
    if (step.kind === 'send') this.#send(letters, step)
    else if (step.kind === 'limit') this.#producer.maxBytes = step.maxBytes
    else if (step.kind === 'disk_fails') this.disk.failAfter(step.after)
    else if (step.kind === 'wait') await this.clock.advance(step.ms)
    else if (step.kind === 'restart') await this.#stop()
    else if (step.kind === 'kill') this.#kill()
    else this.#producer.isDown = step.kind === 'log_down'
  }

  /** Everything works again, for long enough. */
  async recover(): Promise<void> {
    await this.#stop()
    this.disk.kill()
    this.#producer = new FlakyProducer()
    this.#worker = await this.#start()
    await this.clock.advance(120_000)
    await this.#stop()
  }

  /** A group whose payloads nobody else has. Half of the sends are given up by their partition after a while. */
  #send(letters: DeadLetters, { sizes, isAborted }: { readonly sizes: readonly number[]; readonly isAborted: boolean }): void {
    const texts = sizes.map((size) => `${(this.#sent += 1)}:${'x'.repeat(size)}`)
    const facts = letters.facts({
      error: 'bad',
      attempts: 1,
      place: { topic: 'input', partition: 0 },
      messages: [messageAt(1)],
      taskIds: [],
    })
    const payloads = texts.map((text) => ({ id: text, original: text, list: 'custom', encode: () => ({ body: Buffer.from(text) }) }))
    const record = payloadRecord(facts, { type: 'custom', name: 'main' }, payloads)
    const given = new AbortController()
    this.#pending.push(given)
    if (isAborted) void this.clock.sleep(700, given.signal).then(() => given.abort())
    const life = this.#lives
    void letters.send(record, [messageAt(1)], given.signal).then((end) => {
      // A process that was killed tells nobody.
      if (life === this.#lives) this.ends.push({ payloads: texts, end })
    })
  }

  async #stop(): Promise<void> {
    for (const given of this.#pending) given.abort()
    this.#pending = []
    const closed = this.#worker?.log.close()
    await this.clock.advance(10_000)
    await closed
    this.stored.push(...this.#producer.json())
    this.#producer.stored.length = 0
    this.#worker = null
    this.#lives += 1
  }

  #kill(): void {
    this.disk.kill()
    this.#lives += 1
    // The old producer may still get what was under way; nothing else of that life goes on.
    for (const given of this.#pending) given.abort()
    this.#pending = []
    this.stored.push(...this.#producer.json())
    const { isDown, maxBytes } = this.#producer
    this.#producer.isDown = true
    this.#producer = new FlakyProducer()
    this.#producer.isDown = isDown
    this.#producer.maxBytes = maxBytes
    this.#worker = null
  }

  async #start(): Promise<{ readonly log: DeadLetterLog; readonly letters: DeadLetters }> {
    const { clock } = this
    const pid = (this.#lives += 1)
    const identity = {
      own: async () => ({ pid, started: null, machine: 'm' }),
      isAlive: async (other: { readonly pid: number }) => other.pid === pid,
    }
    const spool = await DeadLetterSpool.open({ disk: this.disk.mount(), workerId: 'w', identity, clock, logger: silentLogger })
    const options = { topic: 'dlq', producer: this.#producer, onFailure: this.#onFailure, maxRetries: 1, clock, random: () => 0 }
    const log = new DeadLetterLog({ ...options, spool, logger: silentLogger })
    await log.connect({ signal: new AbortController().signal })
    return { log, letters: new DeadLetters({ log, workerId: 'w', clock }) }
  }
}

describe('a dead letter that was called safe', () => {
  it.each(['spool', 'block'] as const)('is in the topic with all its payloads, whatever went wrong: %s', async (onFailure) => {
    const seen = { spooled: 0, split: 0, abandoned: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 3, maxLength: 25 }), async (commands) => {
        const bench = new Bench(onFailure)
        for (const step of commands) await bench.run(step)
        await bench.recover()
        const arrived = new Set(bench.stored.flatMap(({ payload_ids: ids }) => (Array.isArray(ids) ? ids.map(String) : [])))
        const safe = bench.ends.filter(({ end }) => end === 'dead_lettered' || end === 'spooled')
        expect(safe.flatMap(({ payloads }) => payloads).filter((payload) => !arrived.has(payload))).toEqual([])
        expect(bench.ends.filter(({ end }) => end === 'dropped')).toEqual([])
        seen.spooled += safe.filter(({ end }) => end === 'spooled').length
        seen.split += bench.stored.filter(({ split_of: whole }) => whole !== undefined).length
        seen.abandoned += bench.ends.filter(({ end }) => end === 'abandoned').length
      }),
      { numRuns: 150 },
    )
    expect(seen).toEqual({ spooled: expect.any(Number), split: expect.any(Number), abandoned: expect.any(Number) })
    expect([seen.spooled > 0, seen.split > 0, seen.abandoned > 0]).toEqual([onFailure === 'spool', true, true])
  })
})
