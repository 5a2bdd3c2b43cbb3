/** The key a mistyped one was probably meant to be. Pure. */

/** The nearest of `known`, or null when none is near enough to be meant. */
export function nearestKey(key: string, known: readonly string[]): string | null {
  const plain = plainForm(key)
  const exact = known.find((candidate) => plainForm(candidate) === plain)
  if (exact !== undefined) return exact
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain, plainForm(candidate)) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
  const best = ranked[0]
  if (best !== undefined && best.distance <= allowedDistance(plain)) return best.candidate
  return (
    known.find((candidate) => isAbbreviation(plain, plainForm(candidate))) ??
    known.find((candidate) => isNearLastWord(plain, candidate)) ??
    null
  )
}

/** `maxExecutors`, `max-executors` and `MAX_EXECUTORS` are spellings of `max_executors`. */
function plainForm(key: string): string {
  return key.toLowerCase().replaceAll(/[-_\s]/g, '')
}

function allowedDistance(key: string): number {
  return key.length < 4 ? 1 : Math.min(4, Math.floor(key.length / 3))
}

/** `timeout` for `timeout_seconds`, `broker` for `brokers`. */
function isAbbreviation(key: string, candidate: string): boolean {
  return key.length >= 4 && (candidate.startsWith(key) || candidate.endsWith(key) || key.startsWith(candidate))
}

/** `topik` for `source_topic`. */
function isNearLastWord(key: string, candidate: string): boolean {
  const last = candidate.split(/[-_]/).at(-1) ?? ''
  return key.length >= 4 && editDistance(key, last) <= 1
}

/** Insertions, deletions, substitutions and swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1]
      const substituted = at(last, column - 1) + (same ? 0 : 1)
      let best = Math.min(substituted, at(last, column) + 1, at(current, column - 1) + 1)
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) best = Math.min(best, at(beforeLast, column - 2) + 1)
      current.push(best)
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY
}
