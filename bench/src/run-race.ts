/** One race from its data to its result. */
import { runRounds, type Progress } from './harness.ts'
import { describeMachine, loadNow } from './machine.ts'
import type { Race, RaceContext } from './race.ts'
import { createResult, type RaceResult } from './result.ts'
import { runContender } from './run-contender.ts'

export interface RunRaceOptions {
  readonly context: RaceContext
  /** Rounds that count. */
  readonly rounds: number
  /** Ends the run that is under way; the race then rejects. */
  readonly signal?: AbortSignal
  /** Gets progress and what is left out, line by line. */
  say(line: string): void
}

/** Rejects when the data cannot be prepared or a run fails. */
export async function runRace(race: Race, { context, rounds, say, signal }: RunRaceOptions): Promise<RaceResult> {
  say(`\n${race.title}: preparing ${context.messages} messages`)
  const loadBefore = loadNow()
  const open = await race.open(context)
  try {
    for (const { name, reason } of open.leftOut) say(`!!! ${name} IS LEFT OUT: ${reason}`)
    const runners = open.contenders.map(({ name, prepare }) => ({
      name,
      run: async (id: string) => runContender(await prepare(`${name}-${id}`), signal),
    }))
    const series = await runRounds(runners, { rounds, onProgress: (progress) => report(progress, rounds, say) })
    return createResult({
      race,
      at: new Date().toISOString(),
      messages: context.messages,
      rounds,
      machine: await describeMachine(loadBefore),
      leftOut: open.leftOut,
      series: series.map((one, index) => ({ ...one, about: open.contenders[index]?.about ?? '' })),
    })
  } finally {
    await open.close()
  }
}

function report({ round, name, measurement }: Progress, rounds: number, say: (line: string) => void): void {
  if (measurement === undefined) return
  const rate = Math.round(measurement.messages / measurement.seconds)
  const cpu = ((measurement.cpuSeconds / measurement.messages) * 1e6).toFixed(1)
  say(`  ${round === 'warm-up' ? round : `round ${round}/${rounds}`} ${name}: ${rate} messages/s, ${cpu} µs CPU per message`)
}
