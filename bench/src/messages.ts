/** The data of the races: JSON of a fixed size, a key per message. */

const bytesPerMessage = 200

export interface MessageData {
  readonly id: number
  readonly name: string
  readonly amount: number
  readonly tags: readonly string[]
  readonly filler: string
}

/** `count` messages of 200 bytes, the same ones each time. */
export function* messages(count: number): Generator<{ readonly key: string; readonly value: string }> {
  for (let id = 0; id < count; id += 1) yield { key: `key-${id}`, value: JSON.stringify(messageData(id)) }
}

/** The value of a message: 200 bytes as JSON. */
export function messageData(id: number): MessageData {
  const withoutFiller = { id, name: `request-${id}`, amount: id * 1.5, tags: ['a', 'b'], filler: '' }
  return { ...withoutFiller, filler: 'x'.repeat(Math.max(0, bytesPerMessage - JSON.stringify(withoutFiller).length)) }
}

/** Batches of at most `size`. */
export function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
