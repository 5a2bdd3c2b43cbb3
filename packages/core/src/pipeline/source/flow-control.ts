/**
 * Backpressure: how much is in the worker, and when the source has to pause (spec SRC-10…15). The step is pure.
 */

export interface FlowLimits {
  /** Pause at this many units (queued messages and open tasks). */
  readonly high: number
  /** Resume at this many. */
  readonly low: number
  /** Pause at this many bytes of unsettled messages; resume at half of it. */
  readonly maxBytes: number
}

export interface FlowLoad {
  readonly units: number
  readonly bytes: number
}

export interface FlowListener {
  /** The source is to pause, or to go on. Called once per change. */
  readonly onPause?: (paused: boolean) => void
  /** What is in the worker, or who throttles, has changed. Called per message: must be cheap. */
  readonly onLoad?: () => void
}

/** Whether the source is to be paused, given whether it is: hysteresis between the limits. */
export function shouldPause(paused: boolean, load: FlowLoad, limits: FlowLimits): boolean {
  if (load.units >= limits.high || load.bytes >= limits.maxBytes) return true
  if (load.units <= limits.low && load.bytes <= limits.maxBytes / 2) return false
  return paused
}

/** Counts what is in the worker, hears who else wants the source to rest, and tells the listener when to pause and resume. */
export class FlowControl {
  readonly #limits: FlowLimits
  #listener: FlowListener = {}
  /** Everybody who wants the source to rest, by name: it flows when nobody does (spec BSP-10). */
  readonly #throttles = new Set<string>()
  #units = 0
  #bytes = 0
  #isFull = false
  #paused = false

  constructor(limits: FlowLimits) {
    this.#limits = limits
  }

  /** Sinks are built before the source that they may want to rest: the source joins when there is one. */
  listen(listener: FlowListener): void {
    this.#listener = listener
    if (this.#paused) listener.onPause?.(true)
  }

  get paused(): boolean {
    return this.#paused
  }

  get load(): FlowLoad {
    return { units: this.#units, bytes: this.#bytes }
  }

  /** Names of those who want the source to rest. */
  get throttles(): readonly string[] {
    return [...this.#throttles].toSorted()
  }

  /** Negative numbers take away. */
  add(units: number, bytes: number): void {
    this.#units += units
    this.#bytes += bytes
    this.#isFull = shouldPause(this.#isFull, { units: this.#units, bytes: this.#bytes }, this.#limits)
    this.#update()
  }

  /** Begins or ends a throttle; saying it twice changes nothing. */
  throttle(name: string, active: boolean): void {
    if (active) this.#throttles.add(name)
    else this.#throttles.delete(name)
    this.#update()
  }

  #update(): void {
    const paused = this.#isFull || this.#throttles.size > 0
    const changes = paused !== this.#paused
    this.#paused = paused
    if (changes) this.#listener.onPause?.(paused)
    this.#listener.onLoad?.()
  }
}
