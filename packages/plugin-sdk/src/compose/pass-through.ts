/** A sink with the members of another one and its own `deliver`. */
import type { Sink } from '../sink.ts'

/** What `sink` has, the result has; a `handle` is read when it is used, as a connection may not be there yet. */
export function passThrough<P>(sink: Sink<P>, own: Pick<Sink<P>, 'deliver'> & Partial<Sink<P>>): Sink<P> {
  const { connect, flush, close, check, orderingKey, encode, servingStore } = sink
  const members: Sink<P> = {
    ...(connect === undefined ? {} : { connect: connect.bind(sink) }),
    ...(flush === undefined ? {} : { flush: flush.bind(sink) }),
    ...(close === undefined ? {} : { close: close.bind(sink) }),
    ...(check === undefined ? {} : { check: check.bind(sink) }),
    ...(orderingKey === undefined ? {} : { orderingKey: orderingKey.bind(sink) }),
    ...(encode === undefined ? {} : { encode: encode.bind(sink) }),
    ...(servingStore === undefined ? {} : { servingStore }),
    ...own,
  }
  if ('handle' in sink) Object.defineProperty(members, 'handle', { enumerable: true, get: () => sink.handle })
  return members
}
