/** The files that are searched, made so that everybody knows how often a word is in them. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export const patterns = ['error', 'timeout', 'refused', 'denied', 'retry', 'lost', 'slow', 'full', 'broken', 'late'] as const
export const paths = Array.from({ length: 12 }, (_, index) => `server-${index}.log`)

/** Lines of the file that hold the pattern: 0 to 22. */
export function matchesIn(pattern: string, path: string): number {
  const pair = [patterns.findIndex((known) => known === pattern), paths.indexOf(path)] as const
  if (pair.includes(-1)) throw new Error(`not in the corpus: ${pattern} in ${path}`)
  return (pair[0] * 7 + pair[1] * 5) % 23
}

export async function writeCorpus(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const path of paths) {
    const lines = patterns.flatMap((pattern) =>
      Array.from({ length: matchesIn(pattern, path) }, (_, line) => `${path} ${line} ${pattern} in module ${line % 5}`),
    )
    await writeFile(join(folder, path), [...lines, 'nothing else', ''].join('\n'))
  }
}
