/** The spool against a naive model: what was accepted is sent at least once, for the first time in the order it was accepted. */
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemorySpoolDisk, type PowerLoss } from '../../../test/support/memory-spool-disk.ts'
import { silentLogger } from '../../observability/logger.ts'
import { DeadLetterSpool } from './dead-letter-spool.ts'
import type { OwnerIdentity } from './spool-owner.ts'

type Command =
  | { readonly kind: 'append'; readonly together: number }
  /** Sends the head of the line; `settled`: how much of it gets through, 0…1. */
  | { readonly kind: 'send'; readonly settled: number }
  | { readonly kind: 'disk_fails'; readonly after: number; readonly written: number }
  /** The process dies while it appends and sends, after so many turns. */
  | { readonly kind: 'kill'; readonly afterTurns: number }
  | ({ readonly kind: 'power_loss'; readonly afterTurns: number } & PowerLoss)
  /** An append comes in while the head of the line is being sent. */
  | { readonly kind: 'both'; readonly together: number; readonly settled: number }
  | { readonly kind: 'restart' }

const fraction = fc.double({ min: 0, max: 1, noNaN: true })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('append' as const), together: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), settled: fraction }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('disk_fails' as const), after: fc.integer({ min: 1, max: 8 }), written: fraction }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('kill' as const), afterTurns: fc.nat(60) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('power_loss' as const),
      afterTurns: fc.nat(60),
      kept: fraction,
      zeros: fc.boolean(),
      undoesRemovals: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('both' as const), together: fc.integer({ min: 1, max: 4 }), settled: fraction }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
)

/** One worker after the other on one disk: whoever is not the present one is dead. */
class Bench {
  readonly disk = new MemorySpoolDisk()
  readonly accepted: string[] = []
  readonly sent: string[] = []
  #spool: DeadLetterSpool | null = null
  #life = 0
  #appended = 0

  async spool(): Promise<DeadLetterSpool> {
    this.#spool ??= await this.#open()
    return this.#spool
  }

  async run(step: Command): Promise<void> {
    const spool = await this.spool()
    if (step.kind === 'append') await this.#append(spool, step.together)
    else if (step.kind === 'send') await this.#send(spool, step.settled)
    else if (step.kind === 'disk_fails') this.disk.failAfter(step.after, step.written)
    else if (step.kind === 'restart') await this.#restart()
    else if (step.kind === 'both') await this.#both(spool, step)
    else await this.#crash(spool, step)
  }

  /** Sends until nothing is left. */
  async drain(): Promise<void> {
    while ((await this.#send(await this.spool(), 1)) > 0);
  }

  async #both(spool: DeadLetterSpool, { together, settled }: { readonly together: number; readonly settled: number }): Promise<void> {
    await Promise.all([this.#append(spool, together), this.#send(spool, settled), this.#append(spool, together)])
  }

  async #send(spool: DeadLetterSpool, settled: number): Promise<number> {
    const batch = await spool.next()
    if (batch === null) return 0
    const count = Math.round(batch.entries.length * settled)
    for (const { entry } of batch.entries.slice(0, count)) this.sent.push(Buffer.from(entry.value).toString())
    await spool.markSent(batch, count)
    return batch.entries.length
  }

  async #append(spool: DeadLetterSpool, together: number): Promise<void> {
    const values = Array.from({ length: together }, () => `${(this.#appended += 1)}`)
    await Promise.all(
      values.map((value) =>
        spool.append({ topic: 'dlq', key: null, value: Buffer.from(value) }).then(
          () => void this.accepted.push(value),
          () => undefined,
        ),
      ),
    )
  }

  async #restart(): Promise<void> {
    await (await this.spool()).close().catch(() => undefined)
    this.disk.kill()
    this.#spool = null
  }

  async #crash(spool: DeadLetterSpool, step: Extract<Command, { kind: 'kill' | 'power_loss' }>): Promise<void> {
    void this.#both(spool, { together: 2, settled: 1 })
    for (let turn = 0; turn < step.afterTurns; turn += 1) await Promise.resolve()
    if (step.kind === 'kill') this.disk.kill()
    else this.disk.losePower(step)
    this.#spool = null
  }

  async #open(): Promise<DeadLetterSpool> {
    this.#life += 1
    const pid = this.#life
    const identity: OwnerIdentity = {
      own: async () => ({ pid, started: '1', machine: 'm' }),
      isAlive: async (other) => other.pid === pid,
    }
    const clock = createFakeClock(1_700_000_000_000 + this.#life * 1000)
    return DeadLetterSpool.open({ disk: this.disk.mount(), workerId: 'w', identity, clock, logger: silentLogger })
  }
}

describe('the spool', () => {
  it('loses nothing and keeps the order, whatever fails and whenever it is killed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (commands) => {
        const bench = new Bench()
        for (const step of commands) await bench.run(step)
        await bench.run({ kind: 'kill', afterTurns: 0 })
        await bench.drain()
        const firstSends = [...new Set(bench.sent)].filter((value) => bench.accepted.includes(value))
        expect(firstSends).toEqual(bench.accepted)
        expect((await bench.spool()).entries).toBe(0)
      }),
      { numRuns: 700 },
    )
  })

  it('sends nothing twice, and counts right, when nothing fails', async () => {
    const calm = command.filter(({ kind }) => kind === 'append' || kind === 'send' || kind === 'both' || kind === 'restart')
    await fc.assert(
      fc.asyncProperty(fc.array(calm, { maxLength: 30 }), async (commands) => {
        const bench = new Bench()
        for (const step of commands) {
          await bench.run(step)
          expect((await bench.spool()).entries).toBe(bench.accepted.length - bench.sent.length)
        }
        await bench.drain()
        expect(bench.sent).toEqual(bench.accepted)
        await (await bench.spool()).close()
        expect(bench.disk.names()).toEqual([])
      }),
    )
  })
})
