/** Whatever a sink answers: every group settles once, and the end states of payloads partition what was submitted. */
import { failure, ok, skip, SinkError, type DeliverResult, type DeliveryItem, type SinkResponse } from '@drakkar/plugin-sdk'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { messageAt, turn } from '../../../test/support/values.ts'
import { silentLogger } from '../../observability/logger.ts'
import { DeliveryGroup } from './delivery-group.ts'
import { Lane, type GroupDecision } from './lane.ts'

type Answer = 'ok' | 'skip' | 'permanent' | 'transient' | 'throttled' | 'missing' | 'twice'
/** `settling`: leaves its batch, and ends dead a few turns later; `lost`: leaves, and is given up. */
type Decision = 'retry' | 'settled' | 'abandoned' | 'settling' | 'lost'
type Call = 'throw' | 'void' | 'no list' | readonly Answer[]

interface Plan {
  readonly groups: readonly number[]
  readonly calls: readonly Call[]
  readonly decisions: readonly Decision[]
  readonly batching: boolean
  readonly idempotent: boolean
  readonly maxItems: number
  readonly maxInFlight: number
  readonly maxRetries: number
  readonly fastRetries: number
  /** Group that is given up, and after how many calls. */
  readonly abandon: { readonly group: number; readonly afterCall: number } | null
}

const answer = fc.constantFrom<Answer>('ok', 'ok', 'ok', 'skip', 'permanent', 'transient', 'throttled', 'missing', 'twice')
const call: fc.Arbitrary<Call> = fc.oneof(
  fc.constantFrom<Call>('throw', 'void', 'no list'),
  fc.array(answer, { minLength: 1, maxLength: 4 }),
  fc.array(answer, { minLength: 1, maxLength: 4 }),
)
const plans: fc.Arbitrary<Plan> = fc.record({
  groups: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
  calls: fc.array(call, { minLength: 1, maxLength: 10 }),
  decisions: fc.array(fc.constantFrom<Decision>('retry', 'retry', 'settled', 'settling', 'abandoned', 'lost'), {
    minLength: 1,
    maxLength: 8,
  }),
  batching: fc.boolean(),
  idempotent: fc.boolean(),
  maxItems: fc.integer({ min: 1, max: 6 }),
  maxInFlight: fc.integer({ min: 1, max: 3 }),
  maxRetries: fc.integer({ min: 0, max: 3 }),
  fastRetries: fc.integer({ min: 0, max: 2 }),
  abandon: fc.option(fc.record({ group: fc.nat(7), afterCall: fc.integer({ min: 0, max: 5 }) })),
})

it('every group settles exactly once, and every payload has one end state', async () => {
  await fc.assert(fc.asyncProperty(plans, runPlan), { numRuns: 300 })
}, 60_000)

async function runPlan(plan: Plan): Promise<void> {
  const clock = createFakeClock()
  const ends = new Map<string, string>()
  const settledGroups: number[] = []
  const end = (id: string, state: string): void => {
    expect(ends.has(id), `${id} has ended already`).toBe(false)
    ends.set(id, state)
  }
  const stops = plan.groups.map(() => new AbortController())
  let calls = 0
  let active = 0
  let decisions = 0
  const deliver = async (items: readonly DeliveryItem<unknown>[]): Promise<DeliverResult> => {
    calls += 1
    active += 1
    expect(active).toBeLessThanOrEqual(plan.maxInFlight)
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
    expect(items.every(({ id }) => !ends.has(id))).toBe(true)
    if (calls === plan.abandon?.afterCall) stops[plan.abandon.group]?.abort()
    const script = plan.calls[(calls - 1) % plan.calls.length]!
    await Promise.resolve()
    active -= 1
    return perform(script, items, end)
  }
  const decide = async (group: DeliveryGroup, _error: SinkError, mayRetry: boolean): Promise<GroupDecision> => {
    decisions += 1
    expect(group.open.length).toBeGreaterThan(0)
    const decision = plan.decisions[decisions % plan.decisions.length]!
    if (decision === 'retry' && mayRetry) return 'retry'
    if (decision === 'abandoned') return 'abandoned'
    if (decision === 'lost') return { settling: turn().then(() => false) }
    const settle = (): true => {
      for (const { item } of group.open) end(item.id, 'dead')
      group.settleAll()
      return true
    }
    if (decision === 'settling') return { settling: turn().then(settle) }
    settle()
    return 'settled'
  }
  const lane = new Lane(
    { ...plan, type: 'record', name: 'main', deliveryTimeoutMs: null },
    { clock, logger: silentLogger, random: () => 0.5, deliver, decide },
  )
  if (plan.abandon?.afterCall === 0) stops[plan.abandon.group]?.abort()
  const groups = plan.groups.map((size, index) => groupOf(index, size, stops[index]!.signal))
  const results = groups.map((group, index) =>
    lane.submit(group).then((settled) => {
      settledGroups.push(index)
      return settled
    }),
  )
  await clock.advance(600_000)
  const settled = await Promise.all(results)
  await lane.idle()

  expect(settledGroups.toSorted((a, b) => a - b)).toEqual(plan.groups.map((_, index) => index))
  expect([lane.queueDepth, active]).toEqual([0, 0])
  for (const [index, ok] of settled.entries()) {
    const states = Array.from({ length: plan.groups[index]! }, (_, payload) => ends.get(`g${index}-record/main-${payload}`))
    if (ok) expect(states.every((state) => state !== undefined)).toBe(true)
  }
  const of = (state: string) => [...ends.values()].filter((other) => other === state).length
  const { delivered_payloads, skipped_payloads } = lane.counters.snapshot()
  // What a call did that was given up before it answered is nobody's knowledge.
  if (plan.abandon === null) expect([delivered_payloads, skipped_payloads]).toEqual([of('delivered'), of('skipped')])
  else expect([delivered_payloads <= of('delivered'), skipped_payloads <= of('skipped')]).toEqual([true, true])
}

function groupOf(index: number, size: number, signal: AbortSignal): DeliveryGroup {
  const source = { topic: 'input', partition: 0, offsets: [index], timestamps: [index] }
  const origin = { source, messages: [messageAt(index)], taskIds: [`t${index}`], idPrefix: `g${index}`, signal }
  return new DeliveryGroup(
    origin,
    Array.from({ length: size }, (_, n) => ({ payload: n, original: n, payloadId: null })),
    'record/main',
  )
}

function perform(script: Call, items: readonly DeliveryItem<unknown>[], end: (id: string, state: string) => void): DeliverResult {
  if (script === 'throw') throw new SinkError({ kind: 'transient', message: 'down' })
  if (script === 'no list') return 'nonsense' as never
  if (script === 'void') {
    for (const { id } of items) end(id, 'delivered')
    return undefined
  }
  return items.flatMap(({ id }, index) => answers(id, script[index % script.length]!, end))
}

function answers(id: string, kind: Answer, end: (id: string, state: string) => void): readonly SinkResponse[] {
  switch (kind) {
    case 'ok':
      end(id, 'delivered')
      return [ok(id)]
    case 'skip':
      end(id, 'skipped')
      return [skip(id)]
    case 'permanent':
      return [failure(id, 'refused')]
    case 'transient':
      return [failure(id, new SinkError({ kind: 'transient', message: 'busy' }))]
    case 'throttled':
      return [failure(id, new SinkError({ kind: 'throttled', message: 'slow down', retryAfterMs: 700 }))]
    case 'missing':
      return []
    case 'twice':
      return [ok(id), ok(id)]
    default:
      return kind satisfies never
  }
}
