/** One line of a worker's ledger. The judge reads nothing else of a worker. */

/** Partition and offset. */
type Place = readonly [partition: number, offset: number]

interface LineFacts {
  /** Loaded, and waiting for the word to begin. */
  readonly parked: readonly []
  /** The process runs. */
  readonly up: readonly [pid: number]
  /** A task begins, ends by itself, or is killed. */
  readonly start: Place
  readonly end: Place
  readonly killed: Place
  /** A result has reached its sink. */
  readonly delivered: Place
  readonly assign: readonly [assignments: readonly (readonly [partition: number, epoch: number, committed: number | null])[]]
  /** Partitions that will be given away, and that were given away in good order. */
  readonly revoke: readonly [partitions: readonly number[]]
  readonly release: readonly [partitions: readonly number[]]
  /** Partitions that are already somebody else's. */
  readonly lost: readonly [partitions: readonly number[]]
  readonly rebalancing: readonly []
  /** The log accepted a commit, refused it for its epoch, or did not take it. */
  readonly commit: readonly [offsets: readonly Place[]]
  readonly refused: readonly [offsets: readonly Place[]]
  readonly 'commit-failed': readonly [offsets: readonly Place[], message: string]
  readonly pause: readonly [count: number]
  readonly resume: readonly [count: number]
  readonly error: readonly [kind: string, code: string, message: string]
  /** SIGTERM has arrived; the consumer leaves the group; the worker ends. */
  readonly term: readonly []
  readonly leave: readonly []
  readonly bye: readonly [exitCode: number]
  readonly died: readonly [message: string]
  /** Written by the lab: the process is gone. */
  readonly gone: readonly []
}

export type LineKind = keyof LineFacts

export type LedgerLine = {
  readonly [K in LineKind]: {
    readonly atMs: number
    /** Name of the process; a worker that is started again is another one. */
    readonly worker: string
    readonly kind: K
    readonly data: LineFacts[K]
  }
}[LineKind]

/** Lines of one kind, in their order. */
export function linesOf<K extends LineKind>(lines: readonly LedgerLine[], kind: K): readonly Extract<LedgerLine, { kind: K }>[] {
  return lines.filter((line): line is Extract<LedgerLine, { kind: K }> => line.kind === kind)
}
