/** What a checkpoint file holds, and whether it belongs to a run (spec RPL-15, RPL-18). Pure. */
import { compileSchema, errorMessage } from '@drakkar/plugin-sdk'
import { Type, type Static } from 'typebox'

const nullableNumber = Type.Union([Type.Number(), Type.Null()])
const nullableText = Type.Union([Type.String(), Type.Null()])

const identitySchema = Type.Object({
  topic: Type.String(),
  brokers: Type.String(),
  mode: Type.String(),
  /** Null: the sinks. */
  target: nullableText,
  target_brokers: nullableText,
  /** Filters and ranges as they were given: another selection has settled other entries. */
  selection: Type.String(),
})

const checkpointSchema = Type.Object({
  version: Type.Literal(1),
  run: identitySchema,
  /** What times relative to the start of the first run came to, Unix milliseconds. */
  since_ms: nullableNumber,
  until_ms: nullableNumber,
  /** Partition → offset of the next entry. */
  positions: Type.Record(Type.String({ pattern: '^\\d+$' }), Type.Integer({ minimum: 0 })),
})

/** What a run is: a checkpoint is good for the same run only. */
export type ReplayIdentity = Readonly<Static<typeof identitySchema>>

export interface ReplayTimes {
  readonly sinceMs: number | null
  readonly untilMs: number | null
}

export interface Checkpoint extends ReplayTimes {
  readonly identity: ReplayIdentity
  /** Partition → offset of the next entry: all before it are published, or were rejected. */
  readonly positions: ReadonlyMap<number, number>
}

export type ReadCheckpoint = { readonly ok: true; readonly checkpoint: Checkpoint } | { readonly ok: false; readonly reason: string }

const compiled = compileSchema(checkpointSchema)

export function checkpointText({ identity, sinceMs, untilMs, positions }: Checkpoint): string {
  const sorted = [...positions].toSorted(([a], [b]) => a - b)
  const file = { version: 1, run: identity, since_ms: sinceMs, until_ms: untilMs, positions: Object.fromEntries(sorted) }
  return `${JSON.stringify(file, null, 2)}\n`
}

/** Not ok: the text is no checkpoint, or one of another run. Never throws. */
export function readCheckpoint(text: string, identity: ReplayIdentity): ReadCheckpoint {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    return { ok: false, reason: `it is not JSON: ${errorMessage(error)}` }
  }
  if (!compiled.check(json)) {
    const [issue] = compiled.issues(json)
    return { ok: false, reason: `it is no checkpoint of a replay: ${issue?.path ?? ''} ${issue?.message ?? ''}`.trimEnd() }
  }
  const difference = differenceOf(json.run, identity)
  if (difference !== null) return { ok: false, reason: `it belongs to another run: ${difference}` }
  const positions = new Map(Object.entries(json.positions).map(([partition, offset]) => [Number(partition), offset]))
  return { ok: true, checkpoint: { identity, sinceMs: json.since_ms, untilMs: json.until_ms, positions } }
}

const labels: readonly (readonly [key: keyof ReplayIdentity, label: string])[] = [
  ['topic', 'dead-letter topic'],
  ['brokers', 'brokers'],
  ['mode', 'mode'],
  ['target', 'target topic'],
  ['target_brokers', 'target brokers'],
  ['selection', 'selection'],
]

function differenceOf(theirs: ReplayIdentity, ours: ReplayIdentity): string | null {
  const different = labels.find(([key]) => theirs[key] !== ours[key])
  if (different === undefined) return null
  const [key, label] = different
  return `its ${label} is ${shown(theirs[key])}, this run's ${shown(ours[key])}`
}

function shown(value: string | null): string {
  return value === null || value === '' ? 'none' : `"${value}"`
}
