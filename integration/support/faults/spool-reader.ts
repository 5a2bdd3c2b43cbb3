/** Reads what waits in the spool: its lines are JSON text, marked off by how far they have been sent. */
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Ids of the dead letters in all files of the folder, sent ones included as long as their file is there. */
export async function readSpool(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return []
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const texts = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8').catch(() => ''))
  return (await Promise.all(texts)).flatMap((text) => [...text.matchAll(/\\"id\\*":\\*"([^"\\]+)/g)].flatMap(([, id]) => id ?? []))
}
