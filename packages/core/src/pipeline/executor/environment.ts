/** Pure: which environment a child gets (EXE-17…21, design 13). */
import type { ExecutorSettings } from './settings.ts'

type Variables = Readonly<Record<string, string | undefined>>

export interface EnvironmentSource {
  readonly settings: Pick<ExecutorSettings, 'env' | 'env_inherit_parent' | 'env_inherit_deny'>
  readonly parent: Variables
  readonly runId: string
}

/**
 * What all children share: the parent's variables minus the denied names, `DRAKKAR_RUN_ID` of this worker, then
 * `executor.env`. Only inherited names are filtered; `DRAKKAR_RUN_ID` always is this worker's unless `executor.env` or
 * the task replaces it, which takes the child out of the sweep.
 */
export function sharedEnvironment(source: EnvironmentSource): Record<string, string> {
  const environment: Record<string, string> = source.settings.env_inherit_parent ? inherited(source) : {}
  environment['DRAKKAR_RUN_ID'] = source.runId
  return Object.assign(environment, source.settings.env)
}

export interface TaskLayers {
  readonly shared: Readonly<Record<string, string>>
  readonly executorEnv: Readonly<Record<string, string>>
  readonly taskEnv: Readonly<Record<string, string>>
  readonly traceparent?: string | undefined
}

/** One child's environment. `TRACEPARENT` yields to one that `executor.env` or the task names, never to an inherited one. */
export function taskEnvironment(layers: TaskLayers): Record<string, string> {
  const environment: Record<string, string> = { ...layers.shared }
  if (layers.traceparent !== undefined && !('TRACEPARENT' in layers.executorEnv)) environment['TRACEPARENT'] = layers.traceparent
  return Object.assign(environment, layers.taskEnv)
}

function inherited({ parent, settings }: EnvironmentSource): Record<string, string> {
  const denied = settings.env_inherit_deny.map(globPattern)
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(parent)) {
    if (value === undefined || denied.some((pattern) => pattern.test(name))) continue
    kept[name] = value
  }
  return kept
}

/** A shell glob as a case-insensitive pattern over a whole name: `*`, `?`, `[…]`, `[!…]`. An unclosed `[` is literal. */
export function globPattern(glob: string): RegExp {
  let source = ''
  let index = 0
  while (index < glob.length) {
    const end = glob[index] === '[' ? glob.indexOf(']', index + (glob[index + 1] === '!' ? 3 : 2)) : -1
    source += end === -1 ? globCharacter(glob[index] ?? '') : globClass(glob.slice(index + 1, end))
    index = end === -1 ? index + 1 : end + 1
  }
  return new RegExp(`^${source}$`, 'is')
}

function globCharacter(character: string): string {
  if (character === '*') return '.*'
  if (character === '?') return '.'
  return character.replace(/[\\^$.|+()[\]{}/-]/, '\\$&')
}

function globClass(members: string): string {
  const negated = members.startsWith('!')
  const escaped = (negated ? members.slice(1) : members).replace(/[\\\]^[]/g, '\\$&')
  return `[${negated ? '^' : ''}${escaped}]`
}
