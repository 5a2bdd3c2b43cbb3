/**
 * The ledger of a scenario: every message that went in has to come out in exactly one way. Pure; reads nothing itself, and trusts
 * nothing the worker says.
 */

export interface LedgerEntry {
  readonly id: string
  readonly key: string
  /** Position among all messages of the scenario. */
  readonly n: number
  readonly partition: number
  readonly offset: number
  /** The targets refuse it for its content. */
  readonly refused: boolean
}

/** Ids, once for each time they were found, in the target's order where it has one. */
export interface Observed {
  readonly delivered: readonly string[]
  readonly dead: readonly string[]
  readonly spooled: readonly string[]
  readonly skipped: readonly string[]
}

export interface Verdict {
  /** In none of the ends. */
  readonly missing: readonly string[]
  /** Copies in the target beyond the first. */
  readonly duplicates: number
  /** Most copies of one message in the target. */
  readonly maxCopies: number
  /** Delivered and given up: told apart by nobody when the answer was lost. */
  readonly bothEnds: readonly string[]
  /** In an end although no message had that id. */
  readonly unknown: readonly string[]
  /** Messages of a key whose first delivery came before that of an earlier one. */
  readonly inversions: readonly string[]
}

export function judge(entries: readonly LedgerEntry[], observed: Observed): Verdict {
  const known = new Map(entries.map((entry) => [entry.id, entry]))
  const copies = countCopies(observed.delivered)
  const givenUp = new Set([...observed.dead, ...observed.spooled, ...observed.skipped])
  return {
    missing: entries.filter(({ id }) => !copies.has(id) && !givenUp.has(id)).map(({ id }) => id),
    duplicates: observed.delivered.length - copies.size,
    maxCopies: Math.max(0, ...copies.values()),
    bothEnds: [...givenUp].filter((id) => copies.has(id)),
    unknown: [...copies.keys(), ...givenUp].filter((id) => !known.has(id)),
    inversions: findInversions([...copies.keys()].flatMap((id) => known.get(id) ?? [])),
  }
}

/** Entries below the committed offsets that have no end yet: the commit ran ahead. */
export function committedUnsettled(
  entries: readonly LedgerEntry[],
  committed: ReadonlyMap<number, number>,
  settled: ReadonlySet<string>,
): readonly string[] {
  return entries.filter(({ id, partition, offset }) => offset < (committed.get(partition) ?? 0) && !settled.has(id)).map(({ id }) => id)
}

/** In the order of the first copy. */
function countCopies(ids: readonly string[]): ReadonlyMap<string, number> {
  const copies = new Map<string, number>()
  for (const id of ids) copies.set(id, (copies.get(id) ?? 0) + 1)
  return copies
}

function findInversions(entries: readonly LedgerEntry[]): readonly string[] {
  const latest = new Map<string, number>()
  return entries.flatMap(({ id, key, n }) => {
    const before = latest.get(key) ?? -1
    latest.set(key, Math.max(before, n))
    return n < before ? [id] : []
  })
}
