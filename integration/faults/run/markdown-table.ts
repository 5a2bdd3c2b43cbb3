/** A table in Markdown. Pure. */

/** Columns in the order of `heads`; numbers, and what begins as one, to the right. */
export function markdownTable<K extends string>(heads: Readonly<Record<K, string>>, rows: readonly Readonly<Record<K, string>>[]): string {
  const keys = Object.keys(heads) as K[]
  const isNumeric = (key: K) => rows.every((row) => /^(?:[+-]?\d|–|$)/.test(row[key]))
  const lines = [
    keys.map((key) => heads[key]),
    keys.map((key) => (isNumeric(key) ? '--:' : '---')),
    ...rows.map((row) => keys.map((key) => row[key].replaceAll('|', '\\|'))),
  ]
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')
}
