/** A lane with a scripted sink and scripted ways out, and the groups that go through it. */
import { SinkError, type DeliverResult, type DeliveryItem } from '@drakkar/plugin-sdk'
import { createFakeClock } from '@drakkar/plugin-sdk/testing'
import type { DeliveryAction } from '../../src/handler.ts'
import { DeliveryGroup, type GroupPayload } from '../../src/pipeline/sinks/delivery-group.ts'
import { Lane, type LaneRules } from '../../src/pipeline/sinks/lane.ts'
import type { ExitPorts, GroupFailure } from '../../src/pipeline/sinks/settle-failure.ts'
import { createRecordingAppLogger } from './recording-app-logger.ts'
import { messageAt } from './values.ts'

export type Script = (items: readonly DeliveryItem<unknown>[], call: number, signal: AbortSignal) => DeliverResult | Promise<DeliverResult>

export const laneRules: LaneRules = {
  idempotent: false,
  batching: true,
  ordered: false,
  maxItems: 10,
  maxBytes: 1_048_576,
  maxWaitMs: 0,
  maxInFlight: 1,
  fastRetries: 3,
  strategy: null,
  maxRetries: 3,
  deliveryTimeoutMs: null,
  circuit: { failureThreshold: 1000, cooldownMs: 30_000, onOpen: 'dlq' },
}

export interface LaneTest {
  readonly rules?: Partial<LaneRules>
  readonly script?: Script
  /** Default: DLQ. */
  readonly ask?: (group: DeliveryGroup, failure: GroupFailure) => DeliveryAction | Promise<DeliveryAction>
  readonly exits?: Partial<Omit<ExitPorts, 'ask'>>
  readonly serve?: (requestId: string, body: Uint8Array) => Promise<void>
}

/** A dead letter as the tests see it. */
export interface TestLetter {
  readonly payloads: readonly string[]
  readonly error: string
  readonly attempts: number
}

export function laneWith({ rules = {}, script = () => undefined, ask = () => 'DLQ', exits = {}, serve }: LaneTest = {}) {
  const clock = createFakeClock()
  const calls: string[][] = []
  const letters: TestLetter[] = []
  const throttles: string[] = []
  const logger = createRecordingAppLogger()
  const lane = new Lane(
    { ...laneRules, ...rules },
    {
      clock,
      logger,
      random: () => 0,
      deliver: (items, call) => {
        calls.push(items.map(({ payload }) => String(payload)))
        return script(items, calls.length, call.signal)
      },
      serve: serve ?? (() => Promise.reject(new SinkError({ kind: 'permanent', message: 'there is no store' }))),
      throttle: (reason, active) => throttles.push(`${active ? '+' : '-'}${reason}`),
      exits: {
        ask: async (asking, failure) => ask(asking, failure),
        deadLetter: async (_group, { payloads, error, attempts }) => {
          letters.push({ payloads: payloads.map(nameOf), error: error.message, attempts })
          return 'dead_lettered'
        },
        fallback: () => null,
        follow: () => null,
        buryFollower: async (_group, { payloads, error, attempts }) => {
          letters.push({ payloads: payloads.map(nameOf), error: error.message, attempts })
          return 'dead_lettered'
        },
        ...exits,
      },
    },
  )
  return { lane, clock, calls, letters, throttles, logger }
}

export function nameOf({ item }: GroupPayload): string {
  return String(item.payload)
}

let made = 0

export interface GroupTest {
  readonly signal?: AbortSignal
  /** Ids of the handler's own making. */
  readonly ids?: readonly string[]
  /** Ordering key of a payload; default: all stand in one line. */
  readonly line?: (payload: unknown) => string | null
  readonly bytes?: number
}

export function group(payloads: readonly string[], options: GroupTest = {}): DeliveryGroup {
  made += 1
  const origin = {
    source: { topic: 'input', partition: 0, offsets: [made], timestamps: [made] },
    messages: [messageAt(made)],
    taskIds: [`t${made}`],
    idPrefix: `g${made}`,
    signal: options.signal ?? new AbortController().signal,
  }
  const routed = payloads.map((payload, index) => ({
    payload,
    original: { data: payload },
    list: 'record',
    payloadId: options.ids?.[index] ?? null,
  }))
  return new DeliveryGroup(origin, routed, {
    sinkPath: 'record/main',
    measure: (payload) => ({ bytes: options.bytes ?? 1, line: options.line === undefined ? '' : options.line(payload) }),
  })
}
