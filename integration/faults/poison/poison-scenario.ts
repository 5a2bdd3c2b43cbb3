/** Scenarios whose fault is in the messages: which ends they must come to, by which reason, and after how many attempts. */
import type { FaultScenario, Limits, Load, Stage, Tier } from '../contract.ts'
import { modeOf, type ModeName } from '../modes.ts'
import { defineScenario } from '../contract.ts'
import { leftBehind, stillAlive, watchTimeouts } from './left-behind.ts'

export interface Poison {
  readonly id: string
  readonly name: string
  readonly fault: string
  readonly invariant: string
  readonly tiers: Readonly<Partial<Record<Tier, Load>>>
  /** Against 60 messages of the ordinary kind. */
  readonly shares: Readonly<Partial<Record<ModeName, number>>>
  readonly limits?: Partial<Limits>
  readonly topics?: FaultScenario['topics']
  /** Over the stage's own, one level deep. */
  config?(stage: Stage): Readonly<Record<string, Readonly<Record<string, unknown>>>>
  check?(stage: Stage): Promise<readonly string[]>
}

const ordinary = { precomputed: 45, echo: 15 } as const

export function definePoison(poison: Poison): FaultScenario {
  const { id, name, fault, invariant, tiers, shares, topics } = poison
  return defineScenario({
    id,
    name,
    fault,
    invariant,
    group: 'task',
    needs: ['linux'],
    tiers,
    limits: { duplicates: 0, reExecuted: 0, recoverySeconds: null, ...poison.limits },
    messages: { shares: { ...ordinary, ...shares } },
    ...(topics !== undefined && { topics }),
    config: (stage) => ({
      ...poison.config?.(stage),
      executor: { task_timeout_seconds: 5, hook_timeout_seconds: 1, kill_grace_seconds: 0.5, ...poison.config?.(stage)['executor'] },
    }),
    inject: (stage) => watchTimeouts(stage, { graceSeconds: 0.5, timeoutSeconds: 5 }),
    bite: (stage) => poisonCame(stage, Object.keys(shares) as ModeName[]),
    check: async (stage) => [
      ...(await wrongReasons(stage)),
      ...(await wrongAttempts(stage)),
      ...(await stillAlive(await leftBehind(stage))),
      ...((await poison.check?.(stage)) ?? []),
    ],
  })
}

/** How many messages were of these modes; 0 when one of the modes never came. */
async function poisonCame(stage: Stage, names: readonly ModeName[]): Promise<number> {
  const { messagesByMode } = await stage.status()
  const counts = names.map((name) => messagesByMode[name] ?? 0)
  return counts.includes(0) ? 0 : counts.reduce((sum, count) => sum + count, 0)
}

/** Dead letters that say something else than their mode calls for. */
async function wrongReasons(stage: Stage): Promise<readonly string[]> {
  const { deadBy } = await stage.status()
  return Object.entries(deadBy).flatMap(([name, reasons]) => {
    const { reason } = modeOf(name as ModeName)
    if (reason === undefined) return []
    const others = Object.entries(reasons).filter(([text]) => text !== reason)
    return others.map(([text, count]) => `${count} dead letters of ${name} say "${text}", not "${reason}"`)
  })
}

/** Programs were begun as often as the handler asked for: not once more, and not once less. */
async function wrongAttempts(stage: Stage): Promise<readonly string[]> {
  const { messagesByMode, byMode } = await stage.status()
  return Object.entries(messagesByMode).flatMap(([name, messages]) => {
    const { attempts = 1, isProgramless = false } = modeOf(name as ModeName)
    const expected = isProgramless ? 0 : attempts * messages
    const begun = byMode[name] ?? 0
    return begun === expected ? [] : [`${begun} programs for ${messages} messages of ${name}, not ${expected}`]
  })
}
