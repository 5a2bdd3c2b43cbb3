/** How handlers make tasks: `task({ args, from: message })`. */
import { randomBytes } from 'node:crypto'
import type { SourceMessage } from './message.ts'
import type { ExecutorTask, PrecomputedResult, TaskMetadata } from './task.ts'

export interface TaskInput<M extends TaskMetadata = TaskMetadata> {
  readonly args?: readonly string[]
  /** The message or messages the task works for; gives `sourceOffsets`. */
  readonly from?: Pick<SourceMessage, 'offset'> | readonly Pick<SourceMessage, 'offset'>[]
  /**
   * Instead of `from`. Without both the task holds back no commit, and a replacement inherits those of the task it replaces; an empty
   * list detaches a replacement (spec GRP-9).
   */
  readonly sourceOffsets?: readonly number[]
  /** Default: `makeTaskId()`. */
  readonly taskId?: string
  readonly metadata?: M
  readonly labels?: Readonly<Record<string, string>>
  readonly env?: Readonly<Record<string, string>>
  readonly binaryPath?: string
  readonly stdin?: string | Uint8Array
  readonly precomputed?: PrecomputedResult
  readonly parentTaskId?: string
}

const noMetadata: TaskMetadata = Object.freeze({})
/** Source offsets that were not given. Recognised by identity: a list the handler gives is meant, also an empty one. */
export const unspecifiedOffsets: readonly number[] = Object.freeze([])
const noStrings: Readonly<Record<string, string>> = Object.freeze({})

/** Completes a task with the defaults. */
export function task<const M extends TaskMetadata = TaskMetadata>(input: TaskInput<M>): ExecutorTask<M> {
  return {
    taskId: input.taskId ?? makeTaskId(),
    args: input.args ?? [],
    sourceOffsets: input.sourceOffsets ?? offsetsOf(input.from),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- M defaults to TaskMetadata exactly when no metadata is given
    metadata: input.metadata ?? (noMetadata as M),
    labels: input.labels ?? noStrings,
    env: input.env ?? noStrings,
    binaryPath: input.binaryPath ?? null,
    stdin: input.stdin ?? null,
    precomputed: input.precomputed ?? null,
    parentTaskId: input.parentTaskId ?? null,
  }
}

const nanosAtStart = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint()
let lastNanos = 0n

/** `{prefix}-{16 hex digits of the wall time in nanoseconds}-{8 random hex digits}`; later ids sort after earlier ones (spec GEN-9). */
export function makeTaskId(prefix = 't'): string {
  const nanos = nanosAtStart + process.hrtime.bigint()
  lastNanos = nanos > lastNanos ? nanos : lastNanos + 1n
  return `${prefix}-${lastNanos.toString(16).padStart(16, '0')}-${randomHex()}`
}

/** Random bytes are made many at a time: one call per task would cost more than the rest of its id. */
const poolBytes = 4096
let pool = Buffer.alloc(0)
let poolPosition = 0

/** 8 hex digits. */
function randomHex(): string {
  if (poolPosition >= pool.length) {
    pool = randomBytes(poolBytes)
    poolPosition = 0
  }
  poolPosition += 4
  return pool.toString('hex', poolPosition - 4, poolPosition)
}

function offsetsOf(from: TaskInput['from']): readonly number[] {
  if (from === undefined) return unspecifiedOffsets
  return isList(from) ? from.map((message) => message.offset) : [from.offset]
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value)
}
