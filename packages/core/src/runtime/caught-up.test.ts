import type { LogAdmin, OffsetRange } from '@drakkar/plugin-sdk/log'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../observability/logger.ts'
import { caughtUp } from './caught-up.ts'

function watch(
  ends: readonly (readonly [number, OffsetRange])[],
  committed: Map<number, number>,
  options: { readonly signal?: AbortSignal; readonly failures?: number } = {},
) {
  const { signal = new AbortController().signal } = options
  let failures = options.failures ?? 0
  const clock = createFakeClock()
  const admin: LogAdmin = {
    createTopic: async () => undefined,
    describeTopic: async () => null,
    offsets: async () => new Map(ends),
    committed: async () => {
      failures -= 1
      if (failures >= 0) throw new Error('the coordinator moves')
      return new Map(committed)
    },
    deleteRecords: async () => undefined,
    close: async () => undefined,
  }
  return { clock, done: caughtUp({ admin, topic: 'input', group: 'g', clock, signal, logger: silentLogger }) }
}

describe('caughtUp', () => {
  it('is at once for an empty topic, and for partitions whose records are all gone', async () => {
    const { done } = watch(
      [
        [0, { start: 0, end: 0 }],
        [1, { start: 9, end: 9 }],
      ],
      new Map(),
    )
    expect(await done).toBe(true)
  })

  it('waits for every partition to be committed to where it ended', async () => {
    const committed = new Map([[0, 5]])
    const { clock, done } = watch(
      [
        [0, { start: 0, end: 5 }],
        [1, { start: 2, end: 4 }],
      ],
      committed,
    )
    let ended = false
    void done.then(() => {
      ended = true
    })
    await clock.advance(10_000)
    committed.set(1, 3)
    await clock.advance(10_000)
    expect(ended).toBe(false)
    committed.set(1, 4)
    await clock.advance(10_000)
    expect(ended).toBe(true)
    expect(await done).toBe(true)
  })

  it('ends without success when it is aborted', async () => {
    const stop = new AbortController()
    const { clock, done } = watch([[0, { start: 0, end: 5 }]], new Map(), { signal: stop.signal })
    await clock.advance(1000)
    stop.abort()
    expect(await done).toBe(false)
  })

  it('looks again when a look fails', async () => {
    const { clock, done } = watch([[0, { start: 0, end: 5 }]], new Map([[0, 5]]), { failures: 3 })
    await clock.advance(10_000)
    expect(await done).toBe(true)
  })
})
