/**
 * The replay itself: entry after entry, each published whole before the next one is read, so that one offset per partition says
 * what is done (spec RPL-5…14, RPL-18).
 */
import type { Clock } from '@drakkar/plugin-sdk'
import type { MessageLog, OffsetRange } from '@drakkar/plugin-sdk/log'
import type { DeadLetterEntry, ReadableEntry } from './dead-letter-entry.ts'
import { isSelected, type EntryFilter } from './entry-filter.ts'
import { isRefusal } from './is-refusal.ts'
import { idleRate, nextMessage } from './rate-limiter.ts'
import { readEntries } from './read-entries.ts'
import { InterruptedError, type PreparedEntry, type ReplayTarget } from './replay-target.ts'
import { leadsSomewhere, type WhereCondition } from './where-condition.ts'

export interface ReplayCounts {
  /** Entries. */
  readonly read: number
  /** Messages. */
  readonly published: number
  /** Messages a dry run would have published. */
  readonly wouldPublish: number
  /** Entries. */
  readonly filteredOut: number
  /** Entries that are no dead letters, or that this mode cannot replay. */
  readonly skippedInvalid: number
  /** Source messages left out because the run has published them with another entry. */
  readonly duplicates: number
  /** Failures, those included that were passed over (`onError: 'skip'`). */
  readonly errors: number
}

export interface ReplayListener {
  /** After every entry. */
  progress(counts: ReplayCounts): Promise<void>
  /** Counted as `skippedInvalid`. */
  skipped(entry: DeadLetterEntry, problem: SkipProblem, reason: string): Promise<void>
  /** The entry was refused for good and is passed over (`onError: 'skip'`); counted in `errors`. */
  refused(entry: DeadLetterEntry, error: unknown): Promise<void>
}

/** `not_replayable`: no dead letter, or not one for this mode. */
export type SkipProblem = 'invalid_json' | 'not_replayable'

export interface ReplayOptions {
  readonly log: Pick<MessageLog, 'read'>
  readonly topic: string
  readonly ranges: ReadonlyMap<number, OffsetRange>
  readonly filter: EntryFilter
  readonly target: ReplayTarget
  readonly dryRun: boolean
  /** `skip`: entries that are refused for good are passed over. Every other failure ends the run in any case. */
  readonly onError: 'stop' | 'skip'
  /** Entries to read at most. */
  readonly limit: number | null
  readonly ratePerSecond: number | null
  /** Called when entries are done. Resolves when that is safe; a rejection ends the run. */
  readonly saveProgress: ((positions: ReadonlyMap<number, number>) => Promise<void>) | null
  /** Shortest time between two calls of `saveProgress`; the last position is always saved. */
  readonly saveEveryMs: number
  readonly clock: Clock
  /** Ends the run behind the entry that is being published. */
  readonly signal: AbortSignal
  readonly listener: ReplayListener
}

/** What ended the run early. `entry` is the one that could not be published. */
export interface ReplayFailure {
  readonly during: 'publish' | 'read' | 'save'
  readonly entry: DeadLetterEntry | null
  readonly error: unknown
}

export interface ReplayResult {
  readonly end: 'drained' | 'limit' | 'interrupted' | 'failed'
  /** The first one ended the run; a second one tells that the progress could not be saved either. */
  readonly failures: readonly ReplayFailure[]
  readonly counts: ReplayCounts
  /** Partition → offset of the last entry that was published whole. */
  readonly lastPublished: ReadonlyMap<number, number>
  /** Conditions whose path led nowhere in any of the dead letters read: misspelt, most likely. */
  readonly pathsNotFound: readonly WhereCondition[]
}

/** Never rejects, unless the listener does. */
export async function replayDeadLetters(options: ReplayOptions): Promise<ReplayResult> {
  const run = new ReplayRun(options)
  const { counts, lastPublished, failures } = run
  const end = await run.toEnd()
  counts.errors += failures.length
  return { end: failures.length > 0 ? 'failed' : end, failures, counts, lastPublished, pathsNotFound: run.pathsNotFound }
}

type MutableCounts = { -readonly [K in keyof ReplayCounts]: ReplayCounts[K] }

const nothing: ReplayCounts = { read: 0, published: 0, wouldPublish: 0, filteredOut: 0, skippedInvalid: 0, duplicates: 0, errors: 0 }

/** Of a run that was interrupted before its first entry. */
export const interruptedAtOnce: ReplayResult = {
  end: 'interrupted',
  failures: [],
  counts: nothing,
  lastPublished: new Map(),
  pathsNotFound: [],
}

class ReplayRun {
  readonly counts: MutableCounts = { ...nothing }
  readonly lastPublished = new Map<number, number>()
  readonly failures: ReplayFailure[] = []
  readonly #options: ReplayOptions
  readonly #positions = new Map<number, number>()
  readonly #pathsNotFound: Set<WhereCondition>
  #rate = idleRate
  #unsaved = false
  #savedAtMs = Number.NEGATIVE_INFINITY

  constructor(options: ReplayOptions) {
    this.#options = options
    this.#pathsNotFound = new Set(options.filter.where)
  }

