/** The port to the target: the only file that knows your driver. Replace the folder by your client's connection. */
import { access, constants, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MyTypeConfig } from './config.ts'

export interface MyTypeClient {
  /** Proves that the target is usable; leaves no trace. */
  ping(): Promise<void>
  /** Resolves when the document is stored. The same id again replaces it. */
  put(id: string, text: string, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

export function createClient({ folder }: MyTypeConfig): MyTypeClient {
  return {
    ping: () => access(folder, constants.W_OK),
    async put(id, text, signal) {
      const file = join(folder, `${encodeURIComponent(id)}.json`)
      await writeFile(`${file}.part`, text, { signal, flush: true })
      await rename(`${file}.part`, file)
    },
    async close() {},
  }
}
