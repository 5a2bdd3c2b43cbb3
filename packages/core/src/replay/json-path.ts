/** Paths into JSON for `--where`: `source.partition`, `task.labels["a.b"]`, `source.keys[0]`, `task_ids[*]`. Pure. */

/** A member by name, an element by position, or every member of an object or list. */
export type PathStep = string | number | typeof everyMember
export const everyMember = Symbol('every member')

export type ParsedPath = { readonly ok: true; readonly steps: readonly PathStep[] } | { readonly ok: false; readonly reason: string }

const step = /\.?([^.[\]"'=\s]+)|\[(\d+)\]|\[(\*)\]|\["((?:[^"\\]|\\.)*)"\]/y

/** A leading `$` or `$.` is allowed and means nothing. */
export function parsePath(text: string): ParsedPath {
  const path = text.replace(/^\$\.?/, '')
  if (path === '') return { ok: false, reason: 'the path is empty' }
  const steps: PathStep[] = []
  let position = 0
  while (position < path.length) {
    step.lastIndex = position
    const match = step.exec(path)
    if (match === null) return { ok: false, reason: `the path cannot be read from "${path.slice(position)}" on` }
    if (position > 0 && match[1] !== undefined && !match[0].startsWith('.')) {
      return { ok: false, reason: `a dot is missing before "${path.slice(position)}"` }
    }
    steps.push(toStep(match))
    position = step.lastIndex
  }
  return { ok: true, steps }
}

function toStep([, name, index, star, quoted]: RegExpExecArray): PathStep {
  if (index !== undefined) return Number(index)
  if (star !== undefined || name === '*') return everyMember
  return name ?? (quoted ?? '').replace(/\\(.)/g, '$1')
}

/** Everything the path leads to; nothing where it leads nowhere. */
export function valuesAt(value: unknown, steps: readonly PathStep[]): readonly unknown[] {
  const [first, ...rest] = steps
  if (first === undefined) return [value]
  if (typeof value !== 'object' || value === null) return []
  if (first === everyMember) return Object.values(value).flatMap((member) => valuesAt(member, rest))
  if (!Object.hasOwn(value, first)) return []
  const member: unknown = Reflect.get(value, first)
  return valuesAt(member, rest)
}
