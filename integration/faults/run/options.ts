/** The command line of the suite. */
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { tiers, type FaultScenario, type Tier } from '../contract.ts'

export const usage = `npm run faults -- [options]
  --tier ci|hour|soak   how much (default: ci)
  --only F02,disk-full  only these ids or names
  --seed N              first seed (default: a random one, which is printed)
  --list                show the scenarios and end
  --report              write docs/reliability.md from the results there are, and end
`

export interface Options {
  readonly tier: Tier
  readonly only: readonly string[]
  readonly seed: number
  readonly list: boolean
  readonly report: boolean
}

/** Throws with a sentence for people. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      tier: { type: 'string', default: 'ci' },
      only: { type: 'string', default: '' },
      seed: { type: 'string' },
      list: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false },
    },
  })
  const tier = tiers.find((name) => name === values.tier)
  if (tier === undefined) throw new Error(`there is no tier ${values.tier}; there are ${tiers.join(', ')}`)
  const seed = values.seed === undefined ? randomInt(1, 1_000_000) : Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0) throw new Error('--seed takes a whole number')
  return { tier, only: values.only.split(',').filter(Boolean), seed, list: values.list, report: values.report }
}

/** Throws for a name that is none. */
export function chosenScenarios(scenarios: readonly FaultScenario[], { tier, only }: Options): readonly FaultScenario[] {
  const unknown = only.find((wanted) => !scenarios.some(({ id, name }) => id === wanted || name === wanted))
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}; see --list`)
  const ofTier = scenarios.filter(({ tiers: parts }) => parts[tier] !== undefined)
  return only.length === 0 ? ofTier : ofTier.filter(({ id, name }) => only.includes(id) || only.includes(name))
}
