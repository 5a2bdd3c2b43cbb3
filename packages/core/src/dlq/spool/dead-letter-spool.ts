/**
 * The spool: dead letters the log does not take, kept on a local disk until it does (spec DLQ-15, DLQ-16). An entry is
 * accepted when it is on the disk; it is forgotten when it was sent. A crash in between may send it twice, and loses nothing.
 */
import type { Clock } from '@drakkar/plugin-sdk'
import type { AppLogger } from '../../observability/logger.ts'
import { abortable } from '../../runtime/abortable.ts'
import { createDeferred, type Deferred } from '../../runtime/deferred.ts'
import { SpoolClaims } from './spool-claims.ts'
import type { SpoolDisk } from './spool-disk.ts'
import { SpoolFile, type StoredEntry } from './spool-file.ts'
import type { SpoolEntry } from './spool-line.ts'
import { newBase, ownerFile, writeOwner, type OwnerIdentity } from './spool-owner.ts'
import { Turns } from './turns.ts'

export interface DeadLetterSpoolOptions {
  readonly disk: SpoolDisk
  readonly workerId: string
  readonly identity: OwnerIdentity
  readonly clock: Clock
  readonly logger: AppLogger
}

/** Entries at the head of the line. */
export interface SpoolBatch {
  readonly file: SpoolFile
  readonly entries: readonly StoredEntry[]
}

const readLimits = { entries: 200, bytes: 1024 * 1024 }
/** How often the owner shows that it is there, and looks for files that have lost theirs. */
const rescanMs = 15_000

export class DeadLetterSpool {
  readonly #options: DeadLetterSpoolOptions
  readonly #base: string
  readonly #claims: SpoolClaims
  /** Changes of the files happen one at a time. */
  readonly #turns = new Turns()
  readonly #closing = new AbortController()
  /** The line: files taken over, then our own. */
  #files: SpoolFile[] = []
  /** The one of them that new entries go to; null until there is one. */
  #active: SpoolFile | null = null
  /** Entries the log refuses for good: they stand in nobody's way, and are tried again at the next start. */
  #aside: SpoolFile | null = null
  #asideEntries = 0
  #created = 0
  #isOwner = false
  #filled: Deferred<void> | null = null
  #waiting: { entry: SpoolEntry; done: Deferred<void> }[] = []
  #rescanning: Promise<void> = Promise.resolve()

