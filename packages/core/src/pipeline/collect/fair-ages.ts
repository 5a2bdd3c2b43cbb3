/**
 * `executor.priority: fair`: ages that can be compared between partitions (spec HND-14). A message's age is how much its
 * partition had asked for before it, counted in tasks, on a clock that all partitions share: it stands at the oldest age that
 * is being served, so that a partition that was quiet gets its share from now on and nothing for the past. Partitions that
 * always have tasks waiting take turns; where ages are equal, the task that has waited longer is first.
 */

/** How far the executors have got. One per worker. */
export class ServedAge {
  #age = 0

  get age(): number {
    return this.#age
  }

  /** A task of this age has ended. */
  advance(age: number): void {
    if (age > this.#age) this.#age = age
  }
}

/** The ages of one assignment. */
export class FairAges {
  readonly #served: ServedAge
  #next = 0

  constructor(served: ServedAge) {
    this.#served = served
  }

  /** What asks now is as old as this. */
  get present(): number {
    return Math.max(this.#next, this.#served.age)
  }

  /** The age of a message with so many tasks. In offset order. */
  take(tasks: number): number {
    const age = this.present
    this.#next = age + tasks
    return age
  }

  /** A task of this age has ended. */
  ended(age: number): void {
    this.#served.advance(age)
  }
}
