/** What a dead letter says besides its payloads, for tests. */
import type { DeadLetterFacts } from '../../src/dlq/dead-letter.ts'
import { messageAt } from './values.ts'

export function deadLetterFacts(overrides: Partial<DeadLetterFacts> = {}): DeadLetterFacts {
  return {
    topic: 'input',
    partition: 0,
    id: 'dlq-1',
    workerId: 'w-1',
    nowMs: 1_700_000_000_500,
    error: 'refused',
    errorType: 'DRK_SINK_DELIVERY_FAILED',
    transient: false,
    attempts: 2,
    messages: [messageAt(5)],
    taskIds: ['t1'],
    ...overrides,
  }
}
