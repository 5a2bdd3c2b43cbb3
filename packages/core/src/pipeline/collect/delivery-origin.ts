/** Where payloads come from, and the stable prefix of their ids (design 13, spec NMF-2). */
import { hash } from 'node:crypto'
import type { SourceMessage } from '../../model/message.ts'
import type { AssignmentScope } from '../assignment-scope.ts'
import type { DeliveryOrigin } from '../sinks/delivery-group.ts'

export interface OriginFacts {
  /** In offset order. */
  readonly messages: readonly SourceMessage[]
  readonly taskIds: readonly string[]
  readonly hook: 'on_task_complete' | 'on_message_complete' | 'on_window_complete'
  /** Which of the tasks with the same source offsets: their order in what `arrange` returned. */
  readonly ordinal: string
}

/** Ids of a window's payloads are stable as far as its cut is: the same messages in one window. */
export function deliveryOrigin({ shared, partition, kill }: AssignmentScope, facts: OriginFacts): DeliveryOrigin {
  const { topic } = shared
  const offsets = facts.messages.map((message) => message.offset)
  return {
    source: {
      topic,
      partition,
      offsets,
      timestamps: facts.messages.map((message) => message.timestamp),
    },
    messages: facts.messages,
    taskIds: facts.taskIds,
    idPrefix: idPrefix(`${topic}\n${partition}\n${offsets.join(',')}\n${facts.hook}\n${facts.ordinal}`),
    signal: kill,
  }
}

function idPrefix(text: string): string {
  return hash('sha1', text, 'hex').slice(0, 24)
}
