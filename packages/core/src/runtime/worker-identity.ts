/** Who this worker is, as sinks and dead letters see it (spec CFG-16, CFG-17, NMF-27). */
import type { WorkerIdentity } from '@drakkar/plugin-sdk'
import type { DrakkarConfig } from '../config/schema.ts'
import { resolveWorkerNames, type WorkerNameOptions } from '../config/worker-names.ts'

export function workerIdentity(config: DrakkarConfig, options: WorkerNameOptions): WorkerIdentity {
  const names = resolveWorkerNames(config, options)
  const trailing = /(\d+)$/.exec(names.workerId)?.[1]
  return { ...names, replica: trailing === undefined ? null : Number(trailing) }
}
