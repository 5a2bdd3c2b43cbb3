/** What one call of a sink means for the payloads of a group that were in it. */
import { failPayload, isFailure, unanswered, type PayloadOutcome } from './call-sink.ts'
import { deliveredAs, type EndState, type GroupPayload } from './delivery-group.ts'
import type { BatchPart } from './cut-batch.ts'

export interface Applied {
  /** How many the sink took. */
  readonly taken: number
  /** The sink wants them to go to its fallback. */
  readonly declined: readonly GroupPayload[]
  /** They arrived, and `data` (undefined: the same payload) follows them elsewhere. */
  readonly followed: readonly { readonly payload: GroupPayload; readonly data: unknown }[]
}

const none: readonly never[] = []

/** `outcomes` null: all arrived. Ends what has its end and marks what failed. */
export function applyOutcomes(
  { group, payloads }: BatchPart,
  outcomes: ReadonlyMap<string, PayloadOutcome> | null,
  end: (payloads: readonly GroupPayload[], state: EndState) => void,
): Applied {
  const delivered = deliveredAs(group)
  if (outcomes === null) {
    end(payloads, delivered)
    return { taken: payloads.length, declined: none, followed: none }
  }
  const declined: GroupPayload[] = []
  const followed: { payload: GroupPayload; data: unknown }[] = []
  let taken = 0
  for (const payload of payloads) {
    const outcome = outcomes.get(payload.item.id) ?? unanswered()
    if (isFailure(outcome)) failPayload(payload, outcome)
    else end([payload], outcome.status === 'served' || outcome.status === 'skipped' ? outcome.status : delivered)
    if (outcome.status === 'declined') declined.push(payload)
    else if (outcome.status !== 'failed' && outcome.status !== 'skipped') taken += 1
    if (outcome.status === 'followed') followed.push({ payload, data: outcome.payload })
  }
  return { taken, declined, followed }
}
