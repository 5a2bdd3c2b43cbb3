/** Pure: why a program could not be started, and whether trying again can help. */

/**
 * `pressure`: later it will work: the machine is out of processes, descriptors or memory, or the configured program is away.
 * `poison`: this command can never start. `spawn`: anything else, e.g. a task names a program that does not exist.
 */
export type SpawnFailureKind = 'pressure' | 'poison' | 'spawn'

export interface SpawnFailure {
  readonly kind: SpawnFailureKind
  /** The system's error code, or the error's name. */
  readonly code: string
  readonly message: string
}

const pressureCodes: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])
/** The file is not there, not executable, half a file, or being written. */
const absentCodes: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP', 'ENOEXEC', 'ETXTBSY'])
const poisonCodes: ReadonlySet<string> = new Set(['E2BIG', 'ERR_INVALID_ARG_VALUE', 'ERR_INVALID_ARG_TYPE'])

/**
 * `isConfigured`: it is `executor.binary_path`, which could be started when the worker began. That it is away now is nothing the
 * message can help.
 */
export function classifySpawnFailure(error: unknown, { isConfigured = false }: { readonly isConfigured?: boolean } = {}): SpawnFailure {
  const code = codeOf(error)
  return { kind: kindOf(code, isConfigured), code, message: error instanceof Error ? error.message : String(error) }
}

function kindOf(code: string, isConfigured: boolean): SpawnFailureKind {
  if (pressureCodes.has(code) || (isConfigured && absentCodes.has(code))) return 'pressure'
  return poisonCodes.has(code) ? 'poison' : 'spawn'
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
