/**
 * The ledger: every message of the source topic is an obligation, named by its place `partition/offset`, which must come to an end.
 * Knows nothing of brokers or files.
 */
import { committedUnsettled, judge } from '../../support/faults/ledger.ts'
import { modeOf, type ModeName } from '../modes.ts'
import type { Finding, OracleVerdict } from './oracle-api.ts'
import { expectedResult, type PlannedMessage } from './message-plan.ts'

interface Obligation {
  readonly place: string
  readonly partition: number
  readonly offset: number
  readonly message: Pick<PlannedMessage, 'id' | 'key' | 'mode' | 'text'>
  executions: number
  /** How many of them have not ended. */
  unended: number
  isForgiven: boolean
}

const shown = 5

export class Obligations {
  readonly #byPlace = new Map<string, Obligation>()
  readonly #delivered: string[] = []
  readonly #dead: string[] = []
  readonly #settled = new Set<string>()
  readonly #deliveredOnce = new Set<string>()
  readonly #corrupted: string[] = []
  readonly #committedEarly = new Set<string>()
  readonly #byMode: Record<string, number> = {}
  readonly #messagesByMode: Record<string, number> = {}
  readonly #deadBy: Record<string, Record<string, number>> = {}
  /** Per partition: everything below is known to have an end or to have been named. */
  readonly #checkedTo = new Map<number, number>()
  /** Per partition: the offset after the last one produced. */
  readonly ends = new Map<number, number>()
  #forgiven = 0
  #executions = 0
  #unended = 0
  #kills = 0
  #killCosts = 0
  #highestCost = 0

