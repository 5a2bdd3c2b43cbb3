/** What discovery logs, by the names of the spec (REG-4, REG-5, REG-6), each fact once. */
import { PluginError, type Logger } from '@drakkar/plugin-sdk'
import type { PackageScan } from './find-packages.ts'
import type { PlannedSink } from './plan.ts'
import { candidateLabel, type SinkCandidate } from './sink-candidate.ts'

export class RegistryEvents {
  readonly #logger: Logger
  readonly #loggedOverrides = new Set<string>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Types whose provider replaces another; those logged before are left out. */
  overrides(plan: ReadonlyMap<string, PlannedSink>): void {
    for (const { winner, overrides, conflict } of plan.values()) {
      if (overrides.length === 0 || conflict !== null) continue
      const fields = { sink_type: winner.type, used: candidateLabel(winner), overridden: overrides.map(candidateLabel) }
      const key = JSON.stringify(fields)
      if (this.#loggedOverrides.has(key)) continue
      this.#loggedOverrides.add(key)
      this.#logger.info('sink_registry_override', fields)
    }
  }

  /** What can be told to be unusable without importing anything. */
  unusable(scan: PackageScan, candidates: readonly SinkCandidate[]): void {
    for (const { name, file, error } of scan.unreadable) {
      this.#logger.warn('sink_registry_entry_point_load_failed', { package: name, location: file, error })
    }
    for (const { type, source, location, ...candidate } of candidates) {
      if (source.kind !== 'invalid') continue
      const fields = { sink_type: type, package: candidateLabel(candidate), location, error: source.reason }
      this.#logger.warn('sink_registry_entry_point_invalid', fields)
    }
  }

  loadFailure(candidate: SinkCandidate, error: unknown): void {
    if (candidate.source.kind === 'invalid' || !PluginError.isInstance(error)) return
    const { type, location } = candidate
    const fields = { sink_type: type, package: candidateLabel(candidate), location, error: error.message }
    if (error.code === 'DRK_PLUGIN_LOAD_FAILED') this.#logger.warn('sink_registry_entry_point_load_failed', fields)
    else this.#logger.warn('sink_registry_entry_point_invalid', fields)
  }
}
