/**
 * Which process owns the files of a spool directory. Each process has a base name of its own, `<base>.<number>.jsonl`, and says
 * in `<base>.owner` who it is; a file whose owner is gone is taken over by renaming it, which only one can do.
 */
import { randomBytes } from 'node:crypto'
import { isAlive, ownIdentity, type ProcessIdentity } from '../../log/embedded/process-identity.ts'
import type { SpoolDisk } from './spool-disk.ts'

/** An owner on another machine, in another container or before a reboot counts as gone when it has not been seen for so long. */
const unseenMs = 60_000

export interface SpoolOwner extends ProcessIdentity {
  readonly worker_id: string
  /** Unix milliseconds. */
  readonly since_ms: number
}

export interface OwnerIdentity {
  own(): Promise<ProcessIdentity>
  /** Null: it runs where we cannot look. */
  isAlive(identity: ProcessIdentity): Promise<boolean | null>
}

export const processOwner: OwnerIdentity = { own: ownIdentity, isAlive }

/** Files with one base name, and who owns them. */
export interface OwnedFiles {
  readonly base: string
  /** In the order in which they are to be sent. */
  readonly names: readonly string[]
  readonly owner: SpoolOwner | null
}

/** A base name nobody else has. The worker is in it for people. */
export function newBase(workerId: string): string {
  const readable = encodeURIComponent(workerId).replaceAll('.', '%2E').slice(0, 100)
  return `${readable}-${randomBytes(6).toString('hex')}`
}

export function ownerFile(base: string): string {
  return `${base}.owner`
}

export async function writeOwner(disk: SpoolDisk, base: string, owner: SpoolOwner): Promise<void> {
  await disk.replace(ownerFile(base), JSON.stringify(owner))
}

/** All spool files of the directory by owner, oldest first. */
export async function ownedFiles(disk: SpoolDisk): Promise<readonly OwnedFiles[]> {
  const names = await disk.list()
  const bases = new Map<string, string[]>()
  for (const name of names.toSorted(byNumber)) {
    if (!name.endsWith('.jsonl') && !name.endsWith('.owner')) continue
    const base = baseOf(name)
    const files = bases.get(base) ?? []
    if (name.endsWith('.jsonl')) files.push(name)
    bases.set(base, files)
  }
  const found = await Promise.all([...bases].map(async ([base, files]) => ({ base, names: files, owner: await readOwner(disk, base) })))
  return found.toSorted((one, other) => (one.owner?.since_ms ?? 0) - (other.owner?.since_ms ?? 0))
}

export interface ClaimRules {
  readonly disk: SpoolDisk
  readonly identity: OwnerIdentity
  readonly nowMs: number
  /** At the start of a worker, its id: then an owner of that id that cannot be looked up is an earlier life of it. */
  readonly restartedAs: string | null
}

/** Whether the files may be taken over: nobody is named as their owner, or the owner is gone. */
export async function isFree(files: OwnedFiles, { disk, identity, nowMs, restartedAs }: ClaimRules): Promise<boolean> {
  if (files.owner === null) return true
  const alive = await identity.isAlive(files.owner)
  if (alive !== null) return !alive
  if (files.owner.worker_id === restartedAs) return true
  const seenMs = await disk.lastChangeMs(ownerFile(files.base))
  return seenMs === null || nowMs - seenMs > unseenMs
}

async function readOwner(disk: SpoolDisk, base: string): Promise<SpoolOwner | null> {
  const content = await disk.read(ownerFile(base))
  if (content === null) return null
  try {
    const json: unknown = JSON.parse(content.toString())
    return isOwner(json) ? json : null
  } catch {
    // Not written by us: nobody is named.
    return null
  }
}

function isOwner(json: unknown): json is SpoolOwner {
  if (typeof json !== 'object' || json === null) return false
  const fields: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(json))
  const { pid, started, machine, worker_id: workerId, since_ms: sinceMs } = fields
  const isIdentity = typeof pid === 'number' && (started === null || typeof started === 'string') && typeof machine === 'string'
  return isIdentity && typeof workerId === 'string' && typeof sinceMs === 'number'
}

/** Base names have no dot. */
function baseOf(name: string): string {
  return name.slice(0, name.indexOf('.'))
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true })
}
