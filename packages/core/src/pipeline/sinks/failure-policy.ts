/** Two of the ways out of a lane: the handler's decision about a failed delivery, and the dead-letter log (spec DLV-5…10). */
import { errorMessage, jsonText, redactText, type Sink } from '@drakkar/plugin-sdk'
import { payloadRecord } from '../../dlq/dead-letter.ts'
import type { DeadLetterEnd } from '../../dlq/dead-letter-log.ts'
import type { DeadLetters } from '../../dlq/dead-letters.ts'
import type { DeliveryAction } from '../../handler.ts'
import type { DeliveryError } from '../../model/delivery-error.ts'
import type { DeliveryGroup } from './delivery-group.ts'
import type { ExitPorts, GroupFailure } from './settle-failure.ts'

export interface FailurePolicyPorts {
  readonly type: string
  readonly name: string
  readonly encode: Sink<unknown>['encode']
  readonly deadLetters: DeadLetters
  /** The handler's hook, its throw and its unknown answers already turned into DLQ. */
  onDeliveryError(error: DeliveryError, group: DeliveryGroup): Promise<DeliveryAction>
}

export function createFailurePolicy(ports: FailurePolicyPorts): Pick<ExitPorts, 'ask' | 'deadLetter'> {
  return {
    ask: (group, failure) => ports.onDeliveryError(describe(ports, group, failure), group),
    deadLetter: (group, failure) => deadLetter(ports, group, failure),
  }
}

async function deadLetter(ports: FailurePolicyPorts, { origin }: DeliveryGroup, failure: GroupFailure): Promise<DeadLetterEnd> {
  const { error, attempts, payloads } = failure
  const record = payloadRecord(
    ports.deadLetters.facts({ error, attempts, place: origin.source, messages: origin.messages, taskIds: origin.taskIds }),
    { type: ports.type, name: ports.name },
    payloads.map(({ item, original, list }) => ({
      id: item.id,
      original,
      list,
      encode: () => ports.encode?.(item.payload) ?? { body: Buffer.from(jsonText(item.payload)) },
    })),
  )
  return ports.deadLetters.send(record, origin.messages, origin.signal)
}

function describe(ports: FailurePolicyPorts, group: DeliveryGroup, failure: GroupFailure): DeliveryError {
  const { error, payloads, attempts } = failure
  return {
    sinkName: ports.name,
    sinkType: ports.type,
    error: redactText(errorMessage(error)),
    payloads: payloads.map(({ original }) => original),
    attempt: attempts,
    kind: error.kind,
    transient: error.kind !== 'permanent',
    cause: error,
    source: group.origin.source,
  }
}
