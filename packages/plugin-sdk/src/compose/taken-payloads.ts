/** Which children of a fan-out took a payload that others did not, so that a retry goes to the others only. Bounded. */
import type { SinkResponse } from '../response.ts'

type TakenBy = Map<string, SinkResponse>

export class TakenPayloads {
  readonly #byId = new Map<string, TakenBy>()
  readonly #most: number

  /** Beyond `most` payloads the oldest is forgotten: its retry goes to every child again. */
  constructor(most: number) {
    this.#most = most
  }

  /** Answers of the children that have taken the payload, by name. A first attempt forgets what an earlier run left. */
  of(item: { readonly id: string; readonly attempt: number }): ReadonlyMap<string, SinkResponse> {
    if (item.attempt === 0) this.#byId.delete(item.id)
    return this.#byId.get(item.id) ?? new Map()
  }

  /** Remembers who has taken a payload that is not done; it is the youngest now. */
  keep(id: string, takenBy: TakenBy): void {
    this.#byId.delete(id)
    if (takenBy.size === 0) return
    this.#byId.set(id, takenBy)
    const [oldest] = this.#byId.keys()
    if (this.#byId.size > this.#most && oldest !== undefined) this.#byId.delete(oldest)
  }

  /** Nobody needs to know about a payload that is done. */
  done(id: string): void {
    this.#byId.delete(id)
  }

  /** What a child had taken did not become durable: it gets everything again. */
  forgetChild(name: string): void {
    for (const takenBy of this.#byId.values()) takenBy.delete(name)
  }
}