  get counts() {
    return {
      produced: this.#byPlace.size,
      delivered: this.#deliveredOnce.size,
      dead: new Set(this.#dead).size,
      settled: this.#settled.size,
      forgiven: this.#forgiven,
      executions: this.#executions,
      unended: this.#unended,
      byMode: { ...this.#byMode },
      messagesByMode: { ...this.#messagesByMode },
      deadBy: structuredClone(this.#deadBy),
    }
  }

  produced(partition: number, offset: number, message: PlannedMessage): void {
    const place = `${partition}/${offset}`
    const { id, key, mode, text } = message
    this.ends.set(partition, Math.max(offset + 1, this.ends.get(partition) ?? 0))
    this.#messagesByMode[mode] = (this.#messagesByMode[mode] ?? 0) + 1
    this.#byPlace.set(place, { place, partition, offset, message: { id, key, mode, text }, executions: 0, unended: 0, isForgiven: false })
  }

  delivered(place: string, value: string): void {
    this.#delivered.push(place)
    this.#deliveredOnce.add(place)
    this.#settled.add(place)
    const obligation = this.#byPlace.get(place)
    if (obligation !== undefined && value !== expectedResult(obligation.message, place))
      this.#corrupted.push(`${place}: ${value.slice(0, 200)}`)
  }

  deadLettered(place: string, reason = 'unknown'): void {
    const mode = this.#byPlace.get(place)?.message.mode ?? 'unknown'
    const reasons = (this.#deadBy[mode] ??= {})
    reasons[reason] = (reasons[reason] ?? 0) + 1
    this.#dead.push(place)
    this.#settled.add(place)
  }

  began(place: string, mode: string): void {
    const obligation = this.#byPlace.get(place)
    this.#executions += 1
    this.#byMode[mode] = (this.#byMode[mode] ?? 0) + 1
    if (obligation === undefined) return
    obligation.executions += 1
    obligation.unended += 1
    this.#unended += 1
  }

  ended(place: string): void {
    const obligation = this.#byPlace.get(place)
    if (obligation === undefined || obligation.unended === 0) return
    obligation.unended -= 1
    this.#unended -= 1
  }

  /** `committed` was read before the ends that are known now. */
  checkCommitted(committed: ReadonlyMap<number, number>): void {
    for (const [partition, end] of committed) {
      const from = this.#checkedTo.get(partition) ?? 0
      for (let offset = from; offset < end; offset += 1) {
        const obligation = this.#byPlace.get(`${partition}/${offset}`)
        if (obligation === undefined || obligation.isForgiven || this.#settled.has(obligation.place)) continue
        this.#committedEarly.add(obligation.place)
      }
      this.#checkedTo.set(partition, Math.max(from, end))
    }
    this.#highestCost = Math.max(this.#highestCost, this.#uncommitted(committed))
  }

  /** Returns what this kill may cost. */
  countKill(committed: ReadonlyMap<number, number>): number {
    const cost = this.#uncommitted(committed)
    this.#kills += 1
    this.#killCosts += cost
    return cost
  }

  /** Returns how many had no end. */
  forgive(partition: number, below: number): number {
    let unsettled = 0
    for (const obligation of this.#byPlace.values()) {
      if (obligation.partition !== partition || obligation.offset >= below || this.#settled.has(obligation.place)) continue
      obligation.isForgiven = true
      unsettled += 1
    }
    this.#forgiven += unsettled
    return unsettled
  }

  /** The first places without an end. */
  unsettled(): readonly string[] {
    return [...this.#byPlace.values()].flatMap(({ place, isForgiven }) => (isForgiven || this.#settled.has(place) ? [] : [place]))
  }

  verdict(committed: ReadonlyMap<number, number>): OracleVerdict {
    const owed = [...this.#byPlace.values()].filter(({ isForgiven }) => !isForgiven)
    const entries = owed.map(({ place, partition, offset, message }) => {
      const refused = modeOf(message.mode).end === 'dead'
      return { id: place, key: message.key, n: offset, partition, offset, refused }
    })
    const known = new Set(this.#byPlace.keys())
    const found = judge(entries, { delivered: this.#delivered, dead: this.#dead, spooled: [], skipped: [] })
    const early = [...this.#committedEarly, ...committedUnsettled(entries, committed, this.#settled)]
    return {
      messages: entries.length,
      delivered: this.#deliveredOnce.size,
      dead: new Set(this.#dead).size,
      missing: finding(found.missing.map((place) => this.#describe(place))),
      corrupted: finding(this.#corrupted),
      unknown: finding(found.unknown.filter((place) => !known.has(place))),
      unexpectedDead: finding(this.#wrong(this.#dead, 'delivered')),
      unexpectedDelivered: finding(this.#wrong(this.#delivered, 'dead')),
      committedEarly: finding([...new Set(early)]),
      inversions: finding(found.inversions),
      duplicates: found.duplicates,
      uncommitted: entries.filter(({ partition, offset }) => offset >= (committed.get(partition) ?? 0)).length,
      executions: this.#executions,
      reExecuted: owed.reduce((sum, obligation) => sum + reExecutions(obligation), 0),
      kills: this.#kills,
      crashCost: this.#kills > 0 ? this.#killCosts : this.#highestCost,
    }
  }

  #uncommitted(committed: ReadonlyMap<number, number>): number {
    let count = 0
    for (const [partition, end] of this.ends) {
      for (let offset = committed.get(partition) ?? 0; offset < end; offset += 1) {
        const place = `${partition}/${offset}`
        if (this.#settled.has(place) || (this.#byPlace.get(place)?.executions ?? 0) > 0) count += 1
      }
    }
    return count
  }

  /** Ends of messages whose mode calls for the other end. */
  #wrong(places: readonly string[], rightEnd: 'delivered' | 'dead'): readonly string[] {
    const wrong = new Set(places.filter((place) => this.#byPlace.get(place)?.message.mode !== undefined && this.#endOf(place) === rightEnd))
    return [...wrong].map((place) => this.#describe(place))
  }

  #endOf(place: string): string | undefined {
    const mode = this.#byPlace.get(place)?.message.mode
    return mode === undefined ? undefined : modeOf(mode).end
  }

  #describe(place: string): string {
    const mode: ModeName | undefined = this.#byPlace.get(place)?.message.mode
    return `${place} (${mode ?? 'unknown'})`
  }
}

function reExecutions({ message, executions }: Obligation): number {
  const { attempts = 1 } = modeOf(message.mode)
  return Math.max(0, executions - attempts)
}

function finding(places: readonly string[]): Finding {
  return { count: places.length, some: places.slice(0, shown) }
}
