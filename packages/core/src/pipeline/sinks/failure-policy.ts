/**
 * What happens to a group whose delivery failed (spec DLV-5…10): the handler's `onDeliveryError`, then retry, skip or
 * dead letter.
 */
import { errorMessage, jsonText, redactText, type SinkError } from '@drakkar/plugin-sdk'
import { payloadRecord } from '../../dlq/dead-letter.ts'
import { isSettled } from '../../dlq/dead-letter-log.ts'
import type { DeadLetters } from '../../dlq/dead-letters.ts'
import type { DeliveryAction } from '../../handler.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import type { AppLogger } from '../../observability/logger.ts'
import type { DeliveryGroup } from './delivery-group.ts'
import type { GroupDecision } from './lane.ts'
import type { SinkCounters } from './sink-counters.ts'

export interface FailurePolicyPorts {
  readonly type: string
  readonly name: string
  readonly counters: () => SinkCounters
  readonly deadLetters: DeadLetters
  readonly logger: AppLogger
  /** The handler's hook, its throw and its unknown answers already turned into DLQ. */
  onDeliveryError(error: DeliveryError, group: DeliveryGroup): Promise<DeliveryAction>
}

export function createFailurePolicy(ports: FailurePolicyPorts) {
  return async (group: DeliveryGroup, error: SinkError, mayRetry: boolean): Promise<GroupDecision> => {
    const action = await ports.onDeliveryError(describe(ports, group, error), group)
    if (action === 'RETRY' && mayRetry) return 'retry'
    if (action === 'SKIP') {
      const payloads = group.settleAll()
      ports.counters().skipped(payloads)
      ports.logger.warn('sink_delivery_skipped', { payload_count: payloads, error: error.message })
      return 'settled'
    }
    return { settling: deadLetter(ports, group, error) }
  }
}

async function deadLetter(ports: FailurePolicyPorts, group: DeliveryGroup, error: SinkError): Promise<boolean> {
  const { origin } = group
  ports.logger.error('sink_delivery_failed_to_dlq', { attempt: group.attempts, payload_count: group.open.length, error: error.message })
  const record = payloadRecord(
    ports.deadLetters.facts({ error, attempts: group.attempts, place: origin.source, messages: origin.messages, taskIds: origin.taskIds }),
    { type: ports.type, name: ports.name },
    group.open.map(({ item, original }) => ({
      id: item.id,
      original,
      list: ports.type,
      encode: () => ({ body: Buffer.from(jsonText(item.payload)) }),
    })),
  )
  if (!isSettled(await ports.deadLetters.send(record, origin.messages, origin.signal))) return false
  ports.counters().deadLettered(group.settleAll())
  return true
}

function describe(ports: FailurePolicyPorts, group: DeliveryGroup, error: SinkError): DeliveryError {
  return {
    sinkName: ports.name,
    sinkType: ports.type,
    error: redactText(errorMessage(error)),
    payloads: group.open.map(({ original }) => original),
    attempt: group.attempts,
    kind: error.kind,
    transient: error.kind !== 'permanent',
    cause: error,
    source: group.origin.source,
  }
}
