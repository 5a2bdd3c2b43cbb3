/** Pure: why a program could not be started, and whether trying again can help. */

/**
 * `pressure`: the machine is out of processes, descriptors or memory; later it will work. `poison`: this command can
 * never start. `spawn`: anything else, e.g. no such program.
 */
export type SpawnFailureKind = 'pressure' | 'poison' | 'spawn'

export interface SpawnFailure {
  readonly kind: SpawnFailureKind
  /** The system's error code, or the error's name. */
  readonly code: string
  readonly message: string
}

const pressureCodes: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])
const poisonCodes: ReadonlySet<string> = new Set(['E2BIG', 'ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_TYPE'])

export function classifySpawnFailure(error: unknown): SpawnFailure {
  const code = codeOf(error)
  return { kind: kindOf(code), code, message: error instanceof Error ? error.message : String(error) }
}

function kindOf(code: string): SpawnFailureKind {
  if (pressureCodes.has(code)) return 'pressure'
  return poisonCodes.has(code) ? 'poison' : 'spawn'
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
