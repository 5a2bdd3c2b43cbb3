/** A source message as a whole goes to the dead-letter log, because a hook failed for it (spec DLQ-11). */
import { sourceRecord } from '../../dlq/dead-letter.ts'
import { isSettled } from '../../dlq/dead-letter-log.ts'
import type { SourceMessage } from '../../model/message.ts'
import type { AssignmentScope } from '../assignment-scope.ts'

/** Resolves true when the record is acknowledged or in the spool, false when it was given up. Never rejects. */
export async function deadLetterMessage(
  { shared, kill }: Pick<AssignmentScope, 'shared' | 'kill'>,
  message: SourceMessage,
  why: { readonly stage: string; readonly error: unknown; readonly attempts: number },
): Promise<boolean> {
  const { deadLetters, stats } = shared
  stats.poisoned += 1
  const messages = [message]
  const facts = deadLetters.facts({ error: why.error, attempts: why.attempts, place: message, messages, taskIds: [] })
  return isSettled(await deadLetters.send(sourceRecord(facts, why.stage), messages, kill))
}
