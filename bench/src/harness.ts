/** Alternation: every round runs every contender once, in the same order; the first round warms up and is dropped. */
import type { Measurement } from './measurement.ts'

export interface Runner {
  readonly name: string
  /** `id` names the run: `warm-up`, then `1`, `2`, … */
  run(id: string): Promise<Measurement>
}

export interface RoundOptions {
  /** Rounds that count, at least 1. */
  readonly rounds: number
  /** Told before (`measurement` absent) and after each run. */
  onProgress(progress: Progress): void
}

export interface Progress {
  readonly round: string
  readonly name: string
  readonly measurement?: Measurement
}

export interface Series {
  readonly name: string
  /** One of each round. */
  readonly runs: readonly Measurement[]
}

/** Rejects with the first failure, which names the contender: a race with a hole would compare different rounds. */
export async function runRounds(runners: readonly Runner[], options: RoundOptions): Promise<readonly Series[]> {
  if (!(options.rounds >= 1)) throw new Error('a race needs at least one round')
  const series = runners.map(({ name }) => ({ name, runs: [] as Measurement[] }))
  for (let round = 0; round <= options.rounds; round += 1) {
    const id = round === 0 ? 'warm-up' : String(round)
    for (const [index, runner] of runners.entries()) {
      options.onProgress({ round: id, name: runner.name })
      const measurement = await runOne(runner, id)
      options.onProgress({ round: id, name: runner.name, measurement })
      if (round > 0) series[index]?.runs.push(measurement)
    }
  }
  return series
}

async function runOne(runner: Runner, id: string): Promise<Measurement> {
  try {
    return await runner.run(id)
  } catch (error) {
    throw new Error(`${runner.name} failed in round ${id}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
