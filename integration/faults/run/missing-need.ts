/** Why a scenario cannot run here. */
import type { ServiceHandle } from '../../services/service.ts'
import type { FaultScenario, Need } from '../contract.ts'

/** Null when it can. */
export function missingNeed({ needs = [] }: FaultScenario, broker: ServiceHandle): string | null {
  const reasons: Readonly<Record<Need, string | null>> = {
    root: process.getuid?.() === 0 ? null : 'needs root',
    linux: process.platform === 'linux' ? null : 'needs Linux',
    'own-broker': broker.pid === undefined ? 'needs a broker that runs as a process of ours' : null,
  }
  return needs.map((need) => reasons[need]).find((reason) => reason !== null) ?? null
}
