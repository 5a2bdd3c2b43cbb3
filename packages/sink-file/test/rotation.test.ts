import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { needsRotation, rotationRenames } from '../src/rotate.ts'
import { connectedSink } from './delivering.ts'

describe('rotation by size (FSS-10)', () => {
  it('is off by default, and an empty file takes any append', () => {
    expect(needsRotation(null, 1e9, 1e9)).toBe(false)
    expect(needsRotation({ bytes: 10, keep: 1 }, 0, 50)).toBe(false)
    expect(needsRotation({ bytes: 10, keep: 1 }, 5, 5)).toBe(false)
    expect(needsRotation({ bytes: 10, keep: 1 }, 5, 6)).toBe(true)
  })

  it('renames the oldest first', () => {
    expect(rotationRenames('x', 3)).toEqual([
      ['x.2', 'x.3'],
      ['x.1', 'x.2'],
      ['x', 'x.1'],
    ])
  })

  it('keeps the newest lines, whole and in order, in files of the size allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 25 }),
        async (rotate_bytes, rotate_keep, count) => {
          await using target = await connectedSink('batch', { rotate_bytes, rotate_keep })
          for (let n = 0; n < count; n += 1) expect(await target.deliver({ path: 'x', data: n })).toEqual(['ok'])
          const names = (await readdir(target.base)).toSorted((a, b) => b.localeCompare(a))
          const texts = await Promise.all(names.map((name) => readFile(join(target.base, name), 'utf8')))
          expect(names.length).toBeLessThanOrEqual(rotate_keep + 1)
          for (const text of texts) expect(text.length <= rotate_bytes || text.trimEnd().split('\n').length === 1).toBe(true)
          const lines = texts.flatMap((text) => text.split('\n').slice(0, -1)).map(Number)
          expect(lines).toEqual(Array.from({ length: lines.length }, (_, index) => count - lines.length + index))
          expect(lines.length === count || names.length === rotate_keep + 1).toBe(true)
        },
      ),
      { numRuns: 40 },
    )
  })
})
