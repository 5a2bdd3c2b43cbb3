/** Opens the spool the configuration names. */
import { mkdir } from 'node:fs/promises'
import { type Clock, ConfigError } from '@drakkar/plugin-sdk'
import { formatProblem } from '../../config/problems.ts'
import type { AppLogger } from '../../observability/logger.ts'
import { DeadLetterSpool } from './dead-letter-spool.ts'
import { createNodeDisk } from './node-disk.ts'
import { unusableSpool } from './spool-directory.ts'
import { processOwner } from './spool-owner.ts'

export interface OpenSpoolOptions {
  /** `dlq.spool_dir`; is made when it is missing. Empty: no spool. */
  readonly directory: string
  readonly workerId: string
  readonly clock: Clock
  readonly logger: AppLogger
}

/** Rejects with a `ConfigError` when the directory cannot be used. A full disk is no reason: what is there can still be sent. */
export async function openSpool({ directory, ...options }: OpenSpoolOptions): Promise<DeadLetterSpool | null> {
  if (directory === '') return null
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    return await DeadLetterSpool.open({ ...options, disk: createNodeDisk(directory), identity: processOwner })
  } catch (error) {
    const problem = unusableSpool(error)
    throw new ConfigError({ code: 'DRK_CONFIG_INVALID', message: formatProblem(problem), problems: [problem], cause: error })
  }
}
