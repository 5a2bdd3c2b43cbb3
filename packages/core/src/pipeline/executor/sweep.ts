/**
 * Finds children by the `DRAKKAR_RUN_ID` in their environment, wherever they fled (own sessions included), and kills them.
 * Linux only; elsewhere nothing is found. Processes of other users cannot be read and are left alone.
 */
import { killByRunId, readPidNamespace } from './process-table.js'
import { isOwnerDead } from './run-id.ts'

/** Kills the children of workers that are gone. Resolves with how many there were. */
export async function sweepDeadOwners(): Promise<number> {
  const ownNamespace = await readPidNamespace()
  return killByRunId((runId) => isOwnerDead(runId, ownNamespace))
}

/** Kills what is left of one run, e.g. at its end. Resolves with how many there were. */
export function sweepRun(ownRunId: string): Promise<number> {
  return killByRunId((runId) => runId === ownRunId)
}
