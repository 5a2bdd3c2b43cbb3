/** `deliver` of another sink as one answer per payload: what it throws becomes the failure of each. */
import { classifyThrown } from '../classify.ts'
import { failure, type SinkResponse } from '../response.ts'
import type { DeliverCall, DeliveryItem, Sink } from '../sink.ts'
import { validateResponses } from '../validate-responses.ts'

export type Answers = ReadonlyMap<string, SinkResponse>

/** Never rejects. An empty batch does not reach the sink. */
export async function answersOf<P>(sink: Sink<P>, batch: readonly DeliveryItem<P>[], call: DeliverCall): Promise<Answers> {
  if (batch.length === 0) return new Map()
  const ids = batch.map((item) => item.id)
  try {
    return validateResponses(ids, await sink.deliver(batch, call)).responses
  } catch (error) {
    return failAll(ids, error)
  }
}

function failAll(ids: readonly string[], error: unknown): Answers {
  const classified = classifyThrown(error)
  return new Map(ids.map((id) => [id, failure(id, classified)]))
}
