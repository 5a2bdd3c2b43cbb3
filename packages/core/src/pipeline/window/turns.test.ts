/** Turns against a naive model: a list of units in the order of their tickets, searched from the front. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { task } from '../../model/make-task.ts'
import type { ExecutorTask } from '../../model/task.ts'
import { Turns } from './turns.ts'
import { tieUnits, type Unit } from './units.ts'

interface ModelUnit {
  readonly lines: ReadonlySet<string>
  /** `m3` for a message, a task's id for a task. */
  readonly open: Set<string>
  started: boolean
}

const keys = ['a', 'b', 'c', null] as const
const keyOf = (offset: number): string | null => keys[(offset * 7) % 4] ?? null

/** What `Turns` promises, written the slow and obvious way. */
class Model {
  readonly units: ModelUnit[] = []
  stopped = false

  enter(units: readonly Unit[]): void {
    for (const { offsets, tasks } of units) {
      for (const offset of offsets) for (const unit of this.units) unit.open.delete(`m${offset}`)
      const lines = new Set(offsets.flatMap((offset) => keyOf(offset) ?? []))
      const open = new Set([...offsets.map((offset) => `m${offset}`), ...tasks.map(({ taskId }) => taskId)])
      this.units.push({ lines, open, started: false })
    }
    this.start()
  }

  unitOf(piece: string): ModelUnit | undefined {
    return this.units.find(({ open }) => open.has(piece))
  }

  end(piece: string): void {
    this.unitOf(piece)?.open.delete(piece)
    this.start()
  }

  /** Whoever shares no line with somebody ahead of him that is not over. An emptied unit is over when it comes to its turn. */
  start(): void {
    if (this.stopped) return
    const ahead: ReadonlySet<string>[] = []
    for (const unit of this.units) {
      const isFree = ahead.every((lines) => [...unit.lines].every((line) => !lines.has(line)))
      if (isFree) unit.started = true
      if (!unit.started || unit.open.size > 0) ahead.push(unit.lines)
    }
  }

  get startedPieces(): readonly string[] {
    return this.units.filter(({ started }) => started).flatMap(({ open }) => [...open])
  }
}

type Step =
  | { readonly do: 'window'; readonly sources: readonly (readonly number[])[] }
  | { readonly do: 'end' | 'replace'; readonly pick: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('window' as const),
      sources: fc.array(fc.array(fc.nat(9), { maxLength: 3 }), { maxLength: 5 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'end' as const, 'replace' as const), pick: fc.nat() }) },
)

