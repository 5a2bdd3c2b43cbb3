import { LogError, type LogRecord } from '@drakkar/plugin-sdk/log'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { replayDeadLetters, type ReplayOptions } from './replay-run.ts'
import type { ReplayTarget } from './replay-target.ts'
import { parseWhere } from './where-condition.ts'

function letter(offset: number, payloads: readonly string[] = [`{"n":${offset}}`]): LogRecord {
  const value = { original_payloads: payloads, sink_name: 's', sink_type: 't', error: 'e', timestamp: 1, partition: 0, attempt_count: 1 }
  return { topic: 'dlq', partition: 0, offset, key: null, value: Buffer.from(JSON.stringify(value)), headers: [], timestamp: 1 }
}

async function* records(all: readonly LogRecord[]): AsyncGenerator<LogRecord> {
  yield* all
}

/** Publishes into `published`; `onMessage` may throw. */
function targetOf(published: string[], onMessage: (text: string) => void = () => undefined): ReplayTarget {
  return {
    prepare: ({ record }) => ({
      ok: true,
      count: record.original_payloads.length,
      duplicates: 0,
      publish: async (call) => {
        for (const text of record.original_payloads) {
          await call.pace()
          onMessage(text)
          published.push(text)
          call.published(1)
        }
      },
    }),
    close: async () => undefined,
  }
}

function optionsOf(given: Partial<ReplayOptions> & Pick<ReplayOptions, 'target'>, all = [letter(0), letter(1), letter(2)]): ReplayOptions {
  return {
    log: { read: () => records(all) },
    topic: 'dlq',
    ranges: new Map([[0, { start: 0, end: 3 }]]),
    filter: { text: null, sinceMs: null, untilMs: null, sinkType: null, sinkName: null, where: [] },
    dryRun: false,
    onError: 'stop',
    limit: null,
    ratePerSecond: null,
    saveProgress: null,
    saveEveryMs: 0,
    clock: createFakeClock(),
    signal: new AbortController().signal,
    listener: { progress: async () => undefined, skipped: async () => undefined, refused: async () => undefined },
    ...given,
  }
}

