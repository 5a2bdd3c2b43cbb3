/** One call of a sink: with its deadline, its answers checked, and what came of every payload. */
import { classifyError, SinkError, validateResponses } from '@drakkar/plugin-sdk'
import type {
  Clock,
  DeliverCall,
  DeliverResult,
  DeliveryItem,
  Logger,
  ResponseStatus,
  SinkResponse,
  TraceContext,
} from '@drakkar/plugin-sdk'
import { callLimit, type CallLimit } from './call-limit.ts'
import type { DeliveryGroup, GroupPayload, GroupRole } from './delivery-group.ts'
import { requestIdOf, traceOf } from './trace.ts'

export type PayloadOutcome =
  | { readonly status: 'arrived' | 'served' | 'skipped' }
  /** It arrived, and `payload` (undefined: the same) is to follow it elsewhere. */
  | { readonly status: 'followed'; readonly payload: unknown }
  /** The sink wants it to go to its fallback. */
  | { readonly status: 'declined'; readonly error: SinkError }
  | ({ readonly status: 'failed'; readonly error: SinkError } & Verdict)

/** What a failure says beside its error. */
export interface Verdict {
  /** It speaks against the sink, not against the payload: it counts for the breaker. */
  readonly blames: boolean
  /** The sink knows that trying again changes nothing. */
  readonly isRefused: boolean
}

const refused: Verdict = { blames: false, isRefused: true }

export interface SinkCall {
  readonly parts: readonly { readonly group: DeliveryGroup; readonly payloads: readonly GroupPayload[] }[]
  readonly timeoutMs: number | null
}

export interface CallPorts {
  readonly clock: Clock
  readonly logger: Logger
  deliver(batch: readonly DeliveryItem<unknown>[], call: DeliverCall): Promise<DeliverResult> | DeliverResult
  /** Stores a SERVE answer; rejects when it cannot. */
  serve(requestId: string, body: Uint8Array, signal: AbortSignal): Promise<void>
  /** Answers by status, for the counters. */
  answered(status: ResponseStatus, count: number): void
}

type ServeResponse = Extract<SinkResponse, { readonly status: 'serve' }>

const arrived: PayloadOutcome = { status: 'arrived' }

/** Null: every payload arrived. The call ends when nobody wants it any more. Never rejects. */
export async function callSink({ parts, timeoutMs }: SinkCall, ports: CallPorts): Promise<ReadonlyMap<string, PayloadOutcome> | null> {
  const items = itemsOf(parts)
  const groups = groupsById(parts)
  const limit = callLimit(
    parts.map(({ group }) => group.origin.signal),
    { timeoutMs, clock: ports.clock },
  )
  try {
    const trace = (id: string): TraceContext | undefined => traceOfGroup(groups().get(id))
    const result = await limit.race(Promise.resolve(ports.deliver(items, { signal: limit.signal, trace })))
    if (result === undefined) {
      ports.answered('ok', items.length)
      return null
    }
    return await readAnswers({ items, groups: groups(), result, limit }, ports)
  } catch (error) {
    const failure = classifyError(error)
    const failed: PayloadOutcome = {
      status: 'failed',
      error: failure,
      ...(SinkError.isInstance(error) ? verdictOf(error) : { blames: true, isRefused: false }),
    }
    return new Map(items.map(({ id }) => [id, failed]))
  } finally {
    limit.release()
  }
}

function itemsOf(parts: SinkCall['parts']): readonly DeliveryItem<unknown>[] {
  const items: DeliveryItem<unknown>[] = []
  for (const { payloads } of parts) for (const { item } of payloads) items.push(item)
  return items
}

interface Answers {
  readonly items: readonly DeliveryItem<unknown>[]
  readonly groups: ReadonlyMap<string, DeliveryGroup>
  readonly result: DeliverResult
  readonly limit: CallLimit
}