/** Both sides of the comparison, and the open messages and tasks. */
class Comparison {
  readonly #model = new Model()
  readonly #started = new Set<string>()
  readonly #tasks = new Map<string, ExecutorTask>()
  readonly #openMessages = new Set<number>()
  readonly #turns = new Turns<Unit>({
    lineOf: keyOf,
    start: ({ tasks }) => {
      for (const { taskId } of tasks) {
        assert.ok(!this.#started.has(taskId))
        this.#started.add(taskId)
      }
    },
  })
  #nextOffset = 0

  /** Three new messages a window; tasks name these and messages that are still open. */
  window(sources: readonly (readonly number[])[]): void {
    const fresh = [0, 1, 2].map((index) => this.#nextOffset + index)
    this.#nextOffset += 3
    for (const offset of fresh) this.#openMessages.add(offset)
    const nameable = [...this.#openMessages]
    const tasks = sources.map((picks) => {
      const sourceOffsets = [...new Set(picks.flatMap((pick) => nameable.at(-1 - pick) ?? []))]
      const made = task({ taskId: `t${this.#tasks.size}`, sourceOffsets })
      this.#tasks.set(made.taskId, made)
      return made
    })
    const units = tieUnits(fresh, tasks)
    this.#model.enter(units)
    this.#turns.enter(units)
    this.compare()
  }

  /** A task or message of a unit that has started ends; messages only when no task of theirs is open, as in the pipeline. */
  end(pick: number): boolean {
    const candidates = this.#model.startedPieces.filter((piece) => !piece.startsWith('m') || !this.#hasOpenTask(Number(piece.slice(1))))
    const piece = candidates[pick % candidates.length]
    if (piece === undefined) return false
    const ended = this.#tasks.get(piece)
    this.#model.end(piece)
    if (ended === undefined) {
      this.#openMessages.delete(Number(piece.slice(1)))
      this.#turns.messageEnded(Number(piece.slice(1)))
    } else this.#turns.taskEnded(ended)
    this.compare()
    return true
  }

  replace(pick: number): void {
    const candidates = this.#model.startedPieces.filter((piece) => this.#tasks.has(piece))
    const parent = this.#tasks.get(candidates[pick % candidates.length] ?? '')
    if (parent === undefined) return
    const heir = task({ taskId: `t${this.#tasks.size}`, sourceOffsets: parent.sourceOffsets })
    this.#tasks.set(heir.taskId, heir)
    this.#started.add(heir.taskId)
    this.#model.unitOf(parent.taskId)?.open.add(heir.taskId)
    this.#turns.taskReplaced(parent, heir)
    this.#model.end(parent.taskId)
    this.#turns.taskEnded(parent)
    this.compare()
  }

  /** Everything that has started ends. */
  finish(): void {
    for (let more = true; more;) more = this.end(0)
  }

  stop(): void {
    this.#model.stopped = true
    this.#turns.stop()
  }

  /** Everything that may start has, nothing else; no two units of a key at once. */
  compare(): void {
    const wrong = this.#model.units.flatMap(({ open, started }) => [...open].filter((piece) => this.#hasStarted(piece) !== started))
    assert.deepEqual(wrong, [])
    const running = this.#model.units.filter(({ started, open }) => started && open.size > 0).flatMap(({ lines }) => [...lines])
    assert.equal(new Set(running).size, running.length)
  }

  get left(): number {
    return this.#model.units.reduce((sum, { open }) => sum + open.size, 0)
  }

  #hasStarted(piece: string): boolean {
    return piece.startsWith('m') ? this.#turns.hasTurn(Number(piece.slice(1))) : this.#started.has(piece)
  }

  #hasOpenTask(offset: number): boolean {
    return this.#model.units.some(({ open }) => [...open].some((piece) => this.#tasks.get(piece)?.sourceOffsets.includes(offset)))
  }
}

describe('Turns', () => {
  it('starts exactly whom the model starts, and everybody in the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const comparison = new Comparison()
        for (const taken of steps) {
          if (taken.do === 'window') comparison.window(taken.sources)
          else if (taken.do === 'end') comparison.end(taken.pick)
          else comparison.replace(taken.pick)
        }
        comparison.finish()
        expect(comparison.left).toBe(0)
      }),
      { numRuns: 500 },
    )
  }, 60_000)

  it('starts nobody after a stop, and lets who has started come to the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20, size: 'max' }), fc.array(step, { maxLength: 20, size: 'max' }), (before, after) => {
        const comparison = new Comparison()
        const apply = (taken: Step): void => {
          if (taken.do === 'window') comparison.window(taken.sources)
          else comparison.end(taken.pick)
        }
        before.forEach(apply)
        comparison.stop()
        after.forEach(apply)
        comparison.finish()
      }),
      { numRuns: 300 },
    )
  }, 60_000)

  it('starts one after another, however long the line of those that have nothing to do', () => {
    const ended: number[] = []
    const turns: Turns<Unit> = new Turns<Unit>({
      lineOf: () => 'k',
      start: ({ offsets: [offset = -1] }) => {
        ended.push(offset)
        if (offset > 0) turns.messageEnded(offset)
      },
    })
    const offsets = Array.from({ length: 50_000 }, (_, offset) => offset)
    turns.enter(tieUnits(offsets, []))
    expect(ended).toEqual([0])
    turns.messageEnded(0)
    expect(ended).toEqual(offsets)
  })
})
