/**
 * Whatever a sink answers, and whatever becomes of what failed: every group settles once, every payload has one end, the
 * counters add up, and nothing in a line overtakes what is ahead of it.
 */
import {
  failure,
  fallback,
  ok,
  onSuccess,
  serve,
  skip,
  SinkError,
  type DeliverResult,
  type DeliveryItem,
  type SinkResponse,
} from '@drakkar/plugin-sdk'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { laneRules } from '../../../test/support/lanes.ts'
import { messageAt, turn } from '../../../test/support/values.ts'
import type { DeadLetterEnd } from '../../dlq/dead-letter-log.ts'
import type { DeliveryAction } from '../../handler.ts'
import { silentLogger } from '../../observability/logger.ts'
import { DeliveryGroup } from './delivery-group.ts'
import { handOver, type Successor } from './hand-over.ts'
import { Lane, type LanePorts } from './lane.ts'

type Answer = 'ok' | 'skip' | 'permanent' | 'transient' | 'throttled' | 'missing' | 'twice' | 'fallback' | 'serve' | 'follow'
type Call = 'throw' | 'void' | 'no list' | readonly Answer[]

interface Plan {
  /** Lines of the payloads of each group; null: none. */
  readonly groups: readonly (readonly (number | null)[])[]
  readonly calls: readonly Call[]
  readonly decisions: readonly DeliveryAction[]
  readonly letters: readonly DeadLetterEnd[]
  readonly batching: boolean
  readonly ordered: boolean
  readonly idempotent: boolean
  readonly maxItems: number
  readonly maxBytes: number
  readonly maxWaitMs: number
  readonly maxInFlight: number
  readonly maxRetries: number
  readonly fastRetries: number
  readonly threshold: number
  readonly onOpen: 'dlq' | 'hold'
  readonly strategy: { readonly steps: number; readonly onFailure: 'retry' | 'fallback' | 'drop' | 'handler' } | null
  readonly successor: 'none' | 'takes' | 'refuses' | 'fails'
  /** Group that is given up, and after how many calls. */
  readonly abandon: { readonly group: number; readonly afterCall: number } | null
}

const answers: readonly Answer[] = [
  'ok',
  'ok',
  'ok',
  'ok',
  'skip',
  'permanent',
  'transient',
  'throttled',
  'missing',
  'twice',
  'fallback',
  'serve',
  'follow',
]
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<Call>('throw', 'void', 'no list') },
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...answers), { minLength: 1, maxLength: 4 }) },
)
const small = (min: number, max: number) => fc.integer({ min, max })
const plans: fc.Arbitrary<Plan> = fc.record({
  groups: fc.array(fc.array(fc.constantFrom(0, 1, null), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 10 }),
  calls: fc.array(call, { minLength: 1, maxLength: 10 }),
  decisions: fc.array(fc.constantFrom<DeliveryAction>('RETRY', 'RETRY', 'SKIP', 'DLQ'), { minLength: 1, maxLength: 8 }),
  letters: fc.array(fc.constantFrom<DeadLetterEnd>('dead_lettered', 'dead_lettered', 'spooled', 'dropped', 'abandoned'), {
    minLength: 1,
    maxLength: 5,
  }),
  batching: fc.boolean(),
  ordered: fc.boolean(),
  idempotent: fc.boolean(),
  maxItems: small(1, 6),
  maxBytes: small(1, 60),
  maxWaitMs: fc.constantFrom(0, 0, 500),
  maxInFlight: small(1, 3),
  maxRetries: small(0, 3),
  fastRetries: small(0, 2),
  threshold: small(1, 4),
  onOpen: fc.constantFrom('dlq', 'hold'),
  strategy: fc.option(fc.record({ steps: small(1, 3), onFailure: fc.constantFrom('retry', 'fallback', 'drop', 'handler') })),
  successor: fc.constantFrom('none', 'takes', 'refuses', 'fails'),
  abandon: fc.option(fc.record({ group: fc.nat(9), afterCall: small(0, 5) })),
})

