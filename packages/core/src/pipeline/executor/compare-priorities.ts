/** Pure: the order of task priorities (EXE-28). */
import type { TaskPriority } from './executor.ts'

/**
 * Negative when `left` runs first, 0 when equal, null when the two cannot be compared: different kinds, NaN, anything that
 * is no priority, a `compareTo` that throws. Never throws.
 */
export function comparePriorities(left: TaskPriority, right: TaskPriority): number | null {
  try {
    return compareAny(left, right)
  } catch {
    // A handler's compareTo threw, or an array contains itself: incomparable, which the caller reports.
    return null
  }
}

function compareAny(left: TaskPriority, right: TaskPriority): number | null {
  if (isNumeric(left)) return isNumeric(right) ? compareNumeric(left, right) : null
  if (typeof left === 'string') return typeof right === 'string' ? compareNumeric(left, right) : null
  if (isList(left)) return isList(right) ? compareLists(left, right) : null
  if (typeof left !== 'object' || left === null || typeof left.compareTo !== 'function') return null
  const order = left.compareTo(right)
  return typeof order === 'number' && !Number.isNaN(order) ? order : null
}

function isNumeric(value: TaskPriority): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function isList(value: TaskPriority): value is readonly TaskPriority[] {
  return Array.isArray(value)
}

/** Strings by code unit, numbers and bigints by value. */
function compareNumeric<T extends number | bigint | string>(left: T, right: T): number | null {
  if (left < right) return -1
  if (left > right) return 1
  // oxlint-disable-next-line eqeqeq -- 1n and 1 are equal priorities; NaN is equal to nothing
  return left == right ? 0 : null
}

/** Element by element; of two lists with the same beginning the shorter is first. */
function compareLists(left: readonly TaskPriority[], right: readonly TaskPriority[]): number | null {
  for (const [index, element] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    const order = compareAny(element, other)
    if (order !== 0) return order
  }
  return left.length - right.length
}
