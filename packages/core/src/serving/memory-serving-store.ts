/**
 * Answers of SERVE in the memory of the worker (spec NMF-15, NMF-16), for one worker and for development: they end with the
 * process, and another worker does not see them.
 */
import { SinkError, type CallOptions, type Clock, type ServingStore } from '@drakkar/plugin-sdk'

export interface MemoryServingStoreOptions {
  /** Only elapsed time counts: a jump of the wall clock expires nothing. */
  readonly clock: Pick<Clock, 'monotonicMs'>
  /** Default 10 000. */
  readonly maxEntries?: number
  /** Ids and bodies together. Default 64 MiB. */
  readonly maxBytes?: number
}

export interface MemoryServingStore extends ServingStore {
  /** Answers kept, expired ones included that nobody has asked for. */
  readonly entries: number
  /** What they take, never more than `maxBytes`. */
  readonly bytes: number
}

interface Answer {
  readonly body: Uint8Array
  readonly bytes: number
  readonly expiresAtMs: number
}

/**
 * A full store forgets first what was put first, also when it has been asked for since: answers usually live equally long, so
 * that is what would expire first. `put` rejects with a permanent `SinkError` for an answer larger than the whole store and for
 * a time to live that is not above 0.
 */
export function createMemoryServingStore(options: MemoryServingStoreOptions): MemoryServingStore {
  return new MemoryStore(options)
}

class MemoryStore implements MemoryServingStore {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #maxEntries: number
  readonly #maxBytes: number
  /** In the order of the puts. */
  readonly #answers = new Map<string, Answer>()
  #bytes = 0

  constructor({ clock, maxEntries = 10_000, maxBytes = 64 * 1024 * 1024 }: MemoryServingStoreOptions) {
    this.#clock = clock
    this.#maxEntries = maxEntries
    this.#maxBytes = maxBytes
  }

  get entries(): number {
    return this.#answers.size
  }

  get bytes(): number {
    return this.#bytes
  }

  async put(id: string, body: Uint8Array, { signal, ttlSeconds }: CallOptions & { readonly ttlSeconds: number }): Promise<void> {
    assertNotAborted(signal)
    if (!(ttlSeconds > 0)) throw refused('its time to live is not above 0')
    const bytes = Buffer.byteLength(id) + body.byteLength
    if (bytes > this.#maxBytes || this.#maxEntries < 1) throw refused(`it takes ${bytes} bytes, the store has ${this.#maxBytes}`)
    this.#forget(id)
    this.#makeRoom(bytes)
    // Copied, because the sink may use its buffer again.
    this.#answers.set(id, { body: Uint8Array.from(body), bytes, expiresAtMs: this.#clock.monotonicMs() + ttlSeconds * 1000 })
    this.#bytes += bytes
  }

  async get(id: string, { signal }: CallOptions): Promise<Uint8Array | null> {
    assertNotAborted(signal)
    const answer = this.#answers.get(id)
    if (answer === undefined) return null
    if (!this.#isExpired(answer)) return Uint8Array.from(answer.body)
    this.#forget(id)
    return null
  }

  /** Ends with the first answer that may stay: those behind it are younger. */
  #makeRoom(bytes: number): void {
    for (const [id, answer] of this.#answers) {
      const hasRoom = this.#answers.size < this.#maxEntries && this.#bytes + bytes <= this.#maxBytes
      if (hasRoom && !this.#isExpired(answer)) return
      this.#forget(id)
    }
  }

  #forget(id: string): void {
    const answer = this.#answers.get(id)
    if (answer === undefined) return
    this.#answers.delete(id)
    this.#bytes -= answer.bytes
  }

  #isExpired({ expiresAtMs }: Answer): boolean {
    return this.#clock.monotonicMs() >= expiresAtMs
  }
}

function refused(reason: string): SinkError {
  return new SinkError({ kind: 'permanent', message: `The answer cannot be stored: ${reason}` })
}

function assertNotAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new SinkError({ kind: 'transient', message: 'The call was aborted', cause: signal.reason })
}
