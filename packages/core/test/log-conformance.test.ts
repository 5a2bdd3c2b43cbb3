/** The log conformance suite is worth as much as the faults it finds: a sound log passes, each broken one fails its rule. */
import { logConformance } from '@drakkar/plugin-sdk/log/conformance'
import type { ConformanceIt } from '@drakkar/plugin-sdk/log/conformance'
import { expect, it } from 'vitest'
import { BrokenLog, faults } from './log/broken-logs.ts'
import type { Fault } from './log/broken-logs.ts'

interface Case {
  readonly rule: string
  readonly run: () => Promise<void>
}

/** The cases as the suite registers them, not run. */
function casesFor(fault: Partial<Fault>, deadlineMs: number): Case[] {
  const cases: Case[] = []
  const collect: ConformanceIt = Object.assign(
    (name: string, run: () => Promise<void>) => cases.push({ rule: name.slice(0, name.indexOf(' ')), run }),
    { skip: () => undefined },
  )
  logConformance(collect, {
    open: async () => new BrokenLog(fault),
    reopen: async (log) => {
      if (!(log instanceof BrokenLog)) throw new TypeError('not a broken log')
      return log.reopen()
    },
    groups: true,
    gracefulHandOver: true,
    deadlineMs,
  })
  return cases
}

async function fails({ run }: Case): Promise<boolean> {
  return await run().then(
    () => false,
    () => true,
  )
}

it('a log without a fault, wrapped in the same way, passes every rule', async () => {
  const failed: string[] = []
  for (const each of casesFor({}, 15_000)) if (await fails(each)) failed.push(each.rule)
  expect(failed).toEqual([])
})

it.each(faults)('$rule notices a log that $what', async (fault) => {
  const own = casesFor(fault, 400).filter(({ rule }) => rule === fault.rule)
  expect(own).toHaveLength(1)
  expect(await fails(own[0]!)).toBe(true)
})

it('every rule has a number of its own', () => {
  const rules = casesFor({}, 15_000).map(({ rule }) => rule)
  expect(new Set(rules).size).toBe(rules.length)
  expect(rules.length).toBeGreaterThanOrEqual(50)
})
