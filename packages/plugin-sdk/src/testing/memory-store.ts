/** The target of the memory sink: inspectable, and able to fail in every way the conformance kit asks for. */
import { isDeepStrictEqual } from 'node:util'
import type { MemoryPayload } from './memory-sink.ts'

export interface MemoryEntry {
  readonly id: string
  readonly payload: MemoryPayload
  /** The bytes it came in, when its writer gave them. */
  readonly body?: Uint8Array
}

export interface MemoryStore {
  /** What was written, oldest first, durable or not. */
  readonly entries: readonly MemoryEntry[]
  /** What would survive a crash. */
  readonly durable: readonly MemoryEntry[]
  /** Connections that were opened and not released. */
  readonly openHandles: number
  /** Calls fail with `ECONNREFUSED` while false. */
  isReachable: boolean
  /** Entries with this payload fail for a passing reason. */
  failForNow(payload: object): void
  failsForNow(payload: MemoryPayload): boolean
  /** Flushes fail while true. */
  failsFlush: boolean
  /** Calls wait until `unstall`, or until their signal aborts. */
  stall(): void
  unstall(): void
  /** A handle to give back. */
  open(): { release(): void }
  /** Passes when the store answers. Rejects with the signal's reason, or when it is unreachable. */
  reach(signal: AbortSignal): Promise<void>
  /** `key`: an entry with the same key is replaced; without one the entry is added. */
  put(entry: MemoryEntry, key?: string): void
  /** Makes everything written so far durable. */
  sync(): void
  /** Keeps an answer until `ttlSeconds` have passed by `passTime`. */
  serve(id: string, body: Uint8Array, ttlSeconds: number): void
  /** Null: unknown or expired. */
  served(id: string): Uint8Array | null
  /** The only time there is for what is served. */
  passTime(seconds: number): void
}

export function createMemoryStore(): MemoryStore {
  const entries = new Map<string, MemoryEntry>()
  let durable: readonly MemoryEntry[] = []
  let openHandles = 0
  let written = 0
  let stalled: PromiseWithResolvers | undefined
  let elapsedSeconds = 0
  let failing: object | undefined
  const answers = new Map<string, { readonly body: Uint8Array; readonly expiresAt: number }>()
  const store: MemoryStore = {
    get entries() {
      return [...entries.values()]
    },
    get durable() {
      return durable
    },
    get openHandles() {
      return openHandles
    },
    isReachable: true,
    failForNow: (payload) => void (failing = payload),
    failsForNow: (payload) => failing !== undefined && isDeepStrictEqual(payload, failing),
    failsFlush: false,
    stall: () => (stalled ??= withResolvers()),
    unstall() {
      stalled?.resolve()
      stalled = undefined
    },
    open() {
      let isOpen = true
      openHandles += 1
      return {
        release() {
          if (isOpen) openHandles -= 1
          isOpen = false
        },
      }
    },
    async reach(signal) {
      signal.throwIfAborted()
      if (stalled !== undefined) await untilAborted(stalled.promise, signal)
      if (!store.isReachable) throw Object.assign(new Error('connect ECONNREFUSED memory'), { code: 'ECONNREFUSED' })
    },
    put(entry, key) {
      written += 1
      entries.set(key === undefined ? `#${written}` : `=${key}`, structuredClone(entry))
    },
    sync() {
      durable = [...entries.values()]
    },
    serve: (id, body, ttlSeconds) => void answers.set(id, { body: body.slice(), expiresAt: elapsedSeconds + ttlSeconds }),
    served(id) {
      const answer = answers.get(id)
      return answer === undefined || answer.expiresAt <= elapsedSeconds ? null : answer.body
    },
    passTime: (seconds) => void (elapsedSeconds += seconds),
  }
  return store
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>
  resolve(): void
}

function withResolvers(): PromiseWithResolvers {
  let resolve = (): void => {}
  const promise = new Promise<void>((resolvePromise) => {
    resolve = resolvePromise
  })
  return { promise, resolve: () => resolve() }
}

function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    void promise.then(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
  })
}
