/** The line of a payload in a composed sink, from those of its children. */
import type { Sink } from '../sink.ts'
import type { Child } from './child-sink.ts'

type Ordering = Pick<Sink<unknown>, 'orderingKey'>

/**
 * For payloads that go to several children: with one ordered child its lines hold for the whole. With several, two payloads
 * would need to share a line when they share one in any child, which no key can say: then all stand in one line.
 */
export function onlyOrderingKey(children: readonly Child[]): Ordering {
  const [ordered, ...more] = children.filter(isOrdered)
  if (ordered?.sink.orderingKey === undefined || more.length > 0) return {}
  return { orderingKey: (payload) => lineOf(ordered, payload) }
}

/** Null for a child without order; for an ordered one without lines of its own, one line. */
export function lineOf(child: Child, payload: unknown): string | null {
  if (!isOrdered(child)) return null
  if (child.sink.orderingKey === undefined) return ''
  try {
    return child.sink.orderingKey(child.toPayload(payload))
  } catch {
    // Not a payload of this child: its delivery says why, and it has no order to keep.
    return null
  }
}

function isOrdered({ definition }: Child): boolean {
  return definition.capabilities.ordered === true
}
