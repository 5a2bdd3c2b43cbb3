import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryServingStore, type MemoryServingStoreOptions } from './memory-serving-store.ts'

const { signal } = new AbortController()
const text = (body: string) => Buffer.from(body)

function storeWith(options: Omit<MemoryServingStoreOptions, 'clock'> = {}) {
  const clock = createFakeClock()
  const store = createMemoryServingStore({ clock, ...options })
  return {
    clock,
    store,
    put: (id: string, body: string | Uint8Array, ttlSeconds = 60) =>
      store.put(id, typeof body === 'string' ? text(body) : body, { signal, ttlSeconds }),
    get: async (id: string) => {
      const body = await store.get(id, { signal })
      return body === null ? null : Buffer.from(body).toString('latin1')
    },
  }
}

describe('an answer', () => {
  it('is found by its id, byte for byte, and no other id finds it', async () => {
    const { store, put } = storeWith()
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
    await put('a', bytes)
    expect(await store.get('a', { signal })).toEqual(bytes)
    expect(await store.get('b', { signal })).toBeNull()
  })

  it('replaces the one before', async () => {
    const { store, put, get } = storeWith()
    await put('a', 'first')
    await put('a', 'second')
    expect([await get('a'), store.entries, store.bytes]).toEqual(['second', 1, 7])
  })

  it('expires when its time is over, not before (NMF-15)', async () => {
    const { clock, store, put, get } = storeWith()
    await put('a', 'x', 1.5)
    await clock.advance(1499)
    expect(await get('a')).toBe('x')
    await clock.advance(1)
    expect([await get('a'), store.entries, store.bytes]).toEqual([null, 0, 0])
  })

  it('begins its time again when it is put again', async () => {
    const { clock, put, get } = storeWith()
    await put('a', 'x', 10)
    await clock.advance(9000)
    await put('a', 'y', 10)
    await clock.advance(9000)
    expect(await get('a')).toBe('y')
  })

  it('does not change with the buffers of those who put and got it', async () => {
    const { store, put, get } = storeWith()
    const body = text('abc')
    await put('a', body)
    body.fill(0)
    const got = await store.get('a', { signal })
    got?.fill(0)
    expect(await get('a')).toBe('abc')
  })
})

describe('a full store', () => {
  it('forgets what was put first, also when it was asked for', async () => {
    const { put, get, store } = storeWith({ maxEntries: 2 })
    await put('a', '1')
    await put('b', '2')
    await get('a')
    await put('c', '3')
    expect([await get('a'), await get('b'), await get('c'), store.entries]).toEqual([null, '2', '3', 2])
  })

  it('forgets as many as the new answer needs', async () => {
    const { put, get, store } = storeWith({ maxBytes: 10 })
    await put('a', '123')
    await put('b', '123')
    await put('c', '1234567')
    expect([await get('a'), await get('b'), await get('c'), store.bytes]).toEqual([null, null, '1234567', 8])
  })

  it('forgets expired answers with the next put', async () => {
    const { clock, put, store } = storeWith()
    await put('a', '1', 1)
    await put('b', '2', 1)
    await put('c', '3', 60)
    await clock.advance(1000)
    await put('d', '4')
    expect(store.entries).toBe(2)
  })
})

it('refuses an answer that is larger than the store, and keeps the others', async () => {
  const { put, get } = storeWith({ maxBytes: 10 })
  await put('a', '1')
  await expect(put('b', '1234567890')).rejects.toMatchObject({ kind: 'permanent' })
  expect(await get('a')).toBe('1')
})

it.each([0, -1, Number.NaN])('refuses the time to live %s', async (ttlSeconds) => {
  const { put } = storeWith()
  await expect(put('a', 'x', ttlSeconds)).rejects.toMatchObject({ kind: 'permanent' })
})

it('does nothing for a call that is aborted', async () => {
  const { store, get } = storeWith()
  const aborted = AbortSignal.abort()
  await expect(store.put('a', text('x'), { signal: aborted, ttlSeconds: 1 })).rejects.toMatchObject({ kind: 'transient' })
  await expect(store.get('a', { signal: aborted })).rejects.toMatchObject({ kind: 'transient' })
  expect(await get('a')).toBeNull()
})

const step = fc.oneof(
  fc.record({ id: fc.constantFrom('a', 'bb', 'ccc', 'd'), size: fc.nat(8), ttlSeconds: fc.constantFrom(1, 3, 10) }),
  fc.record({ waitMs: fc.constantFrom(500, 1000, 2500) }),
  fc.record({ ask: fc.constantFrom('a', 'bb', 'ccc', 'd') }),
)

it('whatever is put: it finds what a list of all puts would find in its youngest part that fits, and never exceeds its limits', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const limits = { maxEntries: 3, maxBytes: 20 }
      const { clock, store, put, get } = storeWith(limits)
      let model: { id: string; body: string; expiresAtMs: number }[] = []
      const size = () => model.reduce((sum, { id, body }) => sum + id.length + body.length, 0)
      for (const [n, one] of steps.entries()) {
        if ('waitMs' in one) await clock.advance(one.waitMs)
        else if ('ask' in one) {
          const known = model.find(({ id, expiresAtMs }) => id === one.ask && expiresAtMs > clock.monotonicMs())
          expect(await get(one.ask)).toBe(known?.body ?? null)
          if (known === undefined) model = model.filter(({ id }) => id !== one.ask)
        } else {
          const body = String(n % 10).repeat(one.size)
          await put(one.id, body, one.ttlSeconds)
          model = model.filter(({ id }) => id !== one.id)
          model.push({ id: one.id, body, expiresAtMs: clock.monotonicMs() + one.ttlSeconds * 1000 })
          const mustGo = () => {
            const oldest = model[0]
            const isTooMuch = model.length > limits.maxEntries || size() > limits.maxBytes
            return oldest !== undefined && model.length > 1 && (isTooMuch || oldest.expiresAtMs <= clock.monotonicMs())
          }
          while (mustGo()) model.shift()
        }
        expect([store.entries, store.bytes]).toEqual([model.length, size()])
        expect(store.entries <= limits.maxEntries && store.bytes <= limits.maxBytes).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})
