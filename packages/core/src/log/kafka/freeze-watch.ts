/**
 * Notices that this process stood still for so long that the group has given it up: stopped by a signal, by the machine,
 * or by code that never yielded. The broker would say so too, but with the first heartbeat only, and until then a woken
 * member goes on with what is somebody else's. A broker that does not answer is another matter: then this process runs,
 * nobody else can have taken over through that broker, and nothing is given up.
 */

export interface FreezeWatchOptions {
  readonly sessionTimeoutMs: number
  /** Called at most once per freeze. */
  readonly onFrozen: () => void
  /** Monotonic, and going on while the process stands still. Default: `performance.now`. */
  readonly now?: () => number
}

const tickMs = 250

export class FreezeWatch {
  readonly #options: FreezeWatchOptions
  readonly #now: () => number
  #timer: NodeJS.Timeout | null = null
  #lastTick = 0
  #lastContact = 0

  constructor(options: FreezeWatchOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  start(): void {
    this.#lastTick = this.#now()
    this.#lastContact = this.#lastTick
    this.#timer ??= setInterval(() => this.check(), tickMs).unref()
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  /** The group has answered: from here the session runs anew. */
  noteContact(): void {
    this.#lastContact = this.#now()
  }

  /** Cheap: before every step that must not be taken in somebody else's place. */
  check(): void {
    if (this.#timer === null) return
    const now = this.#now()
    const stoodStillMs = now - this.#lastTick
    this.#lastTick = now
    if (!wasGivenUp({ stoodStillMs, sinceContactMs: now - this.#lastContact, sessionTimeoutMs: this.#options.sessionTimeoutMs })) return
    this.#lastContact = now
    this.#options.onFrozen()
  }
}

export interface Standstill {
  /** Since this process last ran. */
  readonly stoodStillMs: number
  /** Since the group last answered. */
  readonly sinceContactMs: number
  readonly sessionTimeoutMs: number
}

/** Pure: the session has run out, and it was this process that stood still for most of it. */
export function wasGivenUp({ stoodStillMs, sinceContactMs, sessionTimeoutMs }: Standstill): boolean {
  return sinceContactMs > sessionTimeoutMs && stoodStillMs > sessionTimeoutMs / 2
}
