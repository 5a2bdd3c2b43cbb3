/** Sinks are there before the source they may want to rest: what they say until then is kept. */
export type Throttle = (name: string, active: boolean) => void

export class ThrottleRelay {
  readonly #said = new Map<string, boolean>()
  #target: Throttle | null = null

  readonly throttle: Throttle = (name, active) => {
    if (this.#target === null) this.#said.set(name, active)
    else this.#target(name, active)
  }

  connect(target: Throttle): void {
    this.#target = target
    for (const [name, active] of this.#said) target(name, active)
  }
}
