/** The suite's command line and its page; hermetic. */
import { describe, expect, it } from 'vitest'
import { defineScenario } from '../contract.ts'
import type { RunFigures, RunResult } from '../judge/figures.ts'
import { slopeOf } from '../judge/slope.ts'
import { describeResult } from '../run/describe-result.ts'
import { loadScenarios } from '../run/load-scenarios.ts'
import { chosenScenarios, parseOptions } from '../run/options.ts'
import { reportText } from '../run/report-text.ts'

const figures: RunFigures = {
  messages: 1000,
  executions: 200,
  hits: 3,
  lost: 0,
  duplicates: 4,
  duplicate_bound: 40,
  re_executed: 1,
  re_executed_bound: 40,
  dead_lettered: 0,
  recovery_seconds: 1.25,
  recovery_limit: 30,
  rate_before: 300,
  leftovers: 0,
  zombies: 0,
  descriptors_more: -1,
  timers_more: 2,
  max_rss_mb: 120,
  rebalances: 0,
  seconds: 9,
  kills_at_work: 3,
}

function result(other: Partial<RunResult> = {}): RunResult {
  return {
    id: 'F02',
    name: 'broker-killed',
    fault: 'broker SIGKILL',
    invariant: 'nothing lost',
    tier: 'ci',
    seed: 7,
    verdict: 'held',
    findings: [],
    figures,
    at: '2026-11-21T10:00:00.000Z',
    versions: { node: '20.20.2', kafka: '4.3.1', system: 'linux', cores: '2', memory_gib: '24' },
    ...other,
  }
}

function page(...results: readonly RunResult[]): string {
  return reportText({ results, rebalancing: [], sinks: [] })
}

describe('the page', () => {
  it('has a line for a scenario and tier over all its runs, with sums, the closest bound and the slowest recovery', () => {
    const closer = { ...figures, duplicates: 30, recovery_seconds: 8 }
    const text = page(result(), result({ seed: 8, figures: closer }))
    expect(text).toContain(
      '| F02 | broker SIGKILL | nothing lost | held | 2 | 2000 | 6 | 0 | 30 ≤ 40 | 1 ≤ 40 | 8.0 ≤ 30 | 0 | -1 | +2 | 120 | 7 8 |',
    )
    expect(text).toContain('2026-11-21, Node 20.20.2, Kafka 4.3.1, linux, 2 cores, 24 GiB')
    expect(text).toContain('F02 broker-killed (ci, seed 7): kills at work 3')
  })

  it('shows a broken run as broken, whatever the others did, and what did not hold', () => {
    const text = page(result(), result({ seed: 8, verdict: 'broken', findings: ['lost: 1, may be 0\n at a line'], figures: null }))
    expect(text).toContain('| **broken** |')
    expect(text).toContain('F02 broker-killed (ci, seed 8): lost: 1, may be 0\n')
  })

  it('counts a scenario that never bit as inconclusive, and one that bit at last as held', () => {
    expect(page(result({ verdict: 'inconclusive' }))).toContain('| **inconclusive** |')
    expect(page(result({ verdict: 'inconclusive' }), result({ seed: 8 }))).toContain('| held (1 without a bite) |')
  })

  it('names what was left out, and why', () => {
    expect(page(result({ verdict: 'left_out', findings: ['needs root'], figures: null }))).toContain(
      '- F02 broker-killed (ci, seed 7): needs root',
    )
  })
})

describe('the command line', () => {
  const scenario = defineScenario({
    id: 'F99',
    name: 'test',
    fault: '',
    invariant: '',
    group: 'broker',
    tiers: { hour: { messages: 1 } },
    limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null },
    bite: () => 1,
  })

  it('chooses by id or name, within the tier', () => {
    expect(chosenScenarios([scenario], parseOptions(['--tier', 'hour', '--only', 'F99']))).toEqual([scenario])
    expect(chosenScenarios([scenario], parseOptions(['--tier', 'hour', '--only', 'test']))).toEqual([scenario])
    expect(chosenScenarios([scenario], parseOptions([]))).toEqual([])
  })

  it.each([
    [['--tier', 'week'], 'there is no tier week'],
    [['--seed', 'x'], '--seed takes a whole number'],
  ])('refuses %j', (args, reason) => {
    expect(() => parseOptions(args)).toThrow(reason)
  })

  it('refuses a name that is none', () => {
    expect(() => chosenScenarios([scenario], parseOptions(['--only', 'F98']))).toThrow('there is no scenario F98')
  })

  it('says how a run that is not green is repeated', () => {
    expect(describeResult(result({ verdict: 'inconclusive' }))).toContain(
      'again: npm run faults -- --tier ci --only broker-killed --seed 7',
    )
    expect(describeResult(result())).not.toContain('again')
  })
})

it('every scenario has a name of its own, a tier, and words for the page', async () => {
  const scenarios = await loadScenarios()
  expect(new Set(scenarios.map(({ name }) => name)).size).toBe(scenarios.length)
  expect(scenarios.filter(({ tiers }) => Object.keys(tiers).length === 0)).toEqual([])
  expect(
    scenarios.filter(
      ({ id, name, fault, invariant }) => !/^[FG]\d+(?:-[FG]\d+)?$/.test(id) || !/^[a-z0-9-]+$/.test(name) || !fault || !invariant,
    ),
  ).toEqual([])
})

it('the slope of values is that of the line through them', () => {
  const line = [0, 1, 2, 3].map((x) => [x, 5 + 2 * x] as const)
  expect(slopeOf(line)).toBeCloseTo(2)
  expect(slopeOf(line.slice(0, 1))).toBe(0)
})