it('every group settles once, every payload has one end, and the counters add up', async () => {
  await fc.assert(fc.asyncProperty(plans, runPlan), { numRuns: 500 })
}, 120_000)

async function runPlan(plan: Plan): Promise<void> {
  const clock = createFakeClock()
  const stops = plan.groups.map(() => new AbortController())
  const arrivals = new Map<number, number[]>()
  let calls = 0
  let active = 0
  let turns = 0
  const next = <T>(list: readonly T[]): T => list[turns++ % list.length]!
  const deliver = async (items: readonly DeliveryItem<unknown>[]): Promise<DeliverResult> => {
    calls += 1
    active += 1
    expect(active).toBeLessThanOrEqual(plan.maxInFlight)
    expect(items.length).toBeGreaterThan(0)
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
    if (plan.batching) expect(items.length).toBeLessThanOrEqual(plan.maxItems)
    if (plan.batching && items.length > 1) expect(items.length * payloadBytes).toBeLessThanOrEqual(plan.maxBytes)
    if (calls === plan.abandon?.afterCall) stops[plan.abandon.group]?.abort()
    await Promise.resolve()
    active -= 1
    // A sink that fails for ever would never end: it heals.
    return perform(calls > 60 ? 'void' : plan.calls[(calls - 1) % plan.calls.length]!, items, plan.ordered)
  }
  // A dead letter is given up only with the group it belongs to.
  const letter = async ({ origin }: DeliveryGroup): Promise<DeadLetterEnd> => {
    await turn()
    const end = next(plan.letters)
    return end === 'abandoned' && !origin.signal.aborted ? 'dead_lettered' : end
  }
  const common: Omit<LanePorts, 'deliver' | 'exits'> = {
    clock,
    logger: silentLogger,
    random: () => 0.5,
    serve: async () => {
      if (turns++ % 3 === 0) throw new SinkError({ kind: 'transient', message: 'store away' })
    },
    throttle: () => undefined,
  }
  const other = new Lane(
    { ...laneRules, maxRetries: 0 },
    {
      ...common,
      deliver: async (items) => (plan.successor === 'fails' ? items.map(({ id }) => failure(id, 'full')) : undefined),
      exits: { ask: async () => 'DLQ', deadLetter: letter, fallback: () => null, follow: () => null, buryFollower: letter },
    },
  )
  const to = successorOf(other, plan.successor === 'refuses')
  const lane: Lane = new Lane(
    {
      ...laneRules,
      ...plan,
      strategy: plan.strategy === null ? null : { backoff: { intervalMs: 10, factor: 2, capMs: null, jitter: 0.5 }, ...plan.strategy },
      circuit: { failureThreshold: plan.threshold, cooldownMs: 1000, onOpen: plan.onOpen },
    },
    {
      ...common,
      deliver,
      exits: {
        ask: async () => next(plan.decisions),
        deadLetter: letter,
        buryFollower: letter,
        fallback: (group, payloads) =>
          to === null || plan.successor === 'none' ? null : handOver(to, { from, role: 'fallback', group, payloads, convert: null }),
        follow: (group, payload) =>
          plan.successor === 'none' ? null : handOver(to, { from, role: 'on_success', group, payloads: [payload], convert: null }),
      },
    },
  )
  if (plan.abandon?.afterCall === 0) stops[plan.abandon.group]?.abort()
  const groups = plan.groups.map((lines, index) => groupOf(index, lines, stops[index]!.signal))
  let settledGroups = 0
  const results = groups.map((group) =>
    lane.submit(group).then((settled) => {
      settledGroups += 1
      return settled
    }),
  )
  await clock.advance(3_600_000)
  const settled = await Promise.all(results)
  await Promise.all([lane.idle(), other.idle()])
  lane.stop()

  expect(settledGroups).toBe(plan.groups.length)
  expect([lane.queueDepth, other.queueDepth, active, clock.sleeping]).toEqual([0, 0, 0, 0])
  for (const [index, group] of groups.entries()) {
    expect(group.payloads.every(({ stage }) => stage === 'ended' || stage === 'abandoned')).toBe(true)
    if (settled[index] === true) expect(group.payloads.every(({ end }) => end !== null)).toBe(true)
    else expect(stops[index]!.signal.aborted).toBe(true)
  }
  for (const { counters } of [lane, other]) expect(sumOfEnds(counters.snapshot())).toBe(counters.snapshot().received_payloads)
  if (plan.ordered) for (const order of arrivals.values()) expect(order).toEqual(order.toSorted((a, b) => a - b))

  function perform(script: Call, items: readonly DeliveryItem<unknown>[], ordered: boolean): DeliverResult {
    if (script === 'throw') throw new SinkError({ kind: 'transient', message: 'down' })
    if (script === 'no list') return 'nonsense' as never
    const held = new Set<number>()
    const responses = items.flatMap((item, index) => {
      const { line, number } = item.payload as TestPayload
      // As an ordered sink does: what is behind a failure in its line is not delivered.
      const kind = line !== null && held.has(line) && ordered ? 'transient' : script === 'void' ? 'ok' : script[index % script.length]!
      if (line !== null && fails(kind)) held.add(line)
      if (line !== null && (kind === 'ok' || kind === 'follow')) arrivals.set(line, [...(arrivals.get(line) ?? []), number])
      return answersTo(item.id, kind)
    })
    return script === 'void' ? undefined : responses
  }
}