  private constructor(options: DeadLetterSpoolOptions) {
    this.#options = options
    this.#base = newBase(options.workerId)
    const { disk, identity, logger } = options
    this.#claims = new SpoolClaims({
      disk,
      identity,
      logger,
      base: this.#base,
      nextName: () => this.#nextName(),
      becomeOwner: () => this.#becomeOwner(),
    })
  }

  /** Takes over what earlier workers left. Rejects when the directory cannot be read. */
  static async open(options: DeadLetterSpoolOptions): Promise<DeadLetterSpool> {
    await options.disk.list()
    const spool = new DeadLetterSpool(options)
    await spool.#claim(options.workerId)
    spool.#rescanning = spool.#keepRescanning()
    return spool
  }

  /** Entries that wait to be sent, those the log refuses for good included. */
  get entries(): number {
    return this.queued + this.#asideEntries
  }

  /** Entries in the line: while there are any, a new dead letter goes behind them. */
  get queued(): number {
    return this.#stored + this.#waiting.length
  }

  get #stored(): number {
    return this.#files.reduce((sum, file) => sum + file.entries, 0)
  }

  /** Resolves when the entry is on the disk. Rejects when that is not certain. */
  append(entry: SpoolEntry): Promise<void> {
    const done = createDeferred()
    this.#waiting.push({ entry, done })
    // Those who call while the disk is busy share the next sync.
    if (this.#waiting.length === 1) void this.#turns.take(() => this.#appendWaiting())
    return done.promise
  }

  /** Like `append`, for an entry that the log refuses for good: it leaves the line. */
  setAside(entry: SpoolEntry): Promise<void> {
    return this.#turns.take(async () => {
      // A name of its own each time: what a failure has left under the last one is found at the next start.
      this.#aside ??= await this.#create(this.#nextName('.refused'))
      try {
        await this.#aside.append([entry])
        this.#asideEntries += 1
      } catch (error) {
        // Nothing may be appended after what may be half an entry.
        await this.#retireAside()
        throw error
      }
    })
  }

  /** The entries to be sent next; null when there are none. They stay the next until `markSent`. */
  async next(): Promise<SpoolBatch | null> {
    for (const file of [...this.#files]) {
      const entries = await file.read(readLimits)
      if (entries.length > 0) return { file, entries }
      await this.#turns.take(() => this.#leaveIfDone(file))
    }
    return null
  }

  /** Notes that the first `count` entries of the batch are sent, or set aside. Never rejects. */
  async markSent(batch: SpoolBatch, count: number): Promise<void> {
    const last = batch.entries[count - 1]
    if (last === undefined) return
    await this.#turns.take(async () => {
      try {
        await batch.file.markSent(count, last.end)
      } catch (error) {
        // They are sent: at worst they are sent again after a crash. Half a line may be at the end of the file.
        if (this.#active === batch.file) this.#active = null
        this.#options.logger.warn('dlq_spool_mark_failed', { file: batch.file.name, error })
      }
      await this.#leaveIfDone(batch.file)
    })
  }

  /** Resolves when there is something in the line, or the signal aborts. */
  async filled(signal: AbortSignal): Promise<void> {
    while (this.#stored === 0 && !signal.aborted) {
      this.#filled ??= createDeferred()
      await abortable(this.#filled.promise, signal).catch(() => undefined)
    }
  }

  /** What is in the spool stays there for the next start. Any number of times. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort()
    await this.#rescanning
    await this.#turns.take(async () => {
      for (const file of this.#files) await file.close()
      await this.#aside?.close()
      if (this.#isOwner) await this.#resign()
    })
  }

  /** Nobody has to wait or ask whether we are still there. Without it our process id says that we are gone. */
  async #resign(): Promise<void> {
    const { disk, logger } = this.#options
    try {
      await disk.remove(ownerFile(this.#base))
    } catch (error) {
      logger.warn('dlq_spool_unusable', { directory: disk.directory, file: ownerFile(this.#base), error })
    }
  }

  async #appendWaiting(): Promise<void> {
    const group = [...this.#waiting]
    const failure = await this.#appendAll(group.map(({ entry }) => entry))
    this.#waiting = this.#waiting.slice(group.length)
    for (const { done } of group) {
      if (failure === null) done.resolve()
      else done.reject(failure.error)
    }
    if (this.#waiting.length > 0) void this.#turns.take(() => this.#appendWaiting())
  }

  /** Never rejects. Null: they are on the disk. */
  async #appendAll(entries: readonly SpoolEntry[]): Promise<{ readonly error: unknown } | null> {
    try {
      this.#closing.signal.throwIfAborted()
      this.#active ??= await this.#createActive()
      await this.#active.append(entries)
      this.#wake()
      return null
    } catch (error) {
      await this.#retireActive()
      return { error }
    }
  }

  async #createActive(): Promise<SpoolFile> {
    const file = await this.#create(this.#nextName())
    this.#files.push(file)
    return file
  }

  async #create(name: string): Promise<SpoolFile> {
    await this.#becomeOwner()
    return SpoolFile.create(this.#options.disk, name)
  }

  /** New entries go to another file; what is in this one is still sent, unless it is another process's now. */
  async #retireActive(): Promise<void> {
    const file = this.#active
    this.#active = null
    if (file === null) return
    try {
      if (await file.isOurs()) await this.#leaveIfDone(file)
      else await this.#drop(file)
    } catch (error) {
      this.#options.logger.warn('dlq_spool_unusable', { directory: this.#options.disk.directory, file: file.name, error })
    }
  }

  async #retireAside(): Promise<void> {
    const file = this.#aside
    this.#aside = null
    try {
      await file?.close()
    } catch (error) {
      this.#options.logger.warn('dlq_spool_unusable', { directory: this.#options.disk.directory, file: file?.name, error })
    }
  }

  /** Only in a turn, so that nothing is appended between the look and the end of the file. */
  async #leaveIfDone(file: SpoolFile): Promise<void> {
    if (!this.#files.includes(file) || (await file.read({ entries: 1, bytes: 1 })).length > 0) return
    try {
      await file.finish()
    } catch (error) {
      this.#options.logger.warn('dlq_spool_mark_failed', { file: file.name, error })
    }
    this.#forget(file)
  }

  async #drop(file: SpoolFile): Promise<void> {
    this.#forget(file)
    await file.close()
  }

  #forget(file: SpoolFile): void {
    if (this.#active === file) this.#active = null
    this.#files = this.#files.filter((other) => other !== file)
  }

  async #keepRescanning(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#closing
    while (!signal.aborted) {
      await clock.sleep(rescanMs, signal)
      if (!signal.aborted) await this.#turns.take(() => this.#rescan())
    }
  }

  async #rescan(): Promise<void> {
    // Gone: another process took us for dead. The next file we make says again who we are.
    if (this.#isOwner) await this.#options.disk.touch(ownerFile(this.#base)).catch(() => (this.#isOwner = false))
    await this.#claim(null)
  }

  async #claim(restartedAs: string | null): Promise<void> {
    const taken = await this.#claims.take({ nowMs: this.#options.clock.now(), restartedAs })
    const rest = this.#files.filter((file) => file !== this.#active)
    this.#files = [...rest, ...taken, ...(this.#active === null ? [] : [this.#active])]
    if (taken.length > 0) this.#wake()
  }

  async #becomeOwner(): Promise<void> {
    if (this.#isOwner) return
    const { disk, identity, workerId, clock } = this.#options
    await writeOwner(disk, this.#base, { ...(await identity.own()), worker_id: workerId, since_ms: clock.now() })
    this.#isOwner = true
  }

  /** `mark` sorts after all numbers, so that who takes the files over sends the others first. */
  #nextName(mark: '' | '.refused' = ''): string {
    this.#created += 1
    return `${this.#base}${mark}.${this.#created}.jsonl`
  }

  #wake(): void {
    this.#filled?.resolve()
    this.#filled = null
  }
}
