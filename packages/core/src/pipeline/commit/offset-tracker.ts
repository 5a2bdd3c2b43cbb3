/**
 * The watermark of one assignment: which offset may be committed (spec section 5). Only tracked offsets count, so gaps
 * in the numbers (compaction, transactions) do not block.
 */
export class OffsetTracker {
  /** Tracked offsets, ascending, from `#head` on. */
  readonly #offsets: number[] = []
  readonly #pending = new Set<number>()
  #head = 0
  /** Index behind the run of completed offsets that begins at `#head`. */
  #runEnd = 0
  #committed: number | null = null

  /** Offsets registered and not completed. */
  get pendingCount(): number {
    return this.#pending.size
  }

  /** Offsets registered and not yet forgotten by a commit. */
  get trackedCount(): number {
    return this.#offsets.length - this.#head
  }

  /** The last acknowledged commit, null before the first. */
  get committed(): number | null {
    return this.#committed
  }

  /** Begins to track an offset as pending. Idempotent; an offset below the committed one is ignored. */
  register(offset: number): void {
    if (this.#committed !== null && offset < this.#committed) return
    const last = this.#offsets.at(-1)
    if (last === undefined || this.trackedCount === 0 || offset > last) {
      this.#offsets.push(offset)
    } else if (!this.#insert(offset)) {
      return
    }
    this.#pending.add(offset)
  }

  /** Marks an offset as settled. An unknown one does nothing. */
  complete(offset: number): void {
    this.#pending.delete(offset)
  }

  /** The offset to commit: the end of the run of completed offsets plus one. Null when there is nothing new. */
  committable(): number | null {
    this.#advance()
    const last = this.#runEnd > this.#head ? this.#offsets[this.#runEnd - 1] : undefined
    return last === undefined ? null : last + 1
  }

  /** Forgets every offset below `offset`, which the log has accepted. Never goes back. */
  acknowledgeCommit(offset: number): void {
    if (this.#committed !== null && offset <= this.#committed) return
    this.#committed = offset
    for (let first = this.#offsets[this.#head]; first !== undefined && first < offset; first = this.#offsets[this.#head]) {
      this.#pending.delete(first)
      this.#head += 1
    }
    this.#runEnd = Math.max(this.#runEnd, this.#head)
    this.#compact()
  }

  #advance(): void {
    for (let next = this.#offsets[this.#runEnd]; next !== undefined && !this.#pending.has(next); next = this.#offsets[this.#runEnd]) {
      this.#runEnd += 1
    }
  }

  /** Inserts out of order; false when the offset is already tracked. */
  #insert(offset: number): boolean {
    let low = this.#head
    let high = this.#offsets.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#offsets[middle] ?? offset) < offset) low = middle + 1
      else high = middle
    }
    if (this.#offsets[low] === offset) return false
    this.#offsets.splice(low, 0, offset)
    this.#runEnd = Math.min(this.#runEnd, low)
    return true
  }

  /** Drops the forgotten front once it is the larger part: amortised O(1) per offset. */
  #compact(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#offsets.length) return
    this.#offsets.splice(0, this.#head)
    this.#runEnd -= this.#head
    this.#head = 0
  }
}
