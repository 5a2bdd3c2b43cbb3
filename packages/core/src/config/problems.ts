/**
 * Problems found while loading, their order and their text. A problem never contains a secret: see `show-value.ts`.
 */
import { ConfigError, redactText, type ConfigProblem } from '@drakkar/plugin-sdk'
import type { ConfigOrigin } from './config-node.ts'

/** A warning about a configuration that can be used. `event` is the name of its log line. */
export interface ConfigWarning extends ConfigProblem {
  readonly event: ConfigWarningEvent
}

export type ConfigWarningEvent =
  | 'config_unknown_key'
  | 'config_env_ignored'
  | 'config_env_alias'
  | 'config_questionable'
  | 'cache_max_memory_entries_unbounded'

export function problemAt(path: readonly string[] | string, message: string, origin?: ConfigOrigin): ConfigProblem {
  const dotted = typeof path === 'string' ? path : path.map(shownKey).join('.')
  return { path: dotted, message, ...place(origin) }
}

/** A value can end up as a key when a line break is missing: shortened, and without credentials. */
function shownKey(key: string): string {
  const shown = redactText(key)
  return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown
}

function place(origin: ConfigOrigin | undefined): Partial<ConfigProblem> {
  if (origin === undefined || origin.kind === 'code') return {}
  if (origin.kind === 'environment') return { origin: `environment ${origin.variable}` }
  return { origin: origin.file, line: origin.line, column: origin.column }
}

/** `drakkar.yaml:12:5`, `environment DRAKKAR_KAFKA__BROKERS`, or null for a value nobody wrote. */
export function describeOrigin(origin: ConfigOrigin): string | null {
  if (origin.kind === 'code') return null
  return origin.kind === 'environment' ? `environment ${origin.variable}` : `${origin.file}:${origin.line}:${origin.column}`
}

/** One line: place, path, what is wrong. */
export function formatProblem(problem: ConfigProblem): string {
  const position = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`
  const origin = problem.origin === undefined ? '' : `${problem.origin}${position} `
  return `${origin}${problem.path === '' ? '' : `${problem.path}: `}${problem.message}`
}

/** File order first, then environment variables by name, then the rest. */
export function sortProblems<P extends ConfigProblem>(problems: readonly P[]): readonly P[] {
  const rank = (problem: P) => (problem.line !== undefined ? 0 : problem.origin !== undefined ? 1 : 2)
  return [...problems].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      (a.column ?? 0) - (b.column ?? 0) ||
      compareText(a.origin ?? '', b.origin ?? '') ||
      compareText(a.path, b.path),
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** `ConfigError` (`DRK_CONFIG_INVALID`) whose message lists every problem on a line of its own. */
export function configError(found: readonly ConfigProblem[]): ConfigError {
  const problems = sortProblems(found)
  const count = problems.length === 1 ? 'One problem' : `${problems.length} problems`
  const message = [`${count} in the configuration:`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join('\n')
  return new ConfigError({ code: 'DRK_CONFIG_INVALID', message, problems })
}
