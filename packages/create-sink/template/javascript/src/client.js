/** The port to the target: the only file that knows your driver. Replace the folder by your client's connection. */
import { access, constants, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * @typedef {object} MyTypeClient
 * @property {() => Promise<void>} ping Proves that the target is usable; leaves no trace.
 * @property {(id: string, text: string, signal: AbortSignal) => Promise<void>} put Resolves when the document is stored. The same id
 *   again replaces it.
 * @property {() => Promise<void>} close
 */

/** @param {{ folder: string }} config @returns {MyTypeClient} */
export function createClient({ folder }) {
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