async function readAnswers({ items, groups, result, limit }: Answers, ports: CallPorts): Promise<ReadonlyMap<string, PayloadOutcome>> {
  const ids = items.map((item) => item.id)
  const { responses, violation } = validateResponses(ids, result)
  if (violation !== null) ports.logger.error('sink_contract_violation', { error: violation.message, ids: violation.ids.slice(0, 20) })
  const outcomes = new Map<string, PayloadOutcome>()
  const serving: Promise<void>[] = []
  for (const [id, response] of responses) {
    const group = groups.get(id)
    ports.answered(response.status, 1)
    if (isForbidden(group?.role ?? 'primary', response.status)) outcomes.set(id, forbidden(response.status))
    else if (response.status !== 'serve') outcomes.set(id, outcomeOf(response))
    else {
      const requestId = group === undefined ? id : requestIdOf(group, id)
      serving.push(serve({ requestId, body: response.body, limit }, ports).then((outcome) => void outcomes.set(id, outcome)))
    }
  }
  await Promise.all(serving)
  return outcomes
}

interface ServeRequest {
  readonly requestId: string
  readonly body: Uint8Array
  readonly limit: CallLimit
}

/** What the store does not take has failed, and goes the way of all failures. */
async function serve({ requestId, body, limit }: ServeRequest, ports: CallPorts): Promise<PayloadOutcome> {
  try {
    await limit.race(ports.serve(requestId, body, limit.signal))
    return { status: 'served' }
  } catch (error) {
    return { status: 'failed', error: classifyError(error), blames: false, isRefused: false }
  }
}

/** Made when somebody asks: most calls need nobody's group. */
function groupsById(parts: SinkCall['parts']): () => ReadonlyMap<string, DeliveryGroup> {
  let made: Map<string, DeliveryGroup> | null = null
  return () => (made ??= new Map(parts.flatMap(({ group, payloads }) => payloads.map(({ item }) => [item.id, group] as const))))
}

function traceOfGroup(group: DeliveryGroup | undefined): TraceContext | undefined {
  return group === undefined ? undefined : traceOf(group.origin)
}

function outcomeOf(response: Exclude<SinkResponse, ServeResponse>): PayloadOutcome {
  switch (response.status) {
    case 'ok':
      return arrived
    case 'skip':
      return { status: 'skipped' }
    case 'failure':
      return failed(response.error)
    case 'fallback':
      return { status: 'declined', error: permanent(response.error ?? 'the sink asked for its fallback') }
    case 'on_success':
      return { status: 'followed', payload: response.payload }
    default:
      return response satisfies never
  }
}

/** A text says that the payload was not written, and nothing about whether it can be. */
function failed(given: string | SinkError): PayloadOutcome {
  if (SinkError.isInstance(given)) return { status: 'failed', error: given, ...verdictOf(given) }
  return { status: 'failed', error: permanent(given), blames: false, isRefused: false }
}

function verdictOf(error: SinkError): Verdict {
  return error.kind === 'permanent' && !error.unclassified ? refused : { blames: true, isRefused: false }
}

/** A sink that takes what another could not, or what follows a success, has to end it (spec NMF-12, NMF-17). */
function isForbidden(role: GroupRole, status: ResponseStatus): boolean {
  if (role === 'primary') return false
  return status === 'fallback' || status === 'serve' || (status === 'on_success' && role === 'on_success')
}

function forbidden(status: ResponseStatus): PayloadOutcome {
  const message = `a sink that takes over from another must not answer ${status.toUpperCase()}`
  return { status: 'failed', error: new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONTRACT', message }), ...refused }
}

type Failure = Extract<PayloadOutcome, { readonly error: SinkError }>

export function isFailure(outcome: PayloadOutcome): outcome is Failure {
  return outcome.status === 'failed' || outcome.status === 'declined'
}

/** The payload stays with its group, with what the sink said of it. */
export function failPayload(payload: GroupPayload, outcome: Failure): void {
  payload.stage = 'failed'
  payload.error = outcome.error
  payload.blames = outcome.status === 'failed' && outcome.blames
  payload.isRefused = outcome.status === 'failed' && outcome.isRefused
  payload.item = { ...payload.item, attempt: payload.item.attempt + 1 }
}

/** For a payload nothing was said of: it must not count as arrived. */
export function unanswered(): PayloadOutcome {
  const message = 'the sink gave no valid answer for this payload'
  return { status: 'failed', error: new SinkError({ kind: 'permanent', code: 'DRK_SINK_CONTRACT', message }), ...refused }
}

function permanent(message: string): SinkError {
  return new SinkError({ kind: 'permanent', message })
}
