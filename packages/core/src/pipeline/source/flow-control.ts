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

/** Whether the source is to be paused, given whether it is: hysteresis between the limits. */
export function shouldPause(paused: boolean, load: FlowLoad, limits: FlowLimits): boolean {
  if (load.units >= limits.high || load.bytes >= limits.maxBytes) return true
  if (load.units <= limits.low && load.bytes <= limits.maxBytes / 2) return false
  return paused
}

/** Counts what is in the worker, hears who else wants the source to rest, and tells the listener when to pause and resume. */
export class FlowControl {
  readonly #limits: FlowLimits
  readonly #onChange: (paused: boolean) => void
  /** Everybody who wants the source to rest, by name: it flows when nobody does (spec BSP-10). */
  readonly #throttles = new Set<string>()
  #units = 0
  #bytes = 0
  #isFull = false
  #paused = false

  constructor(limits: FlowLimits, onChange: (paused: boolean) => void) {
    this.#limits = limits
    this.#onChange = onChange
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
    if (paused === this.#paused) return
    this.#paused = paused
    this.#onChange(paused)
  }
}
