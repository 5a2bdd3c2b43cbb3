/**
 * Where the handler module is (design 13): `--handler`, else `handler:` in the configuration, else `./handler.{mjs,js,ts}`.
 * Only looks; most commands need the place and not the module.
 */
import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export interface HandlerQuestion {
  /** `--handler`, relative to the working directory. */
  readonly given: string | undefined
  /** `handler` of the configuration, relative to its file; empty when absent. */
  readonly configured: string
  /** Folder of the configuration file, else the working directory. */
  readonly folder: string
  readonly workingDirectory: string
}

export interface HandlerPlace {
  /** Absolute. */
  readonly file: string
  readonly exists: boolean
  readonly namedBy: 'option' | 'configuration' | 'default'
}

/** Null when nothing names a handler and none of the default files exists. */
export async function findHandler({ given, configured, folder, workingDirectory }: HandlerQuestion): Promise<HandlerPlace | null> {
  if (given !== undefined) return place(resolve(workingDirectory, given), 'option')
  if (configured !== '') return place(resolve(folder, configured), 'configuration')
  const candidates = [folder, workingDirectory].flatMap((base) =>
    ['mjs', 'js', 'ts'].map((extension) => join(base, `handler.${extension}`)),
  )
  for (const file of candidates) {
    if (await isFile(file)) return { file, exists: true, namedBy: 'default' }
  }
  return null
}

export async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    // Whatever keeps it from being looked at, it cannot be used as a file.
    return false
  }
}

async function place(file: string, namedBy: HandlerPlace['namedBy']): Promise<HandlerPlace> {
  return { file, exists: await isFile(file), namedBy }
}
