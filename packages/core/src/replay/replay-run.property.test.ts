/**
 * The promise of a checkpoint, against the simplest model: the list of selected entries. Runs are interrupted, limited, fail and
 * crash anywhere; every selected entry is published at least once, and exactly once when nothing crashed or failed half-way.
 */
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import type { LogRecord } from '@drakkar/plugin-sdk/log'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { planRanges } from './read-ranges.ts'
import { replayDeadLetters, type ReplayResult } from './replay-run.ts'
import type { ReplayTarget } from './replay-target.ts'

interface Letter {
  readonly partition: number
  readonly kind: 'selected' | 'filtered' | 'invalid' | 'unfit'
  readonly payloads: number
}

/** What happens to one run. Numbers count messages (publish, stop) or entries (limit). */
interface Trouble {
  readonly limit: number | null
  /** Ctrl+C arrives while this message is being published. */
  readonly stopAt: number | null
  /** This message is refused. */
  readonly refuseAt: number | null
  /** The process is gone before progress is saved this often. */
  readonly crashAtSave: number | null
}

const letters = fc.array(
  fc.record<Letter>({
    partition: fc.nat(2),
    kind: fc.constantFrom('selected', 'selected', 'filtered', 'invalid', 'unfit'),
    payloads: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 25 },
)
const sometimes = (numbers: fc.Arbitrary<number>) => fc.option(numbers, { nil: null, freq: 3 })
const gentle = { refuseAt: fc.constant(null), crashAtSave: fc.constant(null) }
const trouble = { limit: sometimes(fc.integer({ min: 1, max: 8 })), stopAt: sometimes(fc.nat(6)), ...gentle }
const gentleTroubles = fc.array(fc.record<Trouble>(trouble), { maxLength: 6 })
const roughTroubles = fc.array(fc.record<Trouble>({ ...trouble, refuseAt: sometimes(fc.nat(6)), crashAtSave: sometimes(fc.nat(6)) }), {
  maxLength: 8,
})

class Crash extends Error {}

/** The world that outlives a run: the topic, what was published, the checkpoint. */
class World {
  readonly published: string[] = []
  readonly selected: readonly string[]
  readonly #records: LogRecord[][] = [[], [], []]
  #saved: ReadonlyMap<number, number> = new Map()

  constructor(given: readonly Letter[]) {
    const selected: string[] = []
    for (const letter of given) {
      const partition = this.#records[letter.partition] ?? []
      const place = `${letter.partition}:${partition.length}`
      if (letter.kind === 'selected') for (let index = 0; index < letter.payloads; index += 1) selected.push(`${place}/${index}`)
      partition.push(recordOf(letter, partition.length))
    }
    this.selected = selected
  }

  async run({ limit, stopAt, refuseAt, crashAtSave }: Trouble): Promise<ReplayResult | null> {
    const stop = new AbortController()
    let messages = 0
    let saves = 0
    let crashed = false
    const target = this.#target(() => {
      const number = messages
      messages += 1
      if (crashed) throw new Crash()
      if (number === stopAt) stop.abort('SIGINT')
      if (number === refuseAt) throw new Error('refused')
    })
    const result = await replayDeadLetters({
      log: { read: (_topic, { partitions = [], from }) => this.#read(partitions, from) },
      topic: 'dlq',
      ranges: planRanges(this.#offsets(), { partitions: null, fromOffset: null, toOffset: null }, this.#saved),
      filter: { text: null, sinceMs: null, untilMs: null, sinkType: 'selected', sinkName: null, where: [] },
      target,
      dryRun: false,
      onError: 'stop',
      limit,
      ratePerSecond: null,
      saveProgress: async (positions) => {
        crashed ||= saves === crashAtSave
        saves += 1
        if (crashed) throw new Crash()
        this.#saved = new Map([...this.#saved, ...positions])
      },
      saveEveryMs: 0,
      clock: createFakeClock(),
      signal: stop.signal,
      listener: { progress: async () => undefined, skipped: async () => undefined, refused: async () => undefined },
    })
    return crashed ? null : result
  }

  #target(onMessage: () => void): ReplayTarget {
    return {
      prepare: ({ partition, offset, record }) =>
        record.sink_name === 'unfit'
          ? { ok: false, reason: 'unfit' }
          : {
              ok: true,
              count: record.original_payloads.length,
              duplicates: 0,
              publish: async ({ pace, published }) => {
                for (const index of record.original_payloads.keys()) {
                  await pace()
                  onMessage()
                  this.published.push(`${partition}:${offset}/${index}`)
                  published(1)
                }
              },
            },
      close: async () => undefined,
    }
  }

  async *#read(partitions: readonly number[], from: unknown): AsyncGenerator<LogRecord> {
    for (const partition of partitions) {
      const first = from instanceof Map ? Number(from.get(partition)) : 0
      yield* (this.#records[partition] ?? []).slice(first)
    }
  }

  #offsets() {
    return new Map(this.#records.map((records, partition) => [partition, { start: 0, end: records.length }]))
  }
}

function recordOf({ partition, kind, payloads }: Letter, offset: number): LogRecord {
  const letter = {
    original_payloads: Array.from({ length: payloads }, (_, index) => JSON.stringify({ index })),
    sink_name: kind,
    sink_type: kind === 'unfit' ? 'selected' : kind,
    error: 'bad',
    timestamp: 1,
    partition,
    attempt_count: 1,
  }
  const value = Buffer.from(kind === 'invalid' ? 'no json' : JSON.stringify(letter))
  return { topic: 'dlq', partition, offset, key: null, value, headers: [], timestamp: 1 }
}

const calm: Trouble = { limit: null, stopAt: null, refuseAt: null, crashAtSave: null }

it('publishes every selected payload exactly once, in order, over interruptions and limits', async () => {
  await fc.assert(
    fc.asyncProperty(letters, gentleTroubles, async (given, troubles) => {
      const world = new World(given)
      for (const one of troubles) await world.run(one)
      const last = await world.run(calm)
      expect(last?.end).toBe('drained')
      expect(world.published).toEqual(world.selected.toSorted(byPlace))
    }),
    { numRuns: 300 },
  )
})

it('publishes every selected payload at least once over crashes and refusals', async () => {
  await fc.assert(
    fc.asyncProperty(letters, roughTroubles, async (given, troubles) => {
      const world = new World(given)
      for (const one of troubles) await world.run(one)
      await world.run(calm)
      expect([...new Set(world.published)].toSorted(byPlace)).toEqual(world.selected.toSorted(byPlace))
    }),
    { numRuns: 300 },
  )
})

it('counts what one run does', async () => {
  await fc.assert(
    fc.asyncProperty(letters, async (given) => {
      const world = new World(given)
      const result = await world.run(calm)
      const of = (...kinds: readonly Letter['kind'][]) => given.filter(({ kind }) => kinds.includes(kind)).length
      expect(result?.counts).toEqual({
        read: given.length,
        published: world.selected.length,
        wouldPublish: 0,
        filteredOut: of('filtered'),
        skippedInvalid: of('invalid', 'unfit'),
        duplicates: 0,
        errors: 0,
      })
    }),
  )
})

/** `partition:offset/index`, all small numbers. */
function byPlace(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
