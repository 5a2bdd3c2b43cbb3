/** A directory of its own for one test, removed when the test ends: `await using directory = await tempDirectory()`. */
import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TempDirectory extends AsyncDisposable {
  /** Canonical. */
  readonly path: string
}

export async function tempDirectory(): Promise<TempDirectory> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'drakkar-sink-file-')))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
