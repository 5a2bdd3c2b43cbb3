/** All wanted sinks, one after the other, each with a server of its own for that time. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LeftOut } from '../race.ts'
import { runRace } from '../run-race.ts'
import { Service } from '../service.ts'
import { loadTarget } from './load-target.ts'
import { payloadsAt, sinkCases, type SinkName } from './sink-cases.ts'
import { sinkRace } from './sink-race.ts'
import { createSinksResult, type SinkRaceResult, type SinksResult } from './sinks-result.ts'

export interface RunSinksOptions {
  readonly sinks: readonly SinkName[]
  readonly batches: readonly number[]
  readonly rounds: number
  /** Of a run at batches of 100 and more; null: as each sink says. */
  readonly payloads: number | null
  /** Empty folder for files, removed afterwards. */
  readonly folder: string
  /** Address of a broker that runs already; null: start one. */
  readonly kafka: string | null
  /** Ends the races; what is complete has a result. */
  readonly signal: AbortSignal
  say(line: string): void
}

/** A sink that fails is left out of the result. Rejects when none has one. */
export async function runSinks(options: RunSinksOptions): Promise<SinksResult> {
  const done: SinkRaceResult[] = []
  const leftOut: LeftOut[] = []
  for (const sink of options.sinks) {
    try {
      await runSink(sink, options, done)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      options.say(`!!! ${sink} IS LEFT OUT, or a part of it: ${reason}`)
      leftOut.push({ name: sink, reason })
    }
  }
  return createSinksResult(done, leftOut)
}

async function runSink(sink: SinkName, options: RunSinksOptions, done: SinkRaceResult[]): Promise<void> {
  const { rounds, signal, say, folder } = options
  signal.throwIfAborted()
  await using server = openServer(sink, options)
  const url = await server.address()
  const target = await loadTarget(sink)
  const description = await target.describe(url)
  for (const batch of options.batches) {
    const messages = payloadsAt(options.payloads ?? sinkCases[sink].payloads, batch)
    const context = { messages, folder, kafka: () => Promise.reject(new Error('not a race on Kafka')) }
    const result = await runRace(sinkRace({ sink, target, url, batch }), { context, rounds, say, signal })
    done.push({ sink, server: description, batch, result })
  }
}

interface Server extends AsyncDisposable {
  address(): Promise<string>
}

function openServer(sink: SinkName, { folder, kafka, signal }: RunSinksOptions): Server {
  const { service: name } = sinkCases[sink]
  if (name !== null) return new Service({ name, address: name === 'kafka' ? kafka : null, signal })
  const path = join(folder, sink)
  return {
    address: async () => {
      await mkdir(path, { recursive: true })
      return path
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
