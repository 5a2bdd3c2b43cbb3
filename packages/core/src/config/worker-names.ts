/** The names of worker and cluster, from configuration and environment (CFG-16, CFG-17). */
import { randomBytes } from 'node:crypto'
import type { DrakkarConfig } from './schema.ts'

export interface WorkerNames {
  readonly workerId: string
  readonly clusterName: string
}

export interface WorkerNameOptions {
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  /** Given in code: wins over the environment. */
  readonly workerId?: string
}

/** Without any name the worker is called `drakkar-` plus 8 random hex digits. */
export function resolveWorkerNames(config: DrakkarConfig, options: WorkerNameOptions = {}): WorkerNames {
  const env = options.env ?? process.env
  const fromEnvironment = config.cluster_name_env === '' ? undefined : env[config.cluster_name_env]
  const names = [options.workerId, config.worker_name_env === '' ? undefined : env[config.worker_name_env]]
  return {
    workerId: names.find((name) => name !== undefined && name !== '') ?? `drakkar-${randomBytes(4).toString('hex')}`,
    clusterName: fromEnvironment === undefined || fromEnvironment === '' ? config.cluster_name : fromEnvironment,
  }
}