describe('a replay', () => {
  it('ends at the end offset of its start, whatever is written meanwhile', async () => {
    const published: string[] = []
    const all = [letter(0), letter(1), letter(2), letter(3), letter(4)]
    const { end, counts } = await replayDeadLetters(optionsOf({ target: targetOf(published) }, all))
    expect([end, counts.read, published.length]).toEqual(['drained', 3, 3])
  })

  it('counts what a dry run would publish, and saves nothing', async () => {
    const published: string[] = []
    const saveProgress = () => Promise.reject(new Error('a dry run saves nothing'))
    const { counts, failures } = await replayDeadLetters(optionsOf({ target: targetOf(published), dryRun: true, saveProgress }))
    expect(counts).toMatchObject({ published: 0, wouldPublish: 3 })
    expect([published, failures]).toEqual([[], []])
  })

  it('tells the entry that failed and the last one that did not, and keeps what had arrived', async () => {
    const published: string[] = []
    const target = targetOf(published, (text) => {
      if (text === 'b') throw new Error('broker gone')
    })
    const all = [letter(0), letter(1, ['a', 'b', 'c']), letter(2)]
    const result = await replayDeadLetters(optionsOf({ target }, all))
    expect(result).toMatchObject({
      end: 'failed',
      counts: { read: 2, published: 2, errors: 1 },
      failures: [{ during: 'publish', entry: { partition: 0, offset: 1 }, error: new Error('broker gone') }],
    })
    expect([...result.lastPublished]).toEqual([[0, 0]])
    expect(published).toEqual(['{"n":0}', 'a'])
  })

  it('passes over what is refused for good when asked to, and tells what it was', async () => {
    const published: string[] = []
    const target = targetOf(published, (text) => {
      if (text === 'b') throw new LogError({ kind: 'permanent', message: 'too large' })
    })
    const refused: unknown[] = []
    const saved: number[] = []
    const saveProgress = async (positions: ReadonlyMap<number, number>) => void saved.push(positions.get(0) ?? -1)
    const options = optionsOf({ target, onError: 'skip', saveProgress }, [letter(0), letter(1, ['a', 'b']), letter(2)])
    const listener = {
      ...options.listener,
      refused: async ({ offset }: { readonly offset: number }, error: unknown) => void refused.push([offset, error]),
    }
    const result = await replayDeadLetters({ ...options, listener })
    expect(result).toMatchObject({ end: 'drained', failures: [], counts: { read: 3, published: 3, errors: 1 } })
    expect(refused).toEqual([[1, new LogError({ kind: 'permanent', message: 'too large' })]])
    expect([saved.at(-1), [...result.lastPublished]]).toEqual([3, [[0, 2]]])
  })

  it.each<[string, ReplayOptions['onError'], unknown]>([
    ['a refusal', 'stop', new LogError({ kind: 'permanent', message: 'x' })],
    ['a broker that is gone', 'skip', new LogError({ kind: 'transient', message: 'x' })],
  ])('ends at %s with %s', async (_case, onError, error) => {
    const target = targetOf([], () => {
      throw error
    })
    const { end, counts } = await replayDeadLetters(optionsOf({ target, onError }))
    expect([end, counts.read, counts.errors]).toEqual(['failed', 1, 1])
  })

  it('counts the messages it leaves out', async () => {
    const prepare = () => ({ ok: true, count: 0, duplicates: 2, publish: async () => undefined }) as const
    const target = { prepare, close: async () => undefined }
    expect((await replayDeadLetters(optionsOf({ target }))).counts.duplicates).toBe(6)
    expect((await replayDeadLetters(optionsOf({ target, dryRun: true }))).counts.duplicates).toBe(6)
  })

  it('tells the conditions whose path led nowhere, if there was anything to look into', async () => {
    const where = ['payload.n=77', 'payload.m=1'].map((text) => {
      const parsed = parseWhere(text)
      if (!parsed.ok) throw new Error(parsed.reason)
      return parsed.condition
    })
    const given = optionsOf({ target: targetOf([]) })
    const options = { ...given, filter: { ...given.filter, where } }
    expect((await replayDeadLetters(options)).pathsNotFound.map(({ path }) => path)).toEqual(['payload.m'])
    expect((await replayDeadLetters({ ...options, ranges: new Map() })).pathsNotFound).toEqual([])
  })

  it('finishes the entry it is in when it is interrupted, without waiting for the rate', async () => {
    const published: string[] = []
    const stop = new AbortController()
    const saved: (readonly [number, number][])[] = []
    const target = targetOf(published, (text) => (text === 'a' ? stop.abort('SIGINT') : undefined))
    const saveProgress = async (positions: ReadonlyMap<number, number>) => void saved.push([...positions])
    const options = optionsOf({ target, signal: stop.signal, ratePerSecond: 0.001, saveProgress }, [letter(0, ['a', 'b']), letter(1)])
    const { end } = await replayDeadLetters(options)
    expect([end, published]).toEqual(['interrupted', ['a', 'b']])
    expect(saved.at(-1)).toEqual([[0, 1]])
  })

  it('begins no entry after an interruption that came while it waited', async () => {
    const published: string[] = []
    const clock = createFakeClock()
    const stop = new AbortController()
    const saved: number[] = []
    const saveProgress = async (positions: ReadonlyMap<number, number>) => void saved.push(positions.get(0) ?? -1)
    const running = replayDeadLetters(
      optionsOf({ target: targetOf(published), ratePerSecond: 0.001, clock, signal: stop.signal, saveProgress }),
    )
    await clock.advance(0)
    stop.abort('SIGINT')
    const { end, failures } = await running
    expect([end, failures, published, saved]).toEqual(['interrupted', [], ['{"n":0}'], [1]])
  })

  it('keeps the rate', async () => {
    const published: string[] = []
    const clock = createFakeClock()
    const running = replayDeadLetters(optionsOf({ target: targetOf(published), ratePerSecond: 2, clock }))
    await clock.advance(0)
    expect(published).toHaveLength(1)
    await clock.advance(400)
    expect(published).toHaveLength(1)
    await clock.advance(100)
    expect(published).toHaveLength(2)
    await clock.advance(1000)
    expect((await running).end).toBe('drained')
  })

  it('saves every so often, and the last position in any case', async () => {
    const saved: number[] = []
    const saveProgress = async (positions: ReadonlyMap<number, number>) => void saved.push(positions.get(0) ?? -1)
    await replayDeadLetters(optionsOf({ target: targetOf([]), saveProgress, saveEveryMs: 60_000 }))
    expect(saved).toEqual([1, 3])
  })

  it('ends when its progress cannot be saved', async () => {
    const published: string[] = []
    const saveProgress = () => Promise.reject(new Error('disk full'))
    const { end, failures } = await replayDeadLetters(optionsOf({ target: targetOf(published), saveProgress }))
    expect([end, published.length]).toEqual(['failed', 1])
    expect(failures[0]).toMatchObject({ during: 'save', error: new Error('disk full') })
  })

  it('tells when reading fails', async () => {
    async function* broken(): AsyncGenerator<LogRecord> {
      yield letter(0)
      throw new Error('no leader')
    }
    const { end, failures, counts } = await replayDeadLetters(optionsOf({ target: targetOf([]), log: { read: broken } }))
    expect([end, counts.published, counts.errors]).toEqual(['failed', 1, 1])
    expect(failures).toMatchObject([{ during: 'read', entry: null }])
  })
})
