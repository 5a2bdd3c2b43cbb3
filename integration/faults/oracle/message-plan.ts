/** Which messages a run has: a pure function of the seed and a number, so that the oracle knows what every byte has to be. */
import { hugeBytes, modeOf, type Mode, type ModeName } from '../modes.ts'
import { SeededRandom } from '../random.ts'

export interface MessageMix {
  /** Default 8. */
  readonly partitions?: number
  /** Default 64. */
  readonly keys?: number
  /** How often each mode comes, against the others. Default: precomputed 4, echo 1. */
  readonly shares?: Readonly<Partial<Record<ModeName, number>>>
  /** Shortest and longest time of a task. Default 5 to 40. */
  readonly taskMs?: readonly [number, number]
  /** Fewest and most characters of text in a message. Default 0 to 120. */
  readonly characters?: readonly [number, number]
}

export interface MessagePlan {
  readonly seed: number
  readonly mix: Required<MessageMix>
}

export interface PlannedMessage {
  readonly id: string
  readonly key: string
  readonly partition: number
  readonly mode: ModeName
  readonly text: string
  readonly value: Buffer
}

const defaults: Required<MessageMix> = {
  partitions: 8,
  keys: 64,
  shares: { precomputed: 4, echo: 1 },
  taskMs: [5, 40],
  characters: [0, 120],
}

export function completeMix(mix: MessageMix = {}): Required<MessageMix> {
  return { ...defaults, ...mix }
}

/** A key has a partition of its own, so that its order means something. */
export function planMessage({ seed, mix }: MessagePlan, n: number): PlannedMessage {
  const random = new SeededRandom(seed).fork(`message ${n}`)
  const id = `m${n}`
  const keyNumber = random.integer(0, mix.keys - 1)
  const mode = pickMode(mix.shares, random.next())
  const text = randomText(random, random.integer(...mix.characters))
  const seconds = Math.round(random.between(...mix.taskMs)) / 1000
  const value = valueOf({ id, mode, seconds, text }, modeOf(mode).form)
  return { id, key: `k${keyNumber}`, partition: keyNumber % mix.partitions, mode, text, value }
}

/** The record a sink must hold for a message, byte for byte. */
export function expectedResult(message: Pick<PlannedMessage, 'id' | 'text'>, place: string): string {
  return JSON.stringify({ id: message.id, at: place, text: message.text })
}

function valueOf(fields: Readonly<Record<string, unknown>>, form: Mode['form'] = 'json'): Buffer {
  const json = Buffer.from(JSON.stringify(fields))
  switch (form) {
    case 'json':
      return json
    case 'cut':
      return json.subarray(0, json.length - 2)
    case 'bytes':
      return Buffer.concat([Buffer.from([0xff, 0xfe, 0x00, 0x80]), json])
    case 'empty':
      return Buffer.alloc(0)
    case 'null':
      return Buffer.from('null')
    case 'huge':
      return hugeValue(fields)
    case 'huge_cut':
      return hugeValue(fields).subarray(0, -1)
  }
}

function hugeValue(fields: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify({ ...fields, filler: 'x'.repeat(hugeBytes) }))
}

function pickMode(shares: MessageMix['shares'], fraction: number): ModeName {
  const entries = Object.entries(shares ?? {}) as [ModeName, number][]
  let left = fraction * entries.reduce((sum, [, share]) => sum + share, 0)
  for (const [mode, share] of entries) {
    left -= share
    if (left < 0) return mode
  }
  return entries.at(-1)?.[0] ?? 'precomputed'
}

// What texts are broken by: quotes, escapes, what looks like formats, several bytes in a character, two units in one.
const plainCharacters = 'abcdefghijklmnop0123456789 "\\/\'`$%{}[]<>&|;*?~#\t'
const strangeCharacters = ['ä', 'ß', 'é', '€', '漢', '字', '\u2028', '\u0007', '👍', '🚢', '%s', '\\n']
const alphabet = [...Array.from(plainCharacters), ...strangeCharacters]

/** No line breaks and no NUL: the program reads a line. */
function randomText(random: SeededRandom, characters: number): string {
  return Array.from({ length: characters }, () => random.pick(alphabet)).join('')
}
