/**
 * Whether what a module exports can be used as the definition of a sink type (spec REG-6). Pure.
 */
import { isSinkDefinition, sinkContractVersion, type SinkDefinition } from '@drakkar/plugin-sdk'

export type DefinitionCheck =
  | { readonly usable: true; readonly definition: SinkDefinition }
  /** `reason` completes the sentence "… cannot be used: ". */
  | { readonly usable: false; readonly reason: string }

/** `type`: what the manifest says the definition is for; null when the definition speaks for itself. */
export function checkDefinition(value: unknown, type: string | null): DefinitionCheck {
  if (value === undefined) return { usable: false, reason: 'the export does not exist' }
  if (!isSinkDefinition(value)) return { usable: false, reason: `the export is ${describe(value)}, not what defineSink() returns` }
  if (value.contractVersion !== sinkContractVersion) {
    return {
      usable: false,
      reason: `it was built for version ${String(value.contractVersion)} of the sink contract, wanted is version ${sinkContractVersion}`,
    }
  }
  if (type !== null && value.type !== type) {
    return { usable: false, reason: `the definition is for the type "${value.type}", the manifest says "${type}"` }
  }
  return { usable: true, definition: value }
}

function describe(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function or class ${value.name}`
  return typeof value === 'object' ? 'a plain object' : `a ${typeof value}`
}
