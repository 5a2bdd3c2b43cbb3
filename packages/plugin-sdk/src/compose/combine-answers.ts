/** What a fan-out answers for one payload, from what its children answered: pure. */
import { SinkError } from '../errors.ts'
import { failure, ok, type SinkResponse } from '../response.ts'
import { combineFailures } from './combine-failures.ts'

export interface ChildAnswer {
  readonly name: string
  readonly answer: SinkResponse
}

/** True when the child needs the payload no more. */
export function isTaken({ status }: SinkResponse): boolean {
  return status !== 'failure'
}

/**
 * A failure of one child is the failure of the payload, naming each child that failed. Else what one child asks for — fallback,
 * serve, on_success — is asked for by the whole; two that ask cannot both be answered, which is a permanent failure. `skip` only
 * when every child skipped.
 */
export function combineAnswers(id: string, answers: readonly ChildAnswer[]): SinkResponse {
  const failures = answers.flatMap(({ name, answer }) => (answer.status === 'failure' ? [{ name, error: answer.error }] : []))
  if (failures.length > 0) return failure(id, combineFailures(failures))
  const wishes = answers.filter(({ answer }) => answer.status !== 'ok' && answer.status !== 'skip')
  if (wishes.length > 1) return failure(id, unanswerable(wishes))
  const [wish] = wishes
  if (wish !== undefined) return { ...wish.answer, id }
  const [first] = answers
  return first !== undefined && answers.every(({ answer }) => answer.status === 'skip') ? { ...first.answer, id } : ok(id)
}

function unanswerable(wishes: readonly ChildAnswer[]): SinkError {
  const asked = wishes.map(({ name, answer }) => `${name} (${answer.status})`).join(', ')
  return new SinkError({
    kind: 'permanent',
    code: 'DRK_SINK_CONTRACT',
    message: `Children of a fan-out ask for different things: ${asked}`,
  })
}
