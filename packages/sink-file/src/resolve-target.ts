/** A payload's path to the canonical path of a file that may be written (spec FSS-3, FSS-4, FSS-5). */
import { basename, dirname, join } from 'node:path'
import { SinkError } from '@drakkar/plugin-sdk'
import { isAbsent, type Entry, type FileClient } from './client.ts'
import { absolutePath, confine, type PathProblem } from './target-path.ts'

/** The directory files must stay in, as configured and as it really is. */
export interface Base {
  /** Absolute; what relative paths are resolved against. */
  readonly directory: string
  /** Canonical form of `directory`, or null when files may lie anywhere. */
  readonly canonical: string | null
}

/** A file that may be written. */
export interface Target {
  /** Canonical. */
  readonly path: string
  /** What was there when the path was checked; null: nothing yet. */
  readonly entry: Entry | null
}

/**
 * Throws a permanent `SinkError` (`DRK_SINK_PAYLOAD_INVALID`) saying what is wrong with the path, and a transient one when the
 * base itself is gone; errors of the file system pass through unclassified.
 */
export async function resolveTarget(client: FileClient, base: Base, path: string): Promise<Target> {
  const decision = await decide(client, base, path)
  if ('path' in decision) return decision
  if (base.canonical !== null && (await client.look(base.canonical)) === null) throw baseGone(base.canonical)
  throw refusal(decision.problem, path)
}

/** The error for a path that is refused. */
export function refusal(problem: PathProblem, path: string): SinkError {
  return new SinkError({ kind: 'permanent', code: 'DRK_SINK_PAYLOAD_INVALID', message: `${problem}: ${shown(path)}` })
}

/** A file system that is not mounted at the moment: no payload is to blame. */
function baseGone(directory: string): SinkError {
  return new SinkError({ kind: 'transient', message: `base_path ${JSON.stringify(directory)} is not there any more` })
}

async function decide(client: FileClient, base: Base, path: string): Promise<Target | { readonly problem: PathProblem }> {
  const absolute = absolutePath(base.directory, base.canonical === null ? [] : [base.directory, base.canonical], path)
  if ('problem' in absolute) return absolute
  const canonical = await canonicalPath(client, absolute.path)
  if (canonical === null) return { problem: 'Parent directory does not exist' }
  const confined = confine(base.canonical, canonical)
  if ('problem' in confined) return confined
  const entry = await client.look(confined.path)
  if (entry?.kind === 'directory') return { problem: 'Path names a directory' }
  if (entry?.kind === 'other') return { problem: 'Path does not name a regular file' }
  return { path: confined.path, entry }
}

/** Null when the directory the file would lie in is missing. */
async function canonicalPath(client: FileClient, path: string): Promise<string | null> {
  const whole = await realPathOrNull(client, path)
  if (whole !== null) return whole
  const parent = await realPathOrNull(client, dirname(path))
  if (parent === null || (await client.look(parent))?.kind !== 'directory') return null
  return join(parent, basename(path))
}

async function realPathOrNull(client: FileClient, path: string): Promise<string | null> {
  try {
    return await client.realPath(path)
  } catch (error) {
    if (isAbsent(error)) return null
    throw error
  }
}

/** Quoted, control characters escaped, and cut: paths come from messages. */
function shown(path: string): string {
  const quoted = JSON.stringify(path)
  return quoted.length > 200 ? `${quoted.slice(0, 200)}…` : quoted
}
