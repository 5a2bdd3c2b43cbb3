/** `npm run faults`. Exit code 0: every chosen scenario held. */
import { startService } from '../../services/start-service.ts'
import type { ServiceHandle } from '../../services/service.ts'
import type { FaultScenario } from '../contract.ts'
import type { RunResult } from '../judge/figures.ts'
import { describeResult } from './describe-result.ts'
import { loadScenarios } from './load-scenarios.ts'
import { chosenScenarios, parseOptions, usage, type Options } from './options.ts'
import { writeReport } from './report.ts'
import { forgetResults } from './results.ts'
import { runUntilConclusive } from './run-until-conclusive.ts'

/** Between the seeds of a scenario: a run that does not bite takes the next ones. */
const seedStep = 1000

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const scenarios = await loadScenarios()
  const chosen = attempt(() => {
    const options = parseOptions(args)
    return { options, scenarios: chosenScenarios(scenarios, options) }
  })
  if (chosen === null) return 2
  if (chosen.options.list) return list(scenarios)
  const code = chosen.options.report ? 0 : await runAll(chosen.scenarios, chosen.options)
  say(`wrote ${writeReport()}`)
  return code
}

async function runAll(scenarios: readonly FaultScenario[], options: Options): Promise<number> {
  say(`seed ${options.seed}`)
  const broker = await startService('kafka')
  const results: RunResult[] = []
  try {
    for (const scenario of scenarios) results.push(...(await runSeeds(scenario, options, broker)))
  } finally {
    await broker.dispose()
  }
  const bad = results.filter(({ verdict }) => verdict === 'broken' || verdict === 'inconclusive')
  say(`${results.length} runs, ${bad.length} not green`)
  return bad.length === 0 ? 0 : 1
}

async function runSeeds(scenario: FaultScenario, { tier, seed }: Options, broker: ServiceHandle): Promise<readonly RunResult[]> {
  const results: RunResult[] = []
  forgetResults({ ...scenario, tier })
  for (let number = 0; number < (scenario.tiers[tier]?.seeds ?? 1); number += 1) {
    const result = await runUntilConclusive({ scenario, tier, seed: seed + seedStep * number, broker })
    if (result === null) continue
    results.push(result)
    say(describeResult(result))
  }
  return results
}

function list(scenarios: readonly FaultScenario[]): number {
  for (const { id, name, fault, tiers, group } of scenarios)
    say(`${id.padEnd(4)} ${name.padEnd(28)} ${group.padEnd(7)} ${Object.keys(tiers).join(',').padEnd(13)} ${fault}`)
  return 0
}

function attempt<T>(run: () => T): T | null {
  try {
    return run()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    return null
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
