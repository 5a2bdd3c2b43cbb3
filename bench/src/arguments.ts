/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'

export interface BenchArguments {
  /** Races to run; empty: all. */
  readonly names: readonly string[]
  /** At least 1. */
  readonly rounds: number
  /** Null: as each race says. */
  readonly messages: number | null
  /** Null: a broker is started. */
  readonly kafka: string | null
}

export const usage = 'usage: npm run bench [-- [RACE...] [--rounds N] [--messages N] [--kafka HOST:PORT]]'

/** Throws with a sentence for the user. */
export function parseBenchArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { rounds: { type: 'string', default: '5' }, messages: { type: 'string' }, kafka: { type: 'string' } },
  })
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`unknown race ${unknown.join(', ')}; there are ${known.join(', ')}`)
  return {
    names: positionals,
    rounds: count('rounds', values.rounds),
    messages: values.messages === undefined ? null : count('messages', values.messages),
    kafka: values.kafka ?? null,
  }
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0, not "${text}"`)
  return value
}
