/** Plays a scenario until its event bites, and writes its figures down; what it must not have cost is said at the end. */
import { expect } from 'vitest'
import { judgeEvent, type EventFigures } from './judge/judge-event.ts'
import { judgeRun } from './judge/judge-run.ts'
import { Lab } from './lab/lab.ts'
import { recordPlayed } from './figures.ts'
import type { Cost, Played, Scenario } from './scenario.ts'

/** A run that shows nothing is repeated, never passed. */
const mostRuns = 3

/** Resolves with the first run that shows something. */
export async function runScenario(scenario: Scenario, brokers: string): Promise<Played> {
  const reasons: string[] = []
  for (let run = 1; run <= mostRuns; run += 1) {
    const { played, doubts } = await play(scenario, brokers)
    const reason = [...doubts, scenario.inconclusive(played) ?? ''].find((doubt) => doubt !== '') ?? null
    recordPlayed(scenario, played, reason)
    if (reason === null) return played
    reasons.push(reason)
  }
  throw new Error(`${scenario.name} is inconclusive: ${reasons.join('; ')}`)
}

async function play(scenario: Scenario, brokers: string): Promise<{ readonly played: Played; readonly doubts: readonly string[] }> {
  await using lab = await Lab.open({ ...scenario.lab, name: scenario.name, brokers })
  const truth = await scenario.play(lab)
  const { lines } = lab
  const played = { events: lab.events.map((window) => judgeEvent(lines, window)), run: judgeRun(lines, truth) }
  return { played, doubts: lab.doubts }
}

/** What holds in every run, and what each of its events may cost. */
export function expectSound(scenario: Scenario, { events, run }: Played): void {
  expect({ lost: run.lost, strangers: run.strangers, uncommitted: run.uncommitted, commitRegressions: run.commitRegressions }).toEqual({
    lost: 0,
    strangers: 0,
    uncommitted: [],
    commitRegressions: 0,
  })
  // A stranger's commits are none of ours.
  if (!Object.values(scenario.costs).includes('moves at once')) expect(run.late.commits).toBe(0)
  for (const event of events) expectCost(event, scenario.costs[event.event] ?? 'graceful')
  if (events.every(({ event }) => scenario.costs[event] === 'graceful')) {
    const { overlapping, reexecuted, duplicates, late } = run
    expect({ overlapping, reexecuted, duplicates, late }).toEqual({
      overlapping: 0,
      reexecuted: 0,
      duplicates: 0,
      late: { starts: 0, ends: 0, deliveries: 0, commits: 0 },
    })
  }
}

function expectCost(event: EventFigures, cost: Cost): void {
  const { reexecutedRetained, reexecutedMoved, duplicates, reexecutionBound } = event
  const what = `${event.event}: ${JSON.stringify(event)}`
  // A stranger begins at the committed offset of all its partitions with every join.
  if (cost !== 'moves at once') expect(reexecutedRetained, what).toBe(0)
  switch (cost) {
    case 'graceful':
      expect(reexecutedMoved, what).toBe(0)
      expect(duplicates, what).toBe(0)
      break
    case 'kill':
      expect(reexecutedMoved, what).toBeLessThanOrEqual(reexecutionBound)
      expect(duplicates, what).toBeLessThanOrEqual(reexecutionBound)
      break
    case 'gone-on':
    case 'moves at once':
      break
  }
}
