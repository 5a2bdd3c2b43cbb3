/** The checkpoint of a replay on disk: replaced as a whole, so that a crash leaves the old one or the new one. */
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises'
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

/** What saving asks of the file system; the order of the calls is what makes it safe. */
export interface CheckpointFiles {
  open(path: string, flags: 'w' | 'r'): Promise<Pick<FileHandle, 'writeFile' | 'sync' | 'close'>>
  rename(from: string, to: string): Promise<void>
}

const realFiles: CheckpointFiles = { open, rename }

/** Resolves when the file is safe on the disk. A failure leaves what was there before. */
export async function saveCheckpoint(path: string, checkpoint: Checkpoint, files: CheckpointFiles = realFiles): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    const file = await files.open(temporary, 'w')
    try {
      await file.writeFile(checkpointText(checkpoint))
      await file.sync()
    } finally {
      await file.close()
    }
    await files.rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path), files)
}

/** The new name itself has to survive, too. */
async function syncDirectory(path: string, files: CheckpointFiles): Promise<void> {
  const directory = await files.open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