  /** Empty as long as there was nothing to look into. */
  get pathsNotFound(): readonly WhereCondition[] {
    return this.counts.read === this.counts.skippedInvalid ? [] : [...this.#pathsNotFound]
  }

  /** The last positions are saved, whatever ended the run. */
  async toEnd(): Promise<ReplayResult['end']> {
    try {
      return await this.#readAll()
    } finally {
      await this.#save()
    }
  }

  async #readAll(): Promise<ReplayResult['end']> {
    const { limit, signal, listener } = this.#options
    const entries = readEntries(this.#options)
    try {
      while (limit === null || this.counts.read < limit) {
        const entry = signal.aborted ? null : await this.#next(entries)
        if (signal.aborted) return 'interrupted'
        if (entry === null) return this.failures.length > 0 ? 'failed' : 'drained'
        this.counts.read += 1
        if (!(await this.#settle(entry))) return this.failures.length > 0 ? 'failed' : 'interrupted'
        await listener.progress(this.counts)
      }
      return 'limit'
    } finally {
      await entries.return(undefined)
    }
  }

  /** Null: there is none left, or reading failed. */
  async #next(entries: AsyncGenerator<DeadLetterEntry>): Promise<DeadLetterEntry | null> {
    try {
      const { done, value } = await entries.next()
      return done === true ? null : value
    } catch (error) {
      if (!this.#options.signal.aborted) this.failures.push({ during: 'read', entry: null, error })
      return null
    }
  }

  /** False: the run cannot go on. */
  async #settle(entry: DeadLetterEntry): Promise<boolean> {
    if (!(await this.#handle(entry))) return false
    this.#positions.set(entry.partition, entry.offset + 1)
    this.#unsaved = true
    const { clock, saveEveryMs } = this.#options
    return clock.monotonicMs() - this.#savedAtMs < saveEveryMs || this.#save()
  }

  async #handle(entry: DeadLetterEntry): Promise<boolean> {
    const { filter } = this.#options
    const { parsed } = entry
    if (!parsed.ok) return this.#skip(entry, parsed.problem === 'not_json' ? 'invalid_json' : 'not_replayable', parsed.reason)
    for (const condition of this.#pathsNotFound) {
      if (leadsSomewhere(parsed.record, condition)) this.#pathsNotFound.delete(condition)
    }
    if (!isSelected(parsed.record, filter)) {
      this.counts.filteredOut += 1
      return true
    }
    const end = await this.#replay({ ...entry, record: parsed.record })
    return end.kind === 'skipped' ? this.#skip(entry, 'not_replayable', end.reason) : end.kind === 'done'
  }

  async #replay(
    entry: ReadableEntry,
  ): Promise<{ readonly kind: 'done' | 'failed' } | { readonly kind: 'skipped'; readonly reason: string }> {
    try {
      const prepared = await this.#options.target.prepare(entry)
      if (!prepared.ok) return { kind: 'skipped', reason: prepared.reason }
      await this.#publish(entry, prepared)
      return { kind: 'done' }
    } catch (error) {
      if (error instanceof InterruptedError) return { kind: 'failed' }
      return this.#fail(entry, error)
    }
  }

  async #fail(entry: ReadableEntry, error: unknown): Promise<{ readonly kind: 'done' | 'failed' }> {
    const { onError, listener } = this.#options
    if (onError === 'skip' && isRefusal(error)) {
      this.counts.errors += 1
      await listener.refused(entry, error)
      return { kind: 'done' }
    }
    this.failures.push({ during: 'publish', entry, error })
    return { kind: 'failed' }
  }

  async #publish({ partition, offset }: DeadLetterEntry, prepared: Extract<PreparedEntry, { readonly ok: true }>): Promise<void> {
    const { dryRun, signal } = this.#options
    if (dryRun) {
      this.counts.wouldPublish += prepared.count
      this.counts.duplicates += prepared.duplicates
      return
    }
    let begun = false
    const published = (count: number): void => {
      begun = true
      this.counts.published += count
    }
    await prepared.publish({ pace: () => this.#pace(begun), published, signal })
    this.counts.duplicates += prepared.duplicates
    this.lastPublished.set(partition, offset)
  }

  async #skip(entry: DeadLetterEntry, problem: SkipProblem, reason: string): Promise<boolean> {
    this.counts.skippedInvalid += 1
    await this.#options.listener.skipped(entry, problem, reason)
    return true
  }

  /** After an interruption an entry that has begun is finished without further waits; another one is not begun. */
  async #pace(begun: boolean): Promise<void> {
    const { clock, ratePerSecond, signal } = this.#options
    if (ratePerSecond === null) return
    const { waitMs, state } = nextMessage(this.#rate, ratePerSecond, clock.monotonicMs())
    this.#rate = state
    if (waitMs > 0) await clock.sleep(waitMs, signal)
    if (signal.aborted && !begun) throw new InterruptedError()
  }

  async #save(): Promise<boolean> {
    const { saveProgress, clock, dryRun } = this.#options
    if (!this.#unsaved || saveProgress === null || dryRun) return true
    try {
      await saveProgress(this.#positions)
      this.#unsaved = false
      this.#savedAtMs = clock.monotonicMs()
      return true
    } catch (error) {
      this.failures.push({ during: 'save', entry: null, error })
      return false
    }
  }
}
