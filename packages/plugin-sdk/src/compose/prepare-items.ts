/** The items of a batch as a child gets them: with its own payload, or refused because there is none. */
import { classifyError } from '../classify.ts'
import { failure } from '../response.ts'
import type { DeliveryItem } from '../sink.ts'
import type { Answers } from './answers-of.ts'
import type { Child } from './child-sink.ts'

export interface PreparedItems {
  readonly items: readonly DeliveryItem<unknown>[]
  readonly refused: Answers
}

export function prepareItems(child: Child, batch: readonly DeliveryItem<unknown>[]): PreparedItems {
  const items: DeliveryItem<unknown>[] = []
  const refused: Map<string, ReturnType<typeof failure>> = new Map()
  for (const item of batch) {
    try {
      items.push({ ...item, payload: child.toPayload(item.payload) })
    } catch (error) {
      refused.set(item.id, failure(item.id, classifyError(error)))
    }
  }
  return { items, refused }
}
