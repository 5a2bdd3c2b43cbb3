/**
 * Whose turn it is with `executor.ordering`: units of messages stand in one line per key, and a unit starts when it is first
 * in all of its lines. A unit joins all of its lines at once, and units join one after another, so that of any two of them
 * the same one is ahead in every line they share: nobody waits for somebody who waits for him.
 *
 * A task may name messages of an earlier window that are still open. These leave their unit for that of the task: what came
 * of them before stays where it was, and they end with the later unit.
 */
import type { ExecutorTask } from '../../model/task.ts'
import type { Unit } from './units.ts'

/** A unit's place in one line. */
interface Place<U> {
  readonly line: string
  readonly ticket: Ticket<U>
  behind: Place<U> | null
}

interface Ticket<U> {
  readonly unit: U
  places: readonly Place<U>[]
  /** Lines in which somebody is ahead. */
  waitsIn: number
  /** Tasks and messages of the unit that have not ended. */
  open: number
  started: boolean
}

export interface TurnsPorts<U extends Unit> {
  /** The line of an open message; null: it waits for nobody. */
  readonly lineOf: (offset: number) => string | null
  /** Begins the unit's tasks. At most once per unit; may report ends before it returns. */
  readonly start: (unit: U) => void
}

export class Turns<U extends Unit> {
  readonly #ports: TurnsPorts<U>
  /** The last place of each line. */
  readonly #ends = new Map<string, Place<U>>()
  readonly #ofMessage = new Map<number, Ticket<U>>()
  readonly #ofTask = new Map<string, Ticket<U>>()
  readonly #ready: Ticket<U>[] = []
  #starting = false
  #stopped = false

  constructor(ports: TurnsPorts<U>) {
    this.#ports = ports
  }

  /** The units of a window, in the order in which they come to their turns. */
  enter(units: readonly U[]): void {
    for (const unit of units) this.#join(unit)
    this.#startReady()
  }

  /** The unit of the message has started. */
  hasTurn(offset: number): boolean {
    return this.#ofMessage.get(offset)?.started === true
  }

  /** A task that takes the place of another runs at the other's turn, whatever messages it names. Before the other has ended. */
  taskReplaced(parent: ExecutorTask, heir: ExecutorTask): void {
    const ticket = this.#ofTask.get(parent.taskId)
    if (ticket === undefined) return
    ticket.open += 1
    this.#ofTask.set(heir.taskId, ticket)
  }

  /** Not for a task that was given up: those behind it never start. */
  taskEnded(task: ExecutorTask): void {
    const ticket = this.#ofTask.get(task.taskId)
    this.#ofTask.delete(task.taskId)
    this.#pieceEnded(ticket)
    this.#startReady()
  }

  /** Once per message, when everything that came of it by itself is settled. Unknown messages are ignored. */
  messageEnded(offset: number): void {
    const ticket = this.#ofMessage.get(offset)
    this.#ofMessage.delete(offset)
    this.#pieceEnded(ticket)
    this.#startReady()
  }

  /** Nobody starts any more; who has started goes on to the end. */
  stop(): void {
    this.#stopped = true
  }

  #join(unit: U): void {
    const ticket: Ticket<U> = { unit, places: [], waitsIn: 0, open: unit.offsets.length + unit.tasks.length, started: false }
    ticket.places = this.#linesOf(unit).map((line) => this.#standBehind(line, ticket))
    if (ticket.waitsIn === 0) this.#ready.push(ticket)
    for (const task of unit.tasks) this.#ofTask.set(task.taskId, ticket)
    for (const offset of unit.offsets) {
      const earlier = this.#ofMessage.get(offset)
      this.#ofMessage.set(offset, ticket)
      this.#pieceEnded(earlier)
    }
  }

  #linesOf({ offsets }: Unit): readonly string[] {
    const lines = offsets.flatMap((offset) => this.#ports.lineOf(offset) ?? [])
    return lines.length > 1 ? [...new Set(lines)] : lines
  }

  #standBehind(line: string, ticket: Ticket<U>): Place<U> {
    const place: Place<U> = { line, ticket, behind: null }
    const ahead = this.#ends.get(line)
    if (ahead !== undefined) {
      ahead.behind = place
      ticket.waitsIn += 1
    }
    this.#ends.set(line, place)
    return place
  }

  #pieceEnded(ticket: Ticket<U> | undefined): void {
    if (ticket === undefined) return
    ticket.open -= 1
    if (ticket.open === 0 && ticket.started) this.#leave(ticket)
  }

  /** Of a unit that has started, so it is first in all of its lines. */
  #leave({ places }: Ticket<U>): void {
    for (const { line, behind } of places) {
      if (behind === null) {
        this.#ends.delete(line)
        continue
      }
      behind.ticket.waitsIn -= 1
      if (behind.ticket.waitsIn === 0) this.#ready.push(behind.ticket)
    }
  }

  /** One after another, however many come to their turns while one starts. */
  #startReady(): void {
    if (this.#starting) return
    this.#starting = true
    while (!this.#stopped) {
      const next = this.#ready.shift()
      if (next === undefined) break
      this.#start(next)
    }
    this.#starting = false
  }

  #start(ticket: Ticket<U>): void {
    ticket.started = true
    // All of its messages may have gone to later units.
    if (ticket.open === 0) this.#leave(ticket)
    else this.#ports.start(ticket.unit)
  }
}