const payloadBytes = 10

interface TestPayload {
  readonly data: number
  readonly line: number | null
  /** Order of submission. */
  readonly number: number
}

const from = { type: 'record', path: 'record/main' }
let number = 0

function groupOf(index: number, lines: readonly (number | null)[], signal: AbortSignal): DeliveryGroup {
  const source = { topic: 'input', partition: 0, offsets: [index], timestamps: [index] }
  const origin = { source, messages: [messageAt(index)], taskIds: [`t${index}`], idPrefix: `g${index}`, signal }
  const routed = lines.map((line, data) => {
    number += 1
    return { payload: { data, line, number } satisfies TestPayload, original: { data }, list: 'record', payloadId: null }
  })
  const measure = (payload: unknown) => {
    const { line } = payload as TestPayload
    return { bytes: payloadBytes, line: line === null ? null : String(line) }
  }
  return new DeliveryGroup(origin, routed, { sinkPath: 'record/main', measure })
}

function successorOf(lane: Lane, refuses: boolean): Successor {
  return {
    lane,
    type: 'record',
    name: 'other',
    path: 'record/other',
    payloadKey: 'record',
    plugin: false,
    payloadProblem: () => (refuses ? 'is not wanted' : null),
    grouping: { sinkPath: 'record/other', measure: () => ({ bytes: 1, line: null }) },
  }
}

function fails(kind: Answer): boolean {
  return kind === 'permanent' || kind === 'transient' || kind === 'throttled' || kind === 'missing' || kind === 'twice' || kind === 'serve'
}

function answersTo(id: string, kind: Answer): readonly SinkResponse[] {
  switch (kind) {
    case 'ok':
      return [ok(id)]
    case 'skip':
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
    case 'fallback':
      return [fallback(id)]
    case 'serve':
      return [serve(id, Buffer.of(1))]
    case 'follow':
      return [onSuccess(id)]
    default:
      return kind satisfies never
  }
}

function sumOfEnds(stats: ReturnType<Lane['counters']['snapshot']>): number {
  const { delivered_payloads, served_payloads, skipped_payloads, dead_lettered_payloads, spooled_payloads } = stats
  const { dropped_payloads, handed_over_payloads, abandoned_payloads } = stats
  const settled = delivered_payloads + served_payloads + skipped_payloads + dead_lettered_payloads + spooled_payloads
  return settled + dropped_payloads + handed_over_payloads + abandoned_payloads
}
