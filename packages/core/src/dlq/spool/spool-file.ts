/**
 * One spool file: entries are appended, read back in order and noted as sent; when all are sent, the file goes. Whoever
 * appends is its maker; a file taken over from a dead worker is only read. The caller makes one change at a time.
 */
import type { SpoolDisk, SpoolHandle } from './spool-disk.ts'
import { entryLine, markLine, parseLine, type SpoolEntry } from './spool-line.ts'
import { storedLines, type StoredLine } from './stored-lines.ts'

/** An entry with the position of what follows it. */
export interface StoredEntry {
  readonly entry: SpoolEntry
  readonly end: number
}

export interface ReadLimits {
  readonly entries: number
  readonly bytes: number
}

const lineFeed = Buffer.from('\n')

export class SpoolFile {
  readonly name: string
  readonly #disk: SpoolDisk
  readonly #handle: SpoolHandle
  /** We made it, and nothing went wrong: what we append is at the end of what may be read. */
  #grows: boolean
  /** End of what may be read. */
  #size = 0
  #sentThrough = 0
  #entries = 0
  #corruptLines = 0
  /** Something in it could not be kept elsewhere: the file must stay. */
  #mustStay = false

  private constructor(disk: SpoolDisk, handle: SpoolHandle, place: { readonly name: string; readonly isNew: boolean }) {
    this.#disk = disk
    this.#handle = handle
    this.name = place.name
    this.#grows = place.isNew
  }

  static async create(disk: SpoolDisk, name: string): Promise<SpoolFile> {
    return new SpoolFile(disk, await disk.create(name), { name, isNew: true })
  }

  /** A file left by another process. What is corrupt in it is copied to `<name>.corrupt`. */
  static async open(disk: SpoolDisk, name: string): Promise<SpoolFile> {
    const file = new SpoolFile(disk, await disk.open(name), { name, isNew: false })
    try {
      await file.#scan()
    } catch (error) {
      await file.#handle.close()
      throw error
    }
    return file
  }

  /** Entries not sent. */
  get entries(): number {
    return this.#entries
  }

  /** Lines found that are no entries of ours. */
  get corruptLines(): number {
    return this.#corruptLines
  }

  /** Resolves when the entries are durable. After a rejection the file takes no more. */
  async append(entries: readonly SpoolEntry[]): Promise<void> {
    const bytes = Buffer.from(entries.map(entryLine).join(''))
    await this.#write(bytes, async () => {
      // Asked after the sync: whoever takes the file over from now on finds the entries in it.
      if (!(await this.isOurs())) throw new Error(`${this.name} was taken over by another process`)
    })
    this.#entries += entries.length
  }

  /** False: another process took the file, and what is in it. */
  isOurs(): Promise<boolean> {
    return this.#handle.isNamed(this.name)
  }

  /** The next entries, at least one if there is any. Empty: everything has been sent. */
  async read(limits: ReadLimits): Promise<readonly StoredEntry[]> {
    const found: StoredEntry[] = []
    let bytes = 0
    for await (const line of storedLines(this.#handle, this.#sentThrough, this.#size)) {
      const parsed = parseLine(line.bytes.toString())
      if (parsed.kind === 'corrupt') await this.#keepCorrupt(line)
      if (parsed.kind !== 'entry') continue
      bytes += line.bytes.length
      if (found.length > 0 && bytes > limits.bytes) break
      found.push({ entry: parsed.entry, end: line.end })
      if (found.length >= limits.entries) break
    }
    return found
  }

  /** Notes that the first `count` entries have been sent. A rejection means that they may be sent again after a restart. */
  async markSent(count: number, end: number): Promise<void> {
    this.#entries = Math.max(0, this.#entries - count)
    this.#sentThrough = end
    // The line feed ends what a crash may have left half-written.
    await this.#write(Buffer.from(`\n${markLine(end)}`))
  }

  /** Everything has been sent: the file goes, unless it holds what could not be kept elsewhere. */
  async finish(): Promise<void> {
    if (this.#mustStay) await this.markSent(0, this.#size)
    // By name: a process that took the file over keeps it.
    else await this.#disk.remove(this.name)
    await this.#handle.close()
  }

  /** The file stays as it is. */
  close(): Promise<void> {
    return this.#handle.close()
  }

  /** After a failure nobody knows what is at the end of the file: what may be read stays as it is. */
  async #write(bytes: Uint8Array, confirm: () => Promise<void> = async () => undefined): Promise<void> {
    const { length } = bytes
    const grew = this.#grows
    this.#grows = false
    await this.#handle.append(bytes)
    await this.#handle.sync()
    await confirm()
    this.#grows = grew
    if (grew) this.#size += length
  }

  async #scan(): Promise<void> {
    this.#size = await this.#handle.size()
    for await (const line of storedLines(this.#handle, 0, this.#size)) {
      const parsed = parseLine(line.bytes.toString())
      if (parsed.kind === 'mark') this.#sentThrough = Math.max(this.#sentThrough, parsed.sentThrough)
    }
    for await (const line of storedLines(this.#handle, this.#sentThrough, this.#size)) {
      const parsed = parseLine(line.bytes.toString())
      if (parsed.kind === 'entry') this.#entries += 1
      if (parsed.kind === 'corrupt') await this.#keepCorrupt(line)
    }
  }

  /** Copies the line to `<name>.corrupt`, once. */
  async #keepCorrupt({ bytes }: StoredLine): Promise<void> {
    this.#corruptLines += 1
    const place = `${this.name}.corrupt`
    try {
      const line = Buffer.concat([bytes, lineFeed])
      const kept = Buffer.concat([lineFeed, (await this.#disk.read(place)) ?? Buffer.alloc(0)])
      if (!kept.includes(Buffer.concat([lineFeed, line]))) await this.#disk.append(place, line)
    } catch {
      // No room for it: then it stays where it is, and so does the file.
      this.#mustStay = true
    }
  }
}
