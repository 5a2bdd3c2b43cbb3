/** The folder of this package, from `src` and from `dist`. */
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export const packageFolder = dirname(dirname(fileURLToPath(import.meta.url)))

/** Path of a contender's program, for `node`. */
export function contenderPath(name: string): string {
  return fileURLToPath(new URL(`./contenders/${name}.js`, import.meta.url))
}
