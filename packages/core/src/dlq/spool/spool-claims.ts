/** Takes over the spool files that nobody owns any more, and says which ones somebody else holds. */
import type { AppLogger } from '../../observability/logger.ts'
import type { SpoolDisk } from './spool-disk.ts'
import { SpoolFile } from './spool-file.ts'
import { isFree, ownedFiles, ownerFile, type OwnedFiles, type OwnerIdentity } from './spool-owner.ts'

export interface SpoolClaimsOptions {
  readonly disk: SpoolDisk
  readonly identity: OwnerIdentity
  readonly logger: AppLogger
  /** Our base name. */
  readonly base: string
  /** A name for the next file. */
  nextName(): string
  /** Resolves when we are named as the owner of our files. */
  becomeOwner(): Promise<void>
}

export class SpoolClaims {
  readonly #options: SpoolClaimsOptions
  readonly #told = new Set<string>()

  constructor(options: SpoolClaimsOptions) {
    this.#options = options
  }

  /** Files taken over, in the order in which they are to be sent. Never rejects: what fails is logged and tried again next time. */
  async take(rules: { readonly nowMs: number; readonly restartedAs: string | null }): Promise<readonly SpoolFile[]> {
    const { disk, identity, base, logger } = this.#options
    const taken: SpoolFile[] = []
    try {
      for (const files of await ownedFiles(disk)) {
        if (files.base === base) continue
        if (await isFree(files, { ...rules, disk, identity })) taken.push(...(await this.#takeAll(files)))
        else this.#tellHeld(files)
      }
    } catch (error) {
      logger.critical('dlq_spool_unusable', { directory: disk.directory, error })
    }
    return taken
  }

  async #takeAll(files: OwnedFiles): Promise<readonly SpoolFile[]> {
    const { disk, logger } = this.#options
    if (files.names.length > 0) await this.#options.becomeOwner()
    const taken: SpoolFile[] = []
    for (const name of files.names) {
      const file = await this.#takeOne(name)
      if (file === null) continue
      taken.push(file)
      logger.warn('dlq_spool_found', { file: name, taken_as: file.name, entries: file.entries, worker_id_before: files.owner?.worker_id })
      if (file.corruptLines > 0) logger.error('dlq_spool_corrupt', { file: `${file.name}.corrupt`, lines: file.corruptLines })
    }
    if (files.owner !== null) await disk.remove(ownerFile(files.base))
    return taken
  }

  /** Null: another process was faster, or the file cannot be read; it is then ours by name, and found again at the next start. */
  async #takeOne(name: string): Promise<SpoolFile | null> {
    const { disk, logger } = this.#options
    const ownName = this.#options.nextName()
    try {
      return (await disk.rename(name, ownName)) ? await SpoolFile.open(disk, ownName) : null
    } catch (error) {
      logger.critical('dlq_spool_unusable', { directory: disk.directory, file: name, error })
      return null
    }
  }

  #tellHeld({ base, names, owner }: OwnedFiles): void {
    if (names.length === 0 || this.#told.has(base)) return
    this.#told.add(base)
    const { logger } = this.#options
    logger.warn('dlq_spool_held', { files: names, held_by: owner?.worker_id, pid: owner?.pid, machine: owner?.machine.split(' ')[0] })
  }
}
