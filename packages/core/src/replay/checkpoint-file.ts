/** The checkpoint of a replay on disk: replaced as a whole, so that a crash leaves the old one or the new one. */
import { open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { checkpointText, readCheckpoint, type Checkpoint, type ReadCheckpoint, type ReplayIdentity } from './checkpoint.ts'

/** Null when there is no file yet. Rejects when it cannot be read. */
export async function loadCheckpoint(path: string, identity: ReplayIdentity): Promise<ReadCheckpoint | null> {
  try {
    return readCheckpoint(await readFile(path, 'utf8'), identity)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** Resolves when the file is safe on the disk. A failure leaves what was there before. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(checkpointText(checkpoint))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}

/** The new name itself has to survive, too. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
