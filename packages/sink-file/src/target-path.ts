/**
 * The decisions about paths, pure (spec FSS-3, FSS-4). The file system is asked in `resolve-target.ts`; what its answers
 * mean is decided here.
 */
import { isAbsolute, relative, resolve, sep } from 'node:path'

/** Text of the refusals, the first words as the spec gives them. */
export type PathProblem =
  | 'Path contains a NUL character'
  | 'Path names a directory'
  | 'Path traversal detected'
  | 'Parent directory does not exist'
  | 'Path does not name a regular file'

export type PathDecision = { readonly path: string } | { readonly problem: PathProblem }

/**
 * `path` made absolute without asking the file system, or why it can never be used. What already leads out of `bases` as it
 * is written is refused here, so that nothing can be learned about files outside; no bases means that nothing confines it.
 */
export function absolutePath(directory: string, bases: readonly string[], path: string): PathDecision {
  if (path.includes('\0')) return { problem: 'Path contains a NUL character' }
  const absolute = resolve(directory, path)
  const isOutside = bases.length > 0 && !bases.some((base) => isInside(base, absolute))
  if (isOutside) return { problem: 'Path traversal detected' }
  const last = path.split(sep).at(-1)
  if (last === '' || last === '.' || last === '..') return { problem: 'Path names a directory' }
  return { path: absolute }
}

/** True for `directory` itself and what lies in it. Compares whole components, so `base-evil` is not inside `base`. */
export function isInside(directory: string, path: string): boolean {
  const way = relative(directory, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

/** Judges a canonical path: `base` is canonical too, or null when nothing confines the file. */
export function confine(base: string | null, canonical: string): PathDecision {
  if (base === null) return { path: canonical }
  if (!isInside(base, canonical)) return { problem: 'Path traversal detected' }
  if (canonical === base) return { problem: 'Path names a directory' }
  return { path: canonical }
}
