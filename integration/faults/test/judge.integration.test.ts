/** The judge of the fault suite has to find what it exists to find; hermetic, but part of the suite it judges. */
import { describe, expect, it } from 'vitest'
import type { Limits } from '../contract.ts'
import { breachesOf, type Measured } from '../judge/judge.ts'
import type { ModeName } from '../modes.ts'
import { completeMix, expectedResult, planMessage, type PlannedMessage } from '../oracle/message-plan.ts'
import { Obligations } from '../oracle/obligations.ts'
import { recoveryOf } from '../oracle/recovery.ts'

const limits = { duplicates: 0, reExecuted: 0, recoverySeconds: 15 }

function message(mode: ModeName, n: number): PlannedMessage {
  return { id: `m${n}`, key: `k${n % 2}`, partition: 0, mode, text: `text ${n}`, value: Buffer.alloc(0) }
}

/** Four messages of partition 0; the last one must fail. */
function ledger(): Obligations {
  const obligations = new Obligations()
  const modes: readonly ModeName[] = ['echo', 'echo', 'precomputed', 'exit']
  modes.forEach((mode, n) => obligations.produced(0, n, message(mode, n)))
  return obligations
}

function deliver(obligations: Obligations, ...offsets: readonly number[]): void {
  for (const n of offsets) obligations.delivered(`0/${n}`, expectedResult(message('echo', n), `0/${n}`))
}

function breaches(obligations: Obligations, committed: number, other: Partial<Measured> = {}, allowed: Limits = limits): readonly string[] {
  const measured: Measured = {
    verdict: obligations.verdict(new Map([[0, committed]])),
    recovery: { rateBefore: 100, seconds: 1 },
    hits: 1,
    isAlive: true,
    endings: [{ code: 0, signal: null }],
    leftovers: 0,
    zombies: 0,
    descriptorsMore: 0,
    timersMore: 0,
    maxRssMb: 100,
    rebalances: 0,
    seconds: 1,
    own: {},
    ...other,
  }
  return breachesOf(measured, allowed)
}

describe('the judge', () => {
  it('is content when every message came to its own end', () => {
    const obligations = ledger()
    deliver(obligations, 0, 1, 2)
    obligations.deadLettered('0/3')
    expect(breaches(obligations, 4)).toEqual([])
  })

  it.each<[string, (obligations: Obligations) => void, string]>([
    ['a message without an end', () => undefined, 'lost: 1, may be 0 (0/2 (precomputed))'],
    ['a byte that changed', (it) => it.delivered('0/2', '{"id":"m2","at":"0/2","text":"text 3"}'), 'delivered with other bytes: 1'],
    ['an end of nothing', (it) => it.deadLettered('7/7'), 'never produced: 1, may be 0 (7/7)'],
    ['a dead letter without a reason', (it) => it.deadLettered('0/2'), 'dead-lettered without a reason: 1, may be 0 (0/2 (precomputed))'],
    ['a delivery twice', (it) => deliver(it, 2, 2), 'duplicates: 1, may be 0'],
    [
      'a delivery of what had to fail',
      (it) => it.delivered('0/3', expectedResult(message('exit', 3), '0/3')),
      'delivered although it had to fail: 1',
    ],
    ['a program run twice', (it) => [1, 2].forEach(() => it.began('0/1', 'echo')), 're-executed: 1, may be 0'],
  ])('finds %s', (_, harm, breach) => {
    const obligations = ledger()
    deliver(obligations, 0, 1)
    obligations.deadLettered('0/3')
    harm(obligations)
    expect(breaches(obligations, 4).some((text) => text.startsWith(breach))).toBe(true)
  })

  it('finds a commit that ran ahead, also when it is settled later', () => {
    const obligations = ledger()
    deliver(obligations, 0)
    obligations.checkCommitted(new Map([[0, 2]]))
    deliver(obligations, 1, 2)
    obligations.deadLettered('0/3')
    expect(breaches(obligations, 4)).toEqual(['committed before its end: 1, may be 0 (0/1)'])
  })

  it('finds a first delivery out of the order of its key, where there is one', () => {
    const obligations = ledger()
    deliver(obligations, 2, 1, 0)
    obligations.deadLettered('0/3')
    expect(breaches(obligations, 4)).toEqual([])
    expect(breaches(obligations, 4, {}, { ...limits, ordered: true })).toEqual(['out of the order of their key: 1, may be 0 (0/0)'])
  })

  it('finds what is wrong beside the messages', () => {
    const obligations = ledger()
    deliver(obligations, 0, 1, 2)
    obligations.deadLettered('0/3')
    const other = {
      isAlive: false,
      leftovers: 1,
      zombies: 1,
      descriptorsMore: 6,
      maxRssMb: 301,
      endings: [{ code: 5, signal: null }],
      recovery: { rateBefore: 9, seconds: 16 },
    }
    expect(breaches(obligations, 3, other)).toEqual([
      'offsets not committed at the end: 1, may be 0',
      'seconds to 90 % of the rate: 16, may be 15',
      'processes that outlived their worker: 1, may be 0',
      'zombies: 1, may be 0',
      'descriptors more than at the start: 6, may be 5',
      'MiB of memory: 301, may be 300',
      'a message produced at the end did not pass',
      'a worker ended with 5',
    ])
  })

  it('lets a kill cost what was begun or delivered and not committed, and no more', () => {
    const obligations = ledger()
    obligations.began('0/0', 'echo')
    deliver(obligations, 0)
    expect(obligations.countKill(new Map([[0, 0]]))).toBe(1)
    expect(obligations.countKill(new Map([[0, 1]]))).toBe(0)
    expect(obligations.verdict(new Map())).toMatchObject({ kills: 2, crashCost: 1 })
  })

  it('counts from the heal to the second in which 90 % of the rate before is reached', () => {
    const every = (ms: number, from: number, to: number) => Array.from({ length: (to - from) / ms }, (_, index) => from + index * ms)
    const endsAtMs = [...every(10, 0, 2000), ...every(100, 5000, 8000), ...every(10, 8000, 12_000)]
    const { rateBefore, seconds } = recoveryOf({ endsAtMs, faultAtMs: 2000, healedAtMs: 5000 })
    expect(rateBefore).toBe(100)
    expect(seconds).toBeCloseTo(2.9, 1)
  })
})

it('a message is the same every time it is planned, and has its key in one partition', () => {
  const plan = { seed: 42, mix: completeMix() }
  const messages = Array.from({ length: 500 }, (_, n) => planMessage(plan, n))
  expect(messages).toEqual(Array.from({ length: 500 }, (_, n) => planMessage(plan, n)))
  const places = new Set(messages.map(({ key, partition }) => `${key} ${partition}`))
  expect(places.size).toBe(new Set(messages.map(({ key }) => key)).size)
  expect(planMessage({ ...plan, seed: 43 }, 0).value).not.toEqual(messages[0]?.value)
})
