/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import { batchSizes, sinkNames, type SinkName } from './sinks/sink-cases.ts'

export interface BenchArguments {
  /** Races to run; empty: all. */
  readonly names: readonly string[]
  /** At least 1. */
  readonly rounds: number
  /** Null: as each race says. */
  readonly messages: number | null
  /** Null: a broker is started. */
  readonly kafka: string | null
  /** Of the race of the sinks. Null: as each sink says. */
  readonly payloads: number | null
  readonly sinks: readonly SinkName[]
  readonly batches: readonly number[]
}

export const usage =
  'usage: npm run bench [-- [RACE...] [--rounds N] [--messages N] [--kafka HOST:PORT]]\n' +
  '       npm run bench -- sinks [--rounds N] [--payloads N] [--sinks NAME,...] [--batches N,...] [--kafka HOST:PORT]'

const options = {
  rounds: { type: 'string', default: '5' },
  messages: { type: 'string' },
  kafka: { type: 'string' },
  payloads: { type: 'string' },
  sinks: { type: 'string' },
  batches: { type: 'string' },
} as const

/** Throws with a sentence for the user. */
export function parseBenchArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options })
  const unknown = positionals.filter((name) => !known.includes(name))
  if (unknown.length > 0) throw new Error(`unknown race ${unknown.join(', ')}; there are ${known.join(', ')}`)
  return {
    names: positionals,
    rounds: count('rounds', values.rounds),
    messages: values.messages === undefined ? null : count('messages', values.messages),
    kafka: values.kafka ?? null,
    payloads: values.payloads === undefined ? null : count('payloads', values.payloads),
    sinks: values.sinks === undefined ? sinkNames : values.sinks.split(',').map(sinkName),
    batches: values.batches === undefined ? batchSizes : values.batches.split(',').map((size) => count('batches', size)),
  }
}

function sinkName(text: string): SinkName {
  const known = sinkNames.find((name) => name === text)
  if (known === undefined) throw new Error(`unknown sink "${text}"; there are ${sinkNames.join(', ')}`)
  return known
}

function count(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number above 0, not "${text}"`)
  return value
}
