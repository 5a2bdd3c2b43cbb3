/**
 * Tells that something was committed to a file: at once when this process did it, within an interval when another one
 * did (SQLite's `data_version`, asked for only while somebody waits).
 */
import type { Sqlite } from '../../runtime/sqlite/sqlite-client.ts'

const pollMs = 100

/** Watches of this process by file: their connections do not see each other's messages, only each other's data. */
const watchesByFile = new Map<string, Set<AppendWatch>>()

export interface AppendWatchInput {
  readonly sqlite: Sqlite
  /** The same for every handle of this process onto one file. */
  readonly file: string
  /** The polling failed; it goes on. */
  readonly onError: (error: unknown) => void
}

export class AppendWatch {
  readonly #input: AppendWatchInput
  readonly #listeners = new Set<() => void>()
  #timer: NodeJS.Timeout | null = null
  #version: number | null = null
  #closed = false

  constructor(input: AppendWatchInput) {
    this.#input = input
    const watches = watchesByFile.get(input.file) ?? new Set()
    watchesByFile.set(input.file, watches.add(this))
  }

  /** Calls `listener` after each change, possibly without a reason, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    this.#schedule()
    return () => void this.#listeners.delete(listener)
  }

  /** This process has committed something. */
  announce(): void {
    for (const watch of watchesByFile.get(this.#input.file) ?? []) watch.#notify()
  }

  close(): void {
    this.#closed = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    const watches = watchesByFile.get(this.#input.file)
    watches?.delete(this)
    if (watches?.size === 0) watchesByFile.delete(this.#input.file)
    this.#notify()
    this.#listeners.clear()
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener()
  }

  #schedule(): void {
    if (this.#closed || this.#timer !== null || this.#listeners.size === 0) return
    this.#timer = setTimeout(() => void this.#poll(), pollMs)
  }

  async #poll(): Promise<void> {
    try {
      const [row] = await this.#input.sqlite.all('PRAGMA data_version')
      const version = Number(row?.['data_version'])
      const changed = version !== this.#version
      this.#version = version
      if (changed) this.#notify()
    } catch (error) {
      if (!this.#closed) this.#input.onError(error)
    }
    this.#timer = null
    this.#schedule()
  }
}
